"""Records what an app is asked, redacted, as a tape: a WSGI middleware; standard library only."""
