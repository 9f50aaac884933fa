"""The pytest plugin for users: ``pytest --unlith-parity``. Imports nothing heavy."""
