"""What the runtime's tests need of the machine."""

from __future__ import annotations

import sys

# AWS's own runtime client is built for Linux.
collect_ignore = [] if sys.platform == "linux" else ["test_lambdaric.py"]
