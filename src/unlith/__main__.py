"""Run the command line as ``python -m unlith``."""

from unlith.cli.main import main

if __name__ == "__main__":
    main()
