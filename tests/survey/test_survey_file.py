"""A survey's file: packed and expanded again it is the same survey."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from unlith.domain.readiness import Finding
from unlith.domain.survey import AppFacts, Hook, Location, Survey, SurveyedRule
from unlith.domain.survey_report import FullSurvey
from unlith.domain.survey_route import RouteClosure, RouteFacts, Touch
from unlith.files.survey_json import full_from_json, full_to_file, full_to_json

NAMES = st.lists(st.sampled_from([f"package.module_{n}" for n in range(8)]), unique=True).map(
    lambda names: tuple(sorted(names))
)
TOUCHES = st.lists(
    st.builds(
        Touch,
        st.sampled_from(["env", "aws"]),
        st.sampled_from(["A", "s3:put_object"]),
        st.sampled_from(["", "write"]),
        st.sampled_from(["", "app.py"]),
        st.integers(0, 12),
    ),
    unique=True,
).map(lambda touches: tuple(sorted(touches)))
CLOSURES = st.builds(RouteClosure, NAMES, NAMES, NAMES, NAMES, NAMES, NAMES, NAMES, NAMES, NAMES)
ROUTES = st.lists(st.builds(RouteFacts, st.text(), st.text(), CLOSURES, TOUCHES), max_size=12).map(
    tuple
)
FINDINGS = st.lists(
    st.builds(Finding, st.just("LR101"), st.text(), st.integers(), st.text(), routes=NAMES),
    max_size=5,
).map(tuple)


PLACES = st.lists(
    st.builds(Location, st.just("package.guards"), st.sampled_from(["f", "g", "h"])), max_size=4
).map(tuple)
RULES = st.lists(
    st.builds(
        SurveyedRule, st.text(), st.text(), st.just(("GET",)), st.just(Location("m", "view")),
        wrappers=st.lists(st.sampled_from(["guard.<locals>.inner", "x"])).map(tuple),
        decorators=PLACES,
    ),
    max_size=8,
).map(tuple)  # fmt: skip


@given(ROUTES, FINDINGS, RULES)
def test_packed_and_expanded_is_the_same(
    routes: tuple[RouteFacts, ...],
    findings: tuple[Finding, ...],
    rules: tuple[SurveyedRule, ...],
) -> None:
    full = FullSurvey(Survey("app:app", AppFacts(), rules, ()), routes, findings)

    assert full_from_json(full_to_json(full)) == full


def test_what_many_routes_share_is_written_once() -> None:
    shared = tuple(sorted(f"package.module_{n}" for n in range(50)))
    routes = tuple(
        RouteFacts(f"GET /{n}", f"e{n}", RouteClosure(needed=(f"own_{n}",), shared=shared))
        for n in range(20)
    )

    text = full_to_json(FullSurvey(Survey("app:app", AppFacts(), (), ()), routes)).decode()

    assert all(text.count(f'"{name}"') == 1 for name in shared)


def test_paths_are_relative_to_the_project(tmp_path: Path) -> None:
    def hook(file: str) -> Hook:
        return Hook("before_request", "", Location("m", "f", file, 3))

    files = (str(tmp_path / "src/m.py"), "/venv/lib/site-packages/flask/app.py", "/usr/lib/abc.py")
    facts = AppFacts(root_path=str(tmp_path / "src"), instance_path=str(tmp_path))
    full = FullSurvey(Survey("m:app", facts, (), tuple(hook(file) for file in files)))

    text = full_to_file(full, tmp_path)
    back = full_from_json(text, tmp_path).survey

    assert str(tmp_path).encode() not in text
    assert back.facts == facts
    shown = [hook.where.file for hook in back.hooks]
    assert shown == [files[0], "site-packages/flask/app.py", "abc.py"]
