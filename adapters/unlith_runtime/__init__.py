"""The Lambda side of unlith: standard library and ``awsgi``; importing this imports nothing."""
