"""Lines of keys in a TOML text."""

from __future__ import annotations

import pytest

from unlith.files.toml_lines import line_of

TEXT = """schema = 1

[tool.unlith]   # here
app = "x"
"quoted key" = 1
[groups."a b"]
phase = "x"
[[session]]
name = "one"
[[session.request]]
method = "GET"
[[session]]
name = "two"
[[session.request]]
method = "PUT"
[[session.request]]
method = "GET"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("schema",), 1),
        (("tool", "unlith"), 3),
        (("tool", "unlith", "app"), 4),
        (("tool", "unlith", "quoted key"), 5),
        (("groups", "a b", "phase"), 7),
        (("groups", "a b", "missing"), 6),
        (("session", 0, "name"), 9),
        (("session", 1, "name"), 13),
        (("session", 1, "request", 1, "method"), 17),
        (("nowhere",), None),
    ],
)
def test_a_key_or_its_nearest_parent_is_found(path: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, path) == line
