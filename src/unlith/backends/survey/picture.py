"""Draws a route's closure as an SVG that a person can read. Writes no script and loads nothing."""

from __future__ import annotations

from html import escape

from unlith.domain.survey_route import RouteFacts

_ROW, _WIDTH, _TOP = 18, 330, 96
_COLUMNS = (
    ("needed", "needed by this route alone", "#1b7f4d"),
    ("shared", "shared with other routes", "#1f5fa8"),
    ("imported", "imported, not used", "#8a8a8a"),
    ("unknown", "unknown to reading", "#b3541e"),
)


def draw(facts: RouteFacts) -> str:
    """Give the picture: one column a kind of module, one line a module, by name."""
    columns = [(label, colour, getattr(facts.closure, name)) for name, label, colour in _COLUMNS]
    rows = max(len(names) for _, _, names in columns)
    height = _TOP + _ROW * (rows + 2)
    width = _WIDTH * len(columns) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="ui-monospace, monospace" font-size="12">',
        f"<title>What {escape(facts.route)} is made of</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="20" y="34" font-size="18" fill="#111111">{escape(facts.route)}</text>',
        f'<text x="20" y="56" fill="#555555">{escape(_summary(facts))}</text>',
    ]
    for number, (label, colour, names) in enumerate(columns):
        left = 20 + number * _WIDTH
        head = f"{label} ({len(names)})"
        parts.append(
            f'<rect x="{left}" y="{_TOP - 22}" width="{_WIDTH - 20}" height="3" fill="{colour}"/>'
        )
        parts.append(
            f'<text x="{left}" y="{_TOP}" fill="{colour}" font-weight="bold">{head}</text>'
        )
        for row, name in enumerate(names, 1):
            shown = name if len(name) <= 44 else f"…{name[-43:]}"
            parts.append(
                f'<text x="{left}" y="{_TOP + _ROW * row}" fill="#222222">'
                f"<title>{escape(name)}</title>{escape(shown)}</text>"
            )
    return "\n".join([*parts, "</svg>", ""])


def _summary(facts: RouteFacts) -> str:
    closure = facts.closure
    return (
        f"{len(closure.modules)} modules used, {len(closure.templates)} templates, "
        f"{len(closure.used)} distributions used, {len(closure.pulled)} more imported"
    )
