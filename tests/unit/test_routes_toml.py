"""The table's file: every mistake at once, comments kept, hostile names refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.errors import ConfigError
from unlith.files.routes_toml import table_from_toml, table_to_toml

names = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True)
rules = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=0, max_size=20).map(
    lambda text: "/" + text.strip()
)


@st.composite
def tables(draw: st.DrawFn) -> RoutingTable:
    routes = draw(st.lists(st.builds(Route, st.sampled_from(["GET", "PUT"]), rules), unique=True))
    groups = []
    for name, route in zip(draw(st.lists(names, unique=True)), routes, strict=False):
        phase = draw(st.sampled_from(Phase))
        share = draw(st.integers(1, 99)) if phase is Phase.CANARY else 0
        cohort = draw(st.sampled_from(["client", "cookie:a", "header:X-B"]))
        groups.append(Group(name, name, (Route.parse(str(route)),), phase, share, cohort))
    return RoutingTable(draw(st.integers(0, 9999)), tuple(groups))


@given(tables(), tables())
def test_a_table_survives_writing_and_reading(table: RoutingTable, before: RoutingTable) -> None:
    text = table_to_toml(table, table_to_toml(before))

    assert table_from_toml(text, "routes.toml") == RoutingTable(
        table.version, tuple(sorted(table.groups, key=_order(text)))
    )


def _order(text: str):  # type: ignore[no-untyped-def]  # a key function of one test
    return lambda group: text.index(f"[groups.{group.name}]")


def test_comments_and_order_survive_a_toggle() -> None:
    before = (
        "# ours\nschema = 1\nversion = 3  # bumped by hand\n\n"
        "[groups.a]  # hot\nfunction = \"a\"\nroutes = ['GET /a']  # quoted thus\n"
        'phase = "monolith"\n\n# cold\n[groups.b]\nfunction = "b"\nroutes = ["GET /b"]\n'
    )

    after = table_to_toml(
        table_from_toml(before, "x").moved("a", Phase.CANARY, 5, "cookie:v"), before
    )

    for kept in ("# ours", "# bumped by hand", "# hot", "['GET /a']  # quoted thus", "# cold"):
        assert kept in after
    assert table_from_toml(after, "x").groups[0].share_pct == 5


def test_all_mistakes_are_listed_at_once_with_their_lines() -> None:
    text = """schema = 1
version = -2
color = "red"

[groups.a]
function = "a"
routes = ["GET /x", "nonsense"]
phase = "cannary"

[groups."../b"]
function = "b"
routes = ["GET /x"]
phase = "canary"
share_pct = 0
cohort = "moon"
"""

    with pytest.raises(ConfigError) as caught:
        table_from_toml(text, "infra/routes.toml")

    said = [str(problem) for problem in caught.value.problems]
    for part in (
        "infra/routes.toml:2: version:",
        "infra/routes.toml:3: color:",
        "infra/routes.toml:7: groups.a.routes: not a route: 'nonsense'",
        "infra/routes.toml:8: groups.a.phase:",
        "not a name: '../b'",
        "infra/routes.toml:12: groups.../b.routes: 'GET /x' is in more than one place",
        "infra/routes.toml:14: groups.../b.share_pct: a canary's share is 1 to 99 percent, not 0",
        "infra/routes.toml:15: groups.../b.cohort: not a cohort key: 'moon'",
    ):
        assert any(part in line for line in said), (part, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = ", "not valid TOML"),
        ("schema = 2\nversion = 1", "newer than this unlith reads"),
        ('schema = "1"\nversion = 1', "schema"),
        ("version = 1", "schema"),
        ("schema = 1\nversion = 1\ngroups = 5", "groups"),
        ("schema = 1\nversion = 1\n[groups]\na = 5", "groups.a"),
        ('schema = 1\nversion = 1\n[groups.a]\nfunction="a"\nroutes=[]', "routes"),
        ('schema=1\nversion=1\n[groups.a]\nfunction="a\'${x}"\nroutes=["GET /"]', "not a name"),
    ],
)
def test_one_mistake_is_one_clear_problem(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        table_from_toml(text, "routes.toml")
    assert said in str(caught.value)
