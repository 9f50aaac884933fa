"""Run ``alarms.py`` in the project's own environment, which has all that parity needs."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
inside = HERE.parents[1] / ".venv" / "bin" / "python"
sys.exit(subprocess.run([inside, HERE / "alarms.py"], env=environ, check=False).returncode)
