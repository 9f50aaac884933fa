"""Surveys small trees written for a claim; the view is ``app:view``, no app is imported."""

from __future__ import annotations

from pathlib import Path

from unlith.backends.survey.analysis import Analysis
from unlith.domain.survey import AppFacts, Hook, Location, Survey, SurveyedRule
from unlith.domain.survey_route import RouteClosure


def analysis_of(
    folder: Path,
    files: dict[str, str],
    *,
    hooks: tuple[Hook, ...] = (),
    rest: str = "view",
    line: int = 1,
    views: tuple[str, ...] = (),
) -> Analysis:
    """Give the analysis of files with one route, or one for each class view's POST."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    view = Location("app", rest, str(folder / "app.py"), line, True)
    rules = tuple(map(_class_rule, views)) or (SurveyedRule("/", "view", ("GET",), view),)
    modules = tuple(
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in files
        if name.endswith(".py")
    )
    survey = Survey("app:app", AppFacts(), rules, hooks, modules)
    found = Analysis(survey, (folder,))
    found.read_all(modules)
    return found


def closure_of(folder: Path, files: dict[str, str], **given: object) -> RouteClosure:
    """Give the view's closure."""
    return analysis_of(folder, files, **given).closures()["view", ""]  # type: ignore[arg-type]  # passed on


def touches_of(folder: Path, files: dict[str, str]) -> set[tuple[str, str]]:
    """Give what the view touches, kind and name."""
    found = analysis_of(folder, files)
    found.closures()
    return {(touch.kind, touch.name) for touch in found.touches()["view", ""]}


# Private


def _class_rule(name: str) -> SurveyedRule:
    module, _, cls = name.partition(":")
    handler = Location(module, f"{cls}.post", "", 1, True)
    return SurveyedRule(
        f"/{cls}",
        cls,
        ("POST",),
        Location(module, cls, "", 1, True),
        kind="class",
        handlers=(("POST", handler),),
    )
