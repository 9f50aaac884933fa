"""Rules match as Werkzeug's own matcher matches them: random maps, random paths."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException as WerkzeugError
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import BaseConverter as TheirConverter
from werkzeug.routing import Map, RequestRedirect
from werkzeug.routing import Rule as TheirRule
from werkzeug.routing import ValidationError as TheirInvalid

from unlith_edges import problems
from unlith_edges import rules as ours

PIECES = [
    "a",
    "b",
    "new",
    "<x>",
    "<int:x>",
    "<int(min=2, max=40):x>",
    "<int(fixed_digits=2):x>",
    "<float:x>",
    "<float(signed=True):x>",
    "<path:x>",
    "<uuid:x>",
    '<any(a, "b", new):x>',
    "<string(length=2):x>",
    "<string(minlength=1, maxlength=3):x>",
    "<even:x>",
    "<tail:x>",
    "v<int:x>",
    "<int:x>-<y>",
    "",
]
TEXTS = ["a", "b", "new", "1", "12", "-3", "1.5", "v7", "3-x", "", "é", "x/y", "a b", "ab"]
TEXTS += ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "40", "41", "//", "9" * 5000]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT"]


def converters(base: Any, invalid: Any) -> dict[str, Any]:
    class Even(base):  # type: ignore[misc]  # the base is the side under test
        regex = r"\d+"

        def to_python(self, value: str) -> int:
            if int(value) % 2:
                raise invalid
            return int(value)

    class Tail(base):  # type: ignore[misc]  # the base is the side under test
        regex = ".*?"
        weight = 300
        part_isolating = False

    return {"even": Even, "tail": Tail}


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3))
    seen: list[str] = []
    for index, piece in enumerate(pieces):
        seen.append(piece.replace("x>", f"x{index}>").replace("y>", f"y{index}>"))
    return "/" + "/".join(seen) + draw(st.sampled_from(["", "/"]))


RULES = st.lists(
    st.tuples(
        rule_texts(),
        st.sets(st.sampled_from(["GET", "POST", "PUT"]), min_size=1),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)
PATHS = st.lists(st.sampled_from(TEXTS), max_size=4).map(lambda parts: "/" + "/".join(parts))


def outcome(matcher: Any, path: str, method: str) -> Any:
    try:
        rule, values = matcher.match(path, method)
    except ours.RequestRedirect as error:
        # What makes the address drops slashes that the path begins with, on either side.
        return "redirect", "/" + error.new_url.lstrip("/")
    except problems.MethodNotAllowed as error:
        return 405, set(error.valid_methods)
    except problems.HTTPException as error:
        return error.code
    return rule.endpoint, values


def their_outcome(adapter: Any, path: str, method: str) -> Any:
    try:
        return adapter.match(path, method)
    except RequestRedirect as error:
        from urllib.parse import unquote, urlsplit

        return "redirect", unquote(urlsplit(error.new_url).path)
    except MethodNotAllowed as error:
        return 405, set(error.valid_methods or ())
    except WerkzeugError as error:
        return error.code


@settings(max_examples=400)
@given(RULES, st.lists(PATHS, min_size=1, max_size=6), st.sampled_from(METHODS))
def test_every_path_ends_where_werkzeug_ends(
    found: list[Any], paths: list[str], method: str
) -> None:
    theirs, mine = [], []
    for index, (text, methods, strict, merge) in enumerate(found):
        rule = TheirRule(
            text,
            endpoint=f"e{index}",
            methods=methods | {"OPTIONS"},
            strict_slashes=strict,
            merge_slashes=merge,
        )
        theirs.append(rule)
        mine.append(
            ours.Rule(
                text,
                f"e{index}",
                rule.methods or (),
                strict_slashes=strict,
                merge_slashes=merge,
            )
        )
    adapter = Map(theirs, converters=converters(TheirConverter, TheirInvalid)).bind("h")
    matcher = ours.Matcher(mine, converters(ours.BaseConverter, ours.ValidationError))

    for path in paths:
        assert outcome(matcher, path, method) == their_outcome(adapter, path, method)
        assert set(matcher.allowed_methods(path)) == set(adapter.allowed_methods(path))
