"""Stages are read with every mistake at once, and a secret in the file is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from unlith.domain.stage import Architecture, Switch
from unlith.errors import ConfigError
from unlith.files.stages_toml import read_stages, stages_from_toml

GOOD = """
schema = 1
[stages.prod]
account = "123456789012"
region = "eu-west-1"
architecture = "x86_64"
switch = "routes"
[stages.prod.environ]
SHOP_TABLE = "shop"
[stages.prod.secrets]
SECRET_KEY = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf#key"
"""


def problems(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        stages_from_toml(text, "infra/stages.toml")
    return "\n".join(map(str, raised.value.problems))


def test_a_stage_is_read() -> None:
    stage = stages_from_toml(GOOD, "infra/stages.toml")["prod"]

    assert (stage.stack, stage.artefacts) == (
        "unlith-prod",
        "unlith-artefacts-123456789012-eu-west-1",
    )
    assert (stage.architecture, stage.switch) == (Architecture.X86_64, Switch.ROUTES)


def test_no_file_is_no_stage(tmp_path: Path) -> None:
    assert read_stages(tmp_path / "stages.toml") == {}


def test_every_mistake_is_told_with_its_line() -> None:
    said = problems(
        GOOD.replace('"123456789012"', "123", 1)
        .replace("eu-west-1", "Mars")
        .replace('"routes"', '"magic"')
    )

    assert "infra/stages.toml:4: stages.prod.account" in said
    assert "infra/stages.toml:5: stages.prod.region" in said
    assert "infra/stages.toml:7: stages.prod.switch" in said


def test_a_secret_itself_is_refused_and_not_repeated() -> None:
    said = problems(GOOD.replace("arn:aws:secretsmanager", "hunter2"))

    assert "must be a reference" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('AWS_REGION = "x"', "AWS_REGION"),
        ('"a b" = "x"', "a b"),
        ('SECRET_KEY = "x"', "in environ and in secrets"),
    ],
)
def test_names_that_cannot_be_are_refused(line: str, said: str) -> None:
    assert said in problems(GOOD.replace('SHOP_TABLE = "shop"', line))


@pytest.mark.parametrize("name", ["local", "Prod", "p" * 21, '"a b"'])
def test_a_stage_has_a_short_plain_name(name: str) -> None:
    assert "a stage's name is" in problems(GOOD.replace("stages.prod", f"stages.{name}"))


@pytest.mark.parametrize("address", ["http://example.com", "ftp://127.0.0.1", "127.0.0.1:4566"])
def test_an_endpoint_is_https_or_on_this_machine(address: str) -> None:
    said = problems(GOOD.replace('switch = "routes"', f'endpoint = "{address}"'))

    assert "loopback" in said


def test_a_newer_file_is_refused() -> None:
    assert "newer than this unlith reads" in problems(GOOD.replace("schema = 1", "schema = 2"))
