"""The rules about what importing and shipping cost, and about answers too big to give."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from survey.reading_trees import analysis_of
from unlith.backends.distributions import owners_of_imports, size_of
from unlith.backends.readiness.engine import findings
from unlith.backends.readiness.rules import all_rules
from unlith.backends.readiness.rules.costs import _runs_on_lambda
from unlith.domain.profile import ImportProfile, ModuleTime
from unlith.domain.readiness import Finding
from unlith.domain.survey import AppFacts
from unlith.domain.survey_route import RouteClosure, RouteFacts

APP = {"app.py": "import moto\nfrom flask import Flask\napp = Flask(__name__)\ndef view(): pass\n"}


def profile_of(total_ms: float, **modules_ms: float) -> ImportProfile:
    modules = tuple(
        ModuleTime(name, int(1000 * ms), int(1000 * ms), 0) for name, ms in modules_ms.items()
    )
    return ImportProfile(3, total_ms, 100.0, modules)


def found_by(rule: str, folder: Path, **given: object) -> tuple[Finding, ...]:
    analysis = analysis_of(folder, APP)
    analysis.closures()
    return findings(analysis, [r for r in all_rules() if r.id == rule], **given)  # type: ignore[arg-type]  # passed on


@pytest.mark.parametrize(
    ("total_ms", "slow", "near"), [(400, 0, 0), (3500, 1, 0), (8000, 0, 1), (12_000, 0, 1)]
)
def test_a_slow_import_is_one_finding_of_its_degree(
    tmp_path: Path, total_ms: float, slow: int, near: int
) -> None:
    measured = profile_of(total_ms, moto=300)

    assert len(found_by("LR601", tmp_path, profile=measured)) == slow
    assert len(found_by("LR603", tmp_path, profile=measured)) == near


def test_the_slowest_distribution_is_named(tmp_path: Path) -> None:
    (found,) = found_by("LR601", tmp_path, profile=profile_of(3500, moto=1200))

    assert "moto 1200 ms" in found.message


def test_nothing_is_said_of_what_was_not_measured(tmp_path: Path) -> None:
    assert found_by("LR601", tmp_path) == ()
    assert found_by("LR602", tmp_path) == ()


def routes_with(used: tuple[bool, ...]) -> list[RouteFacts]:
    return [
        RouteFacts(f"GET /{n}", str(n), RouteClosure(used=("moto",) * uses, pulled=("moto",)))
        for n, uses in enumerate(used)
    ]  # fmt: skip


def test_a_heavy_import_of_few_routes_is_found_where_it_stands(tmp_path: Path) -> None:
    measured = profile_of(900, moto=500)

    (found,) = found_by(
        "LR602", tmp_path, profile=measured, facts=routes_with((True, False, False))
    )

    assert found.line == 1
    assert found.routes == ("GET /1", "GET /2")
    assert "used by 1 of 3 routes" in found.message


@pytest.mark.parametrize(
    ("used", "moto_ms"), [((True, True, False), 500.0), ((True, False, False), 20.0)]
)
def test_what_most_routes_use_or_is_light_is_no_finding(
    tmp_path: Path, used: tuple[bool, ...], moto_ms: float
) -> None:
    measured = profile_of(900, moto=moto_ms)

    assert found_by("LR602", tmp_path, profile=measured, facts=routes_with(used)) == ()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path that holds the distribution ``heavy``, as installers leave one."""
    folder = tmp_path / "site"
    about = folder / "heavy-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "heavy.so").write_bytes(b"")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: heavy\nVersion: 1.0\n")
    (about / "WHEEL").write_text("Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_17_x86_64\n")
    (about / "top_level.txt").write_text("heavy\n")
    (about / "RECORD").write_text("heavy.so,,\nheavy-1.0.dist-info/METADATA,,\n")
    monkeypatch.syspath_prepend(str(folder))
    owners_of_imports.cache_clear()
    size_of.cache_clear()
    yield folder
    owners_of_imports.cache_clear()
    size_of.cache_clear()


def live(rule: str, folder: Path) -> tuple[Finding, ...]:
    analysis = analysis_of(folder / "src", {"app.py": "import heavy\ndef view(): pass\n"})
    analysis.survey = replace(analysis.survey, facts=AppFacts(flask="3.1.0"))
    analysis.closures()
    return findings(analysis, [r for r in all_rules() if r.id == rule])


def test_a_package_over_the_limit_is_found(tmp_path: Path, installed: Path) -> None:
    os.truncate(installed / "heavy.so", 300 << 20)

    (found,) = live("LR604", tmp_path)

    assert "heavy 300 MB" in found.message


def test_a_package_below_the_limit_is_not(tmp_path: Path, installed: Path) -> None:
    os.truncate(installed / "heavy.so", 30 << 20)

    assert live("LR604", tmp_path) == ()


def test_a_distribution_built_here_is_found_where_it_is_imported(
    tmp_path: Path, installed: Path
) -> None:
    (installed / "heavy-1.0.dist-info" / "WHEEL").write_text("Tag: cp312-cp312-linux_x86_64\n")

    (found,) = live("LR605", tmp_path)

    assert (found.line, "made on this machine" in found.message) == (1, True)


def test_a_manylinux_wheel_is_not(tmp_path: Path, installed: Path) -> None:
    assert live("LR605", tmp_path) == ()


@pytest.mark.parametrize(
    ("tag", "runs"),
    [
        ("py3-none-any", True),
        ("cp312-cp312-manylinux_2_17_x86_64", True),
        ("cp312-cp312-manylinux2014_aarch64", True),
        ("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", True),
        ("cp312-cp312-manylinux_2_39_x86_64.linux_x86_64", False),
        ("cp312-cp312-manylinux_2_39_x86_64", False),
        ("cp312-cp312-linux_x86_64", False),
        ("cp312-cp312-macosx_11_0_arm64", False),
        ("cp312-cp312-musllinux_1_2_x86_64", False),
        ("cp312-cp312-win_amd64", False),
    ],
)
def test_a_build_for_another_platform_is_told_by_its_tag(tag: str, runs: bool) -> None:
    assert _runs_on_lambda(tag) == runs


TEMPLATE = """\
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
  Mails:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt MailsDead.Arn
  MailsDead:
    Type: AWS::SQS::Queue
"""


def test_a_queue_that_never_gives_up_is_found_in_the_template(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    found = found_by("LR803", tmp_path, roots=(tmp_path,))

    assert [(f.line, f.message) for f in found] == [(3, "the queue Jobs has no RedrivePolicy")]


@pytest.mark.parametrize(("size", "count"), [(5 << 20, 1), (1 << 20, 0)])
def test_a_static_file_that_no_answer_holds_is_found(
    tmp_path: Path, size: int, count: int
) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "film.mp4").touch()
    os.truncate(static / "film.mp4", size)
    analysis = analysis_of(tmp_path, APP)
    rule = replace(analysis.survey.rules[0], endpoint="static", kind="static")
    facts = AppFacts(flask="3.1.0", root_path=str(tmp_path))
    analysis.survey = replace(analysis.survey, facts=facts, rules=(rule,))
    analysis.closures()

    found = findings(analysis, [r for r in all_rules() if r.id == "LR511"])

    assert len(found) == count
