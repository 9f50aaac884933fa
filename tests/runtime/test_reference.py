"""The generated reference is the one the code makes now."""

from __future__ import annotations

import runpy
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_page_about_events_is_fresh() -> None:
    made = runpy.run_path(str(REFERENCE / "make_events.py"))["page"]()

    assert (REFERENCE / "events.md").read_text("utf-8") == made, (
        "run docs/reference/make_events.py"
    )
