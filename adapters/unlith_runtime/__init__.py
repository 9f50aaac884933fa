"""The Lambda side of unlith: standard library and ``awsgi`` only. Importing this imports nothing."""
