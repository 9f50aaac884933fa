"""Functions are really created and updated through boto3, and last from run to run."""

from __future__ import annotations

from pathlib import Path

import pytest
from moto import mock_aws

from unlith.backends.local.cloud import local_cloud
from unlith.backends.zips import write_zip
from unlith.domain.names import cloud_name
from unlith.errors import UsageError
from unlith.ports import Bundle, Deployed
from unlith.usecases.deploy import execute, plan


class Silent:
    """A reporter that says nothing."""

    def step(self, message: str) -> None:
        """Say nothing."""

    def warn(self, message: str) -> None:
        """Say nothing."""

    def progress(self, items, *, total, label):  # type: ignore[no-untyped-def]  # passes through
        """Pass items through."""
        return items


def a_bundle(folder: Path, code: str, name: str = "f") -> Bundle:
    target = folder / f"{name}.zip"
    sha256, unzipped = write_zip(target, {"handler.py": code.encode()})
    size = target.stat().st_size
    return Bundle(name, target, "handler.handler", sha256, size, unzipped, 1)


def deploy(folder: Path, *bundles: Bundle) -> tuple[list[str], tuple[Deployed, ...]]:
    with local_cloud(folder / "cloud") as cloud:
        steps = plan("local", bundles, cloud)
        return [step.action for step in steps], execute(steps, cloud, {}, Silent())


def test_a_function_is_created_kept_and_updated_across_runs(tmp_path: Path) -> None:
    first, second = a_bundle(tmp_path, "x = 1"), a_bundle(tmp_path, "x = 1", name="g")

    created = deploy(tmp_path, first, second)
    kept = deploy(tmp_path, first, second)
    changed = a_bundle(tmp_path, "x = 2")
    updated = deploy(tmp_path, changed, second)
    after = deploy(tmp_path, changed, second)

    assert [created[0], kept[0], updated[0], after[0]] == [
        ["create", "create"],
        ["keep", "keep"],
        ["update", "keep"],
        ["keep", "keep"],
    ]
    assert created[1][0].version == "1"
    assert updated[1][0].version == "2"
    assert updated[1][0].code_sha256 == changed.sha256 == after[1][0].code_sha256
    assert updated[1][0].handler == "handler.handler"


def test_a_deploy_inside_somebody_elses_mock_is_no_different(tmp_path: Path) -> None:
    with mock_aws():
        deploy(tmp_path / "a", a_bundle(tmp_path, "x = 1"))
        created = deploy(tmp_path / "b", a_bundle(tmp_path, "x = 2"))

    assert (created[0], created[1][0].version) == (["create"], "1")


def test_a_plan_changes_nothing(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path, "x = 1")

    for _ in range(2):
        with local_cloud(tmp_path / "cloud") as cloud:
            assert [s.describe() for s in plan("local", [bundle], cloud)] == [
                "create unlith-local-f (0.00 MB)"
            ]
            assert cloud.describe(cloud_name("local", "f")) is None


def test_a_zip_over_the_direct_limit_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unlith.backends.aws.lambda_cloud.DIRECT_LIMIT", 10)

    with pytest.raises(UsageError, match="over 50 MB"):
        deploy(tmp_path, a_bundle(tmp_path, "x = 1"))


def test_a_stage_name_never_makes_a_name_that_lambda_refuses() -> None:
    assert len(cloud_name("local", "f" * 100)) == 64
