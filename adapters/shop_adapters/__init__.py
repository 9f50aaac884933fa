"""The shop's ports on other things than its SQLite file: memory, and AWS through boto3."""
