"""The use case and its shelf: names, all or nothing, what is there already."""

from __future__ import annotations

import dataclasses
import keyword
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.flask_inspector import FlaskInspector
from unlith.backends.function_shelf import FolderShelf, example_target, starter_case
from unlith.domain.extraction import function_name, is_function_name
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.route import Route
from unlith.domain.survey import Survey
from unlith.errors import (
    AlreadyExtracted,
    ConfigError,
    ExtractionRefused,
    OutsideError,
    RouteNotFound,
    UsageError,
)
from unlith.files.function_toml import function_from_toml, function_to_toml, read_functions
from unlith.files.settings import Settings, read_settings
from unlith.usecases.extract import ExtractRequest, extract

SOURCE = """
from flask import Flask, render_template
app = Flask(__name__)
@app.get("/orders/<int:order_id>")
def order(order_id):
    return {"id": order_id}
@app.get("/page")
def page():
    return render_template("x")
"""
ORDER, PAGE = Route("GET", "/orders/<int:order_id>"), Route("GET", "/page")


@pytest.fixture
def workspace(tmp_path: Path) -> tuple[Settings, Survey]:
    (tmp_path / "pyproject.toml").write_text('[tool.unlith]\napp = "site_app:app"\n')
    (tmp_path / "site_app.py").write_text(SOURCE)
    settings = read_settings(tmp_path)
    return settings, FlaskInspector(settings).inspect()


def run(found: tuple[Settings, Survey], request: ExtractRequest) -> FunctionInfo:
    settings, survey = found
    return extract(request, survey, FileCarrier(settings), FolderShelf(settings)).function


def files_below(folder: Path) -> set[str]:
    found = (file for file in folder.rglob("*") if "__pycache__" not in file.parts)
    return {file.relative_to(folder).as_posix() for file in found if file.is_file()}


@pytest.mark.parametrize("level", list(Level))
def test_a_function_is_a_folder_with_a_starter_case(
    workspace: tuple[Settings, Survey], level: Level
) -> None:
    info = run(workspace, ExtractRequest((ORDER,), level))

    settings = workspace[0]
    assert info.name == "order_get"
    assert info.handler == "order_get.handler.handler"
    found = files_below(settings.root)
    assert {"extracted/order_get/handler.py", "extracted/order_get/function.toml"} <= found
    assert (settings.extracted / "order_get/__init__.py").read_text() == ""
    case = tomllib.loads((settings.root / "tests/parity/order_get.toml").read_text())
    assert case["session"][0]["request"] == [{"method": "GET", "target": "/orders/1"}]
    assert read_functions(settings.extracted) == (info,)


def test_routes_can_share_a_function(workspace: tuple[Settings, Survey]) -> None:
    info = run(workspace, ExtractRequest((ORDER, PAGE), Level.SLIM, "both"))

    handler = (workspace[0].extracted / "both/handler.py").read_text()
    assert info.routes == (ORDER, PAGE)
    assert info.endpoints == ("order", "page")
    assert 'endpoints=["order", "page"]' in handler
    with pytest.raises(AlreadyExtracted, match="as both"):
        run(workspace, ExtractRequest((PAGE,)))


def test_a_request_for_nothing_is_refused(workspace: tuple[Settings, Survey]) -> None:
    with pytest.raises(UsageError, match="no route was named"):
        run(workspace, ExtractRequest(()))


def test_a_route_is_extracted_once(workspace: tuple[Settings, Survey]) -> None:
    run(workspace, ExtractRequest((ORDER,)))
    before = files_below(workspace[0].root)

    with pytest.raises(AlreadyExtracted, match="as order_get"):
        run(workspace, ExtractRequest((ORDER,), Level.PURE, "other"))
    assert files_below(workspace[0].root) == before


def test_a_name_that_is_taken_is_refused(workspace: tuple[Settings, Survey]) -> None:
    (workspace[0].extracted / "mine").mkdir(parents=True)

    with pytest.raises(AlreadyExtracted):
        run(workspace, ExtractRequest((ORDER,), name="mine"))
    for name in ("site_app", "json", "os"):
        with pytest.raises(UsageError, match="would hide"):
            run(workspace, ExtractRequest((ORDER,), name=name))
    for name in ("class", "Mine", "a-b", "", "1a", "a.b", "a\nb", "../x"):
        if name:
            with pytest.raises(UsageError):
                run(workspace, ExtractRequest((ORDER,), name=name))
    assert [f.name for f in workspace[0].extracted.iterdir()] == ["mine"]


def test_a_refused_route_leaves_nothing_behind(workspace: tuple[Settings, Survey]) -> None:
    before = files_below(workspace[0].root)

    with pytest.raises(ExtractionRefused) as refused:
        run(workspace, ExtractRequest((PAGE,), Level.PURE))

    (blocker,) = refused.value.blockers
    assert blocker.startswith("site_app.py:9: flask.render_template")
    assert 'unlith extract "GET /page"' in refused.value.hint
    assert files_below(workspace[0].root) == before


def test_a_disk_that_says_no_leaves_nothing_behind(workspace: tuple[Settings, Survey]) -> None:
    (workspace[0].root / "tests").write_text("in the way")
    before = files_below(workspace[0].root)

    with pytest.raises(OutsideError):
        run(workspace, ExtractRequest((ORDER,)))
    assert files_below(workspace[0].root) == before


