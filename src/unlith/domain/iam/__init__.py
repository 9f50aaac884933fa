"""What a function may do in AWS: statements from the calls that its code makes."""
