"""The Lambda side of unlith: standard library and ``awsgi`` only; importing this imports nothing."""
