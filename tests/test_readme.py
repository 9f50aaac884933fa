"""What README says is what happens."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from unlith.cli.main import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"^\$ unlith (.+?)(?:\s+#.*)?$", re.MULTILINE)


def without_numbers(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def test_the_demo_prints_what_the_readme_shows_and_writes_its_report() -> None:
    """Numbers may differ from machine to machine, words may not."""
    (shown,) = re.findall(r"```text\n(.+?)```", README, re.DOTALL)

    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "tutorial" / "demo.py")],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    printed = {without_numbers(line.strip()) for line in done.stdout.splitlines()}
    assert [
        line for line in shown.splitlines() if without_numbers(line.strip()) not in printed
    ] == []
    report = re.search(r"^report: (.+)$", done.stdout, re.MULTILINE)
    assert report
    assert "order_total_get" in Path(report[1]).read_text("utf-8")


@pytest.mark.parametrize(
    "line", sorted({line for doc in DOCS for line in COMMAND.findall(doc.read_text("utf-8"))})
)
def test_every_command_in_the_docs_is_one_that_unlith_takes(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "access.log").touch()
    name, *arguments = shlex.split(line.partition(" > ")[0])
    command = cli.commands[name]

    with click.Context(cli) as parent:
        assert command.make_context(name, arguments, parent=parent).params is not None


def test_every_folder_that_the_readme_names_is_there() -> None:
    for name in re.findall(r"^\| `([\w/]+)/` \|", README, re.MULTILINE):
        assert (ROOT / name).is_dir(), name


def test_every_link_in_the_docs_leads_somewhere() -> None:
    broken = [
        f"{doc.relative_to(ROOT)}: {target}"
        for doc in [*DOCS, *ROOT.glob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)\)", doc.read_text("utf-8"))
        if not (doc.parent / target).exists()
    ]

    assert broken == []
