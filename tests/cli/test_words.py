"""What the command line says: help, mistakes, exit codes. Never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Unlith
from unlith.cli.main import cli

APP = """
from flask import Flask
app = Flask(__name__)


@app.get("/hello/<name>")
def hello(name):
    return "hi"
"""


@pytest.fixture
def project(tmp_path: Path, unlith: Unlith) -> Path:
    """Give a small workspace."""
    (tmp_path / "web.py").write_text(APP, "utf-8")
    assert unlith(tmp_path, "init").code == 0
    return tmp_path


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_with_an_example_and_json(
    tmp_path: Path, unlith: Unlith, name: str
) -> None:
    result = unlith(tmp_path, name, "--help")

    assert result.code == 0
    assert "Example: unlith" in result.out
    assert "--json" in result.out


@pytest.mark.parametrize(
    ("arguments", "code", "error", "hint"),
    [
        (["frobnicate"], 2, "No such command", "unlith --help"),
        (["survey", "--frob"], 2, "No such option", "unlith survey --help"),
        (["survey", "nonsense"], 2, "not a route", "write a method and a rule"),
        (["survey", "GET /hullo/<name>"], 2, "has no route", "did you mean 'GET /hello/<name>'"),
        (["route", "GET /hello/<name>"], 2, "say where", "unlith route --help"),
        (
            ["route", "GET /hello/<name>", "--to", "function"],
            2,
            "has no route",
            "extract it first",
        ),
        (["route", "GET /x", "--to", "moon"], 2, "Invalid value for '--to'", ""),
        (["route", "GET /x", "--to", "function", "--share", "101"], 2, "--share", ""),
        (["route", "GET /x", "--to", "monolith", "--share", "5"], 2, "--share", ""),
        (["route", "GET /x", "--shadow", "--share", "5"], 2, "--shadow", ""),
        (["rollback"], 2, "nothing to roll back", ""),
        (["rollback", "GET /x"], 2, "has no route", ""),
        (["deploy", "moon"], 2, "no stage 'moon'", "unlith deploy local"),
        (["status", "--stage", "moon"], 2, "no stage 'moon'", ""),
        (["extract", "GET /nowhere"], 2, "has no route", ""),
        (["extract", "hello"], 2, "not a route", ""),
        (["extract", "GET /hello/<name>", "--name", "os"], 2, "would hide", "--name"),
        (["extract", "GET /hello/<name>", "--name", "web"], 2, "would hide", "--name"),
        (["extract", "GET /hello/<name>", "--name", "../x"], 2, "not a name", "lower-case"),
    ],
)
def test_a_mistake_is_one_clear_error(
    project: Path, unlith: Unlith, arguments: list[str], code: int, error: str, hint: str
) -> None:
    before = sorted(p for p in project.rglob("*") if ".unlith" not in p.parts)

    result = unlith(project, *arguments)

    assert result.code == code
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert error in result.err
    assert hint in result.err
    assert "Traceback" not in result.err
    assert sorted(p for p in project.rglob("*") if ".unlith" not in p.parts) == before


def test_outside_a_workspace_the_hint_is_init(tmp_path: Path, unlith: Unlith) -> None:
    result = unlith(tmp_path, "survey")

    assert result.code == 2
    assert "hint: run `unlith init" in result.err


def test_debug_shows_the_traceback_wherever_it_stands(tmp_path: Path, unlith: Unlith) -> None:
    assert "Traceback" in unlith(tmp_path, "survey", "--debug").err


def test_a_broken_app_is_the_worlds_fault_with_its_own_traceback(
    project: Path, unlith: Unlith
) -> None:
    (project / "web.py").write_text("import nothing_such\n", "utf-8")

    result = unlith(project, "survey")

    assert result.code == 3
    assert "ModuleNotFoundError: No module named 'nothing_such'" in result.err
    assert 'web.py", line 1' in result.err
    assert "inspect_child" not in result.err


def test_a_malformed_table_lists_every_problem_with_its_line(
    project: Path, unlith: Unlith
) -> None:
    (project / "infra" / "routes.toml").write_text(
        'schema = 1\nversion = "x"\n[groups.a]\nfunction = "a"\nroutes = ["bad"]\n', "utf-8"
    )

    result = unlith(project, "status")

    assert result.code == 2
    assert "routes.toml:2: version" in result.err
    assert "routes.toml:5: groups.a.routes: not a route: 'bad'" in result.err


def test_survey_json_is_the_whole_survey(project: Path, unlith: Unlith) -> None:
    result = unlith(project, "survey", "--json")

    assert [rule["rule"] for rule in result.json["rules"]][-1] == "/hello/<name>"
    assert len(unlith(project, "survey", "GET /hello/<name>", "--json").json["rules"]) == 1


def test_an_error_is_json_for_machines_too(project: Path, unlith: Unlith) -> None:
    refused = unlith(project, "survey", "GET /nope", "--json")
    misused = unlith(project, "route", "GET /x", "--json")

    assert (refused.json["error"]["type"], refused.json["error"]["exit_code"]) == (
        "RouteNotFound",
        2,
    )
    assert misused.json["error"]["message"].startswith("say where")
    assert refused.err.startswith("error: ")


def test_init_does_not_claim_another_app_than_the_settings_name(
    project: Path, unlith: Unlith
) -> None:
    result = unlith(project, "init", "--app", "other:app")

    assert result.code == 2
    assert "the app of this workspace is 'web:app' already" in result.err
    assert unlith(project, "init").code == 0


def test_a_toggle_that_changes_nothing_makes_no_version(project: Path, unlith: Unlith) -> None:
    route = "GET /hello/<name>"
    unlith(project, "extract", route)

    shadow = unlith(project, "route", route, "--shadow", "--json").json
    again = unlith(project, "route", route, "--shadow", "--json").json

    assert (shadow["version"], again["version"]) == (1, 1)
    assert again["before"] == again["after"] == "shadow"


def test_an_include_that_is_not_there_is_named(project: Path, unlith: Unlith) -> None:
    file = project / "pyproject.toml"
    file.write_text(file.read_text("utf-8") + 'include = ["no_such.thing"]\n', "utf-8")

    result = unlith(project, "deploy", "--plan")

    assert result.code == 2
    assert "include names 'no_such.thing'" in result.err


def test_a_zip_that_does_not_import_is_not_deployed(project: Path, unlith: Unlith) -> None:
    (project / "hidden.py").write_text("X = 1\n", "utf-8")
    hiding = "import importlib\nimportlib.import_module('hid' + 'den')\n"
    route = "GET /hello/<name>"
    unlith(project, "extract", route, "--name", "hello_get")
    handler = project / "extracted" / "hello_get" / "handler.py"
    handler.write_text(hiding + handler.read_text("utf-8").partition("annotations\n")[2], "utf-8")

    refused = unlith(project, "deploy")
    file = project / "pyproject.toml"
    file.write_text(file.read_text("utf-8") + 'include = ["hidden"]\n', "utf-8")

    assert refused.code == 3
    assert "nothing was deployed" in refused.err
    assert "include" in refused.err
    assert unlith(project, "deploy").code == 0


def test_a_file_where_the_work_folder_goes_is_said_in_words(project: Path, unlith: Unlith) -> None:
    (project / ".unlith").write_text("", "utf-8")

    result = unlith(project, "deploy")

    assert result.code == 2
    assert ".unlith is a file" in result.err
