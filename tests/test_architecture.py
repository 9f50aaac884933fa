"""The walls: what ships, what stays, what nobody may import, how large things may be."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import awsgi
import pytest

ROOT = Path(__file__).parents[1]
ADAPTERS = ROOT / "adapters"
RUNTIME = ADAPTERS / "unlith_runtime"
EDGES = ADAPTERS / "unlith_edges"
LAZY = ADAPTERS / "unlith_lazy"
RECORD = ADAPTERS / "unlith_record"
RUNTIME_MODULES = sorted(
    folder.name if file.stem == "__init__" else f"{folder.name}.{file.stem}"
    for folder in (RUNTIME, EDGES, LAZY, RECORD)
    for file in folder.glob("*.py")
)
WITH_AWSGI = {"unlith_runtime.whole", "unlith_runtime.awsgi_compat", "unlith_runtime.slim"}

IMPORT = """
import json, sys
before = set(sys.modules)
sys.path[:0] = json.loads(sys.argv[1])
__import__(sys.argv[2])
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


@pytest.mark.parametrize("module", RUNTIME_MODULES)
def test_a_runtime_module_imports_the_standard_library_only(module: str) -> None:
    """In a fresh interpreter without site-packages: what is not allowed is not even there."""
    paths = [str(ADAPTERS)]
    if module in WITH_AWSGI:
        paths.append(str(Path(awsgi.__file__).parents[1]))

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT, json.dumps(paths), module],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    pulled = set(json.loads(done.stdout)) - sys.stdlib_module_names
    own = module.partition(".")[0]
    allowed = {own, *(["awsgi"] if module in WITH_AWSGI else [])}
    assert pulled <= allowed | ({"unlith_runtime"} if own == "unlith_edges" else set())


@pytest.mark.parametrize("folder", [RUNTIME, EDGES, LAZY, RECORD])
def test_importing_a_package_of_the_runtime_imports_nothing(folder: Path) -> None:
    body = ast.parse((folder / "__init__.py").read_text("utf-8")).body

    assert [type(node) for node in body] == [ast.Expr]


@pytest.mark.parametrize(
    ("folder", "budget"), [(RUNTIME, 60), (EDGES, 112), (LAZY, 8), (RECORD, 26)]
)
def test_the_runtime_stays_small(folder: Path, budget: int) -> None:
    """What each function carries, a pure one, a slim one, a recorded app; in units of 1000."""
    assert sum(file.stat().st_size for file in folder.glob("*.py")) <= budget * 1000


def test_source_roots_are_no_packages() -> None:
    for name in ("monolith", "extracted", "adapters", "infra"):
        assert (ROOT / name).is_dir()
        assert not (ROOT / name / "__init__.py").exists()


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for root in ("src", "adapters", "monolith")
        for file in (ROOT / root).rglob("*.py")
        if file.read_text("utf-8").strip()
        and ast.get_docstring(ast.parse(file.read_text("utf-8"))) is None
    ]

    assert silent == []


def test_modules_stay_short() -> None:
    long = [
        str(file.relative_to(ROOT))
        for root in ("src", "adapters", "monolith", "extracted")
        for file in (ROOT / root).rglob("*.py")
        if len(file.read_text("utf-8").splitlines()) > 300
    ]

    assert long == []


def test_the_wheel_installs_its_own_names_only(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("unlith-*.whl")

    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "unlith",
        "unlith_runtime",
        "unlith_edges",
        "unlith_lazy",
        "unlith_record",
    }
    for package in sorted(top for top in tops if not top.endswith(".dist-info")):
        assert f"{package}/py.typed" in names
    assert "unlith/backends/templates/report.html" in names


def test_lock_files_pin_by_hash_and_name_no_index() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text("utf-8")
        assert "://" not in text
        assert "index" not in text
        pins = [line for line in text.splitlines() if line[:1].isalpha()]
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
