"""Writes ``docs/reference/rules.md`` from the rules themselves, so that it cannot be stale."""

from __future__ import annotations

from collections.abc import Iterable

from unlith.backends.readiness.rule import Rule
from unlith.backends.readiness.rules import all_rules

_HEAD = """# Readiness rules

Generated from `src/unlith/backends/readiness/rules/`; do not edit.
`python -m unlith.backends.readiness.reference` prints it anew.

A finding names its rule, file and line, and the routes whose code reaches that line.
An *error* breaks or is unsafe on Lambda, a *warning* degrades, a *note* informs.
To silence one, say why, on its line or alone on the line above:

```python
CARTS[uid] = 1  # unlith: ignore[LR101] a cache that may vanish
```

A suppression that silences nothing is `LR901`, one without a reason `LR902`.
"""


def reference(rules: Iterable[Rule]) -> str:
    """Give the page."""
    known = tuple(rules)
    lines = [_HEAD, "| id | severity | rule |", "|---|---|---|"]
    lines += [
        f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity} | {rule.title} |" for rule in known
    ]
    for rule in known:
        lines += ["", f"## {rule.id}", "", f"{rule.title} ({rule.severity}).", ""]
        lines += [f"Remedy: {rule.remedy}.", ""]
        how = "by reading" if rule.source else "from the live app"
        found = f"Found {how}" + (
            f", and in the sandbox: {rule.dynamic}." if rule.dynamic else "."
        )
        lines += [found, "", "It holds for", "", _indented(rule.true), ""]
        lines += ["and not for", "", _indented(rule.false)]
    return "\n".join(lines) + "\n"


def _indented(source: str) -> str:
    # Not fenced: examples are as people write them, formatters leave these alone.
    return "\n".join(f"    {line}" if line else "" for line in source.rstrip().splitlines())


def main() -> None:
    """Print the page."""
    print(reference(all_rules()), end="")  # noqa: T201  # a generator of one file


if __name__ == "__main__":
    main()
