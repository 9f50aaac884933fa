"""A report as one static HTML page: no script, no external asset, every name escaped."""

from __future__ import annotations

from pathlib import Path

from unlith.usecases.report import Report

LETTERS = {"monolith": "m", "shadow": "s", "canary": "c", "function": "F", "retired": "R"}
"""One letter a phase, so that the picture reads without colour."""

COLUMNS = 24  # cells in a row of the picture
CELL = 30  # side of a cell with its gap, in pixels


def render(report: Report) -> str:
    """Give the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # heavy; pages are rare

    environment = Environment(
        loader=PackageLoader("unlith.backends"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cells = [
        {
            "x": (index % COLUMNS) * CELL,
            "y": (index // COLUMNS) * CELL,
            "phase": line.phase,
            "letter": LETTERS[line.phase],
            "title": f"{line.route}: {line.traffic}",
        }
        for index, line in enumerate(report.routes)
    ]
    rows = -(-len(report.routes) // COLUMNS)
    return environment.get_template("report.html").render(
        report=report,
        cells=cells,
        width=min(len(report.routes), COLUMNS) * CELL,
        height=rows * CELL,
        letters=LETTERS,
    )


def write(report: Report, file: Path) -> None:
    """Write the page to a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render(report), "utf-8")
