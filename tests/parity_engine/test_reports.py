"""Reports: JUnit by its published schema, pages that hold hostile names, evidence that ages."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from unlith.backends.evidence import evidence_of
from unlith.backends.parity_page import by_reproduction, side_by_side
from unlith.backends.parity_records import ParityRecords, write_reports
from unlith.domain.bound import Bound
from unlith.domain.cases import RequestCase
from unlith.domain.coverage import Coverage, Gap, SideCoverage
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.route import Route
from unlith.domain.verdict import FoundDifference, ParityResult, Verdict
from unlith.errors import OutsideError
from unlith.files.parity_json import Report, schema
from unlith.files.settings import read_settings
from unlith.ports import Bundle

WHEN = "2026-11-26T03:00:00Z"
HOSTILE = "<script>alert(1)</script>\"'&]]>\x00\x1b[31m\ud800\uffff"
# Of Ant's JUnit task, Apache-2.0: https://github.com/windyroad/JUnit-Schema at cfa434d.
SCHEMA = Path(__file__).parent / "schemas" / "JUnit.xsd"


def found(**changes: object) -> FoundDifference:
    sent = (RequestCase("POST", "/login", body=b"password=open"), RequestCase("GET", "/a"))
    one = FoundDifference(
        path="body/n", kind="value", control="1", candidate="2", session="s", step=2,
        request="GET /a", curl="curl -i /a", first="curl /b\ncurl -i /a", test="def test_a(): ...",
        control_answer="200\nA: b\n\n1", candidate_answer="200\nA: b\n\n2", sent=sent,
    )  # fmt: skip
    return replace(one, **changes)  # type: ignore[arg-type]  # a test's own keywords


def result(**changes: object) -> ParityResult:
    gap = Gap("a.py", 3, 3, "f")
    one = ParityResult(
        function="orders", verdict=Verdict.DIFFERENT, sessions=1, exchanges=10, served=9, probes=4,
        differences=(found(),), bound=Bound(1, 9), noise={"body/at": 3}, noisy=("body/at",),
        coverage=Coverage((SideCoverage("monolith", 4, 3, 9, 8, (gap,), ("a.py: g",)),)),
    )  # fmt: skip
    return replace(one, **changes)  # type: ignore[arg-type]  # a test's own keywords


@pytest.mark.parametrize(
    "one",
    [
        result(),
        result(verdict=Verdict.SAME, differences=()),
        result(verdict=Verdict.NOT_COMPARABLE, differences=(), reasons=("no\nanswer", HOSTILE)),
        result(differences=(found(path=HOSTILE, control=HOSTILE, curl=HOSTILE, test=HOSTILE),)),
    ],
)
def test_junit_is_valid_by_the_published_schema(tmp_path: Path, one: ParityResult) -> None:
    file = tmp_path / "deep" / "junit.xml"

    write_reports([one, one], WHEN, junit=file)

    xmlschema.XMLSchema(SCHEMA).validate(file)
    suite = ElementTree.parse(file).getroot()[0]  # noqa: S314  # we wrote it
    assert int(suite.attrib["failures"]) == len(one.differences)
    assert int(suite.attrib["errors"]) == len(one.reasons)
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))


class Tags(HTMLParser):
    """Notes what a browser would run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        loads = [value for name, value in attrs if name in ("src", "href", "style", "onload")]
        if tag in ("script", "img", "iframe", "object", "link") or loads:
            self.seen.append(f"{tag} {loads}")


