"""The Lambda side of unlith: standard library and ``awsgi`` only. Importing it imports nothing."""
