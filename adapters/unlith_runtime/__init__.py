"""The Lambda side of unlith: standard library and ``awsgi`` only. This file imports nothing."""