def test_pages_run_nothing_load_nothing_and_escape_hostile_names(tmp_path: Path) -> None:
    hostile = found(
        path=HOSTILE, kind=HOSTILE, control=HOSTILE, candidate=HOSTILE, session=HOSTILE,
        request=HOSTILE, curl=HOSTILE, test=HOSTILE, control_answer=HOSTILE,
    )  # fmt: skip
    one = result(
        differences=(hostile,), reasons=(HOSTILE,), noise={HOSTILE: 1}, evidence={"cases": "ab"},
        coverage=Coverage((SideCoverage(HOSTILE, 1, 0, 1, 0, (Gap(HOSTILE, 1, 1),), (HOSTILE,)),)),
    )  # fmt: skip

    (index,) = write_reports([one], WHEN, html=tmp_path / "pages")

    tags = Tags()
    page = (tmp_path / "pages" / "orders.html").read_text("utf-8")
    tags.feed(page + index.read_text("utf-8"))
    assert tags.seen == ["a ['index.html']", "a ['orders.html']"]
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_page_shows_both_sides_noise_and_coverage(tmp_path: Path) -> None:
    write_reports([result()], WHEN, html=tmp_path)

    page = (tmp_path / "orders.html").read_text("utf-8")
    for shown in ("<mark>1</mark>", "<mark>2</mark>", "3 of 10", "a.py:3: never ran", "3 of 4",
                  "distinct exchanges", "curl -i /a", "def test_a()"):  # fmt: skip
        assert shown in page


def test_differences_with_one_reproduction_stand_together() -> None:
    other = found(path="status", curl="curl other")

    groups = by_reproduction(result(differences=(found(), other, found(path="body/m"))))

    assert [[one.path for one in group] for group in groups] == [["body/n", "body/m"], ["status"]]


def test_only_lines_that_differ_are_marked() -> None:
    left, right = side_by_side(found())

    assert left == (("200", False), ("A: b", False), ("", False), ("1", True))
    assert right[-1] == ("2", True)


def test_written_tests_hold_what_they_need_and_results_do_not(tmp_path: Path) -> None:
    (file,) = write_reports([result(differences=(found(), found(path="x")))], WHEN, tests=tmp_path)

    text = file.read_text("utf-8")
    compile(text, "test", "exec")
    assert "password=open" in text
    assert text.count("def test_orders") == 1
    assert "open" not in json.dumps(result().as_dict())


def test_json_is_as_its_schema_says() -> None:
    kept = Path(__file__).parents[2] / "docs" / "reference" / "parity.schema.json"

    read = Report.model_validate_json(json.dumps({"functions": [result().as_dict()]}))

    assert read.functions[0].differences[0].requests == 2
    assert json.loads(kept.read_text("utf-8")) == schema()


def test_a_report_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OutsideError, match="disk write"):
        write_reports([result()], WHEN, junit=tmp_path / "file" / "junit.xml")


class Bundler:
    """Bundles that only have digests."""

    def __init__(self) -> None:
        self.function, self.whole = "f", "w"

    def build_function(self, name: str) -> Bundle:
        return Bundle(name, Path(), "", self.function, 0, 0, 0)

    def build_whole(self) -> Bundle:
        return Bundle("whole", Path(), "", self.whole, 0, 0, 0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("function", "other code of the function"),
        ("whole", "other code of the monolith"),
        ("tests/parity/orders.toml", "other cases"),
        ("requirements.txt", "other lock files"),
        ("app.sqlite3", "another state to begin in"),
        ("", ""),
    ],
)
def test_a_result_ages_when_what_it_hangs_on_changes(
    tmp_path: Path, changed: str, words: str
) -> None:
    text = '[tool.unlith]\napp = "a:app"\n[tool.unlith.parity]\nstate = ["app.sqlite3"]\n'
    (tmp_path / "pyproject.toml").write_text(text)
    for name in ("tests/parity/orders.toml", "requirements.txt", "app.sqlite3"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a")
    settings, bundler = read_settings(tmp_path), Bundler()
    function = FunctionInfo("orders", Level.SLIM, (Route("GET", "/a"),), ("a",), "h.h")
    records = ParityRecords(settings, bundler)
    records.keep(function, result(verdict=Verdict.SAME, differences=()))

    if changed in ("function", "whole"):
        setattr(bundler, changed, "other")
    elif changed:
        (tmp_path / changed).write_text("b")

    doubts = records.doubts(function)
    assert doubts == ((f"the last parity run was with {words}: run `unlith parity` again",)
                      if words else ())  # fmt: skip
    other = replace(function, routes=(Route("GET", "/b"),))
    assert any("other routes" in doubt for doubt in records.doubts(other))
    assert set(evidence_of(settings, bundler, function)) == {
        "function", "whole", "cases", "routes", "locks", "settings", "state",
    }  # fmt: skip
