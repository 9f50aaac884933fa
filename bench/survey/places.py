"""Makes what one app of ``apps.toml`` needs: an environment from its lock, a project folder.

An environment is installed with ``--require-hashes`` from ``locks/NAME.lock``, which ``lock.py``
writes. Source distributions, which hold an app's own tests, are checked against the hash in
``apps.toml``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIMIT_S = 900


def environment(folder: Path, lock: Path) -> Path:
    """Make an environment with what a lock names and unlith in it and give its Python."""
    python = folder / "bin" / "python"
    mark = folder / ".lock"
    wanted = lock.read_text("utf-8")
    if not mark.is_file() or mark.read_text("utf-8") != wanted:
        venv.create(folder, with_pip=True, clear=True)
        quiet = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The lock is whole: pip need not find out again, nor mind extras that it names plainly.
        subprocess.run([*quiet, "--no-deps", "--require-hashes", "-r", str(lock)], check=True)
        subprocess.run([*quiet, "--no-deps", "--editable", str(ROOT)], check=True)
        mark.write_text(wanted, "utf-8")
    return python


def workspace(folder: Path, python: Path, app: dict[str, Any]) -> None:
    """Lay the app's packages out as a project with [tool.unlith].

    Raises:
        OSError: if a source distribution is not the one whose hash is known.
    """
    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "src"
    source.mkdir(parents=True)
    site = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    for package in app["packages"]:
        shutil.copytree(Path(site, package), source / package)
    if "sdist" in app:
        unpacked = _sdist(folder.parents[1] / "sdists", app["sdist"], app["sha256"])
        for inside, here in app["copy"].items():
            shutil.copytree(unpacked / inside, folder / here, dirs_exist_ok=True)
    if "own" in app:
        shutil.copytree(HERE / app["own"], source, dirs_exist_ok=True)
    for name, text in app.get("files", {}).items():
        Path(folder, name).write_text(text, "utf-8")
    environ = "".join(f"{k} = {json.dumps(v)}\n" for k, v in app.get("environ", {}).items())
    (folder / "pyproject.toml").write_text(
        f'[tool.unlith]\napp = "{app["app"]}"\nsources = ["src"]\ntimeout_s = {LIMIT_S}.0\n'
        f"[tool.unlith.environ]\n{environ}",
        "utf-8",
    )
    (folder / "infra").mkdir()


# Private


def _sdist(folder: Path, requirement: str, sha256: str) -> Path:
    name, _, version = requirement.partition("==")
    place = folder / f"{name}-{version}"
    if not place.is_dir():
        get = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run(
            [*get, "--no-binary", name, "--dest", str(place / "got"), requirement], check=True
        )
        (file,) = (place / "got").iterdir()
        if hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
            shutil.rmtree(place)
            raise OSError(f"{file.name} is not the file that was judged")
        with tarfile.open(file) as archive:
            archive.extractall(place / "src", filter="data")
    (inside,) = (place / "src").iterdir()
    return inside