def test_a_case_that_is_there_is_kept(workspace: tuple[Settings, Survey]) -> None:
    case = workspace[0].root / "tests/parity/order_get.toml"
    case.parent.mkdir(parents=True)
    case.write_text("# mine\n")

    run(workspace, ExtractRequest((ORDER,)))

    assert case.read_text() == "# mine\n"


def test_an_unknown_route_is_an_error_that_names_a_near_one(
    workspace: tuple[Settings, Survey],
) -> None:
    with pytest.raises(RouteNotFound) as missing:
        run(workspace, ExtractRequest((Route("GET", "/order/<int:order_id>"),)))
    assert "/orders/<int:order_id>" in missing.value.hint


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("/api/orders/<int:order_id>/total", "order_total_get"),
        ("/api/stock/<sku:sku>", "stock_get"),
        ("/api/v2/articles/search", "articles_search_get"),
        ("/categories/<id>", "category_get"),
        ("/address/<id>", "address_get"),
        ("/status/<int:code>", "status_get"),
        ("/", "root_get"),
        ("/<slug>", "slug_get"),
        ("/api", "api_get"),
        ("/Größe/<x>", "gr_e_get"),
        ("/1st", "f_1st_get"),
        ("/a.b-c/d", "a_b_c_d_get"),
        ('/files/<any("a", "b"):kind>/<path:name>', "file_get"),
        ("example.com|/orders", "orders_get"),
    ],
)
def test_a_name_is_the_words_of_the_rule(rule: str, name: str) -> None:
    assert function_name(Route("GET", rule)) == name


def test_names_are_told_apart() -> None:
    route = Route("GET", "/orders/<int:order_id>")

    assert function_name(route, {"order_get"}) == "order_by_order_id_get"
    assert function_name(route, {"order_get", "order_by_order_id_get"}) == "order_get_2"


@given(st.text(max_size=80), st.from_regex(r"[A-Z]{1,9}", fullmatch=True), st.sets(st.text()))
def test_any_rule_has_a_name_that_is_free(rule: str, method: str, taken: set[str]) -> None:
    name = function_name(Route(method, "/" + rule), taken)

    assert is_function_name(name)
    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    assert name not in taken


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True).filter(is_function_name)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INFOS = st.builds(
    FunctionInfo,
    name=NAMES,
    level=st.sampled_from(Level),
    routes=st.lists(
        st.builds(
            Route,
            st.sampled_from(["GET", "PUT"]),
            TEXTS.map(lambda text: f"/{text}x".replace("\x1f", "")),
        ),
        min_size=1,
        max_size=3,
    )
    .map(tuple)
    .filter(lambda routes: all(Route.parse(str(route)) == route for route in routes)),
    endpoints=st.lists(TEXTS, max_size=2).map(tuple),
    handler=TEXTS,
    environ=st.lists(TEXTS, max_size=3).map(tuple),
    carried=st.lists(TEXTS, max_size=3).map(tuple),
    omitted=st.dictionaries(TEXTS, TEXTS, max_size=2).map(lambda d: tuple(d.items())),
    sources=st.dictionaries(TEXTS, TEXTS, max_size=2).map(lambda d: tuple(d.items())),
    files=st.dictionaries(TEXTS, TEXTS, max_size=2).map(lambda d: tuple(d.items())),
)


@given(INFOS)
def test_a_description_is_read_as_it_was_written(info: FunctionInfo) -> None:
    assert function_from_toml(function_to_toml(info), "function.toml") == info


@given(INFOS)
def test_a_starter_case_asks_each_route(info: FunctionInfo) -> None:
    case = tomllib.loads(starter_case(info))

    asked = case["session"][0]["request"]
    assert [one["method"] for one in asked] == [route.method for route in info.routes]


def test_a_malformed_description_lists_every_mistake() -> None:
    text = 'name = "no name"\nlevel = "fast"\nhandler = "h"\nroutes = ["nonsense"]\nextra = 1\n'

    with pytest.raises(ConfigError) as error:
        function_from_toml(text, "function.toml")

    assert {problem.line for problem in error.value.problems} >= {1, 2, 4, 5}


def test_a_folder_of_another_name_is_a_mistake(workspace: tuple[Settings, Survey]) -> None:
    run(workspace, ExtractRequest((ORDER,)))
    settings = workspace[0]
    (settings.extracted / "order_get").rename(settings.extracted / "renamed")

    with pytest.raises(ConfigError, match="the folder is 'renamed'"):
        read_functions(settings.extracted)


def test_an_address_fits_the_rule() -> None:
    rule = "/a/<int:x>/<float(min=1):y>-<uuid:u>/<any(b, c):k>/<path:p>/<sku:s>"

    assert example_target(rule) == ("/a/1/1.5-00000000-0000-4000-8000-000000000000/b/a/b/a")


def test_functions_are_values() -> None:
    info = FunctionInfo("n", Level.SLIM, (ORDER,), ("e",), "h")

    with pytest.raises(dataclasses.FrozenInstanceError):
        info.name = "m"  # type: ignore[misc]  # that is the claim
