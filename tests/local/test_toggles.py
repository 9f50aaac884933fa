"""Toggles from another process, under load: no failed request and no mixed answer."""

from __future__ import annotations

from pathlib import Path

from local.toggled import toggled


def test_300_toggles_under_load_fail_no_request(tmp_path: Path) -> None:
    """``make verify`` does 10,000."""
    found = toggled(tmp_path, 300)

    assert (found["failed"], found["mixed"], found["out_of_force"]) == (0, 0, 0)
    assert (found["version"], found["journal"]) == (301, 301)
    assert found["answers"] > 0
    assert found["warnings"] == []
