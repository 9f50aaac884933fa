"""The pytest plugin in a workspace of its own, run as a user runs it."""

from __future__ import annotations

import pytest

pytest_plugins = "pytester"

PYPROJECT = """
[tool.unlith]
app = "tiny:app"

[tool.unlith.parity]
state = ["data"]
"""

APP = """
from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/double/<int:n>")
def double(n):
    return jsonify(double=n * 2)
"""

HANDLER = """
import json


def handler(event, context):
    path = event["rawPath"]
    value = int(path.rpartition("/")[2]) * {factor}
    return {{
        "statusCode": 200,
        "headers": {{"Content-Type": "application/json"}},
        "body": json.dumps({{"double": value}}, separators=(",", ":")) + "\\n",
    }}
"""

FUNCTION = """
name = "double_get"
level = "pure"
handler = "double_get.handler.handler"
routes = ["GET /double/<int:n>"]
endpoints = ["double"]
"""

CASES = """
[[session]]
name = "twice two"
[[session.request]]
target = "/double/2"

[[session]]
name = "twice zero"
[[session.request]]
target = "/double/0"
"""


@pytest.fixture
def workspace(pytester: pytest.Pytester) -> pytest.Pytester:
    folder = pytester.path
    function = folder / "extracted" / "double_get"
    function.mkdir(parents=True)
    (folder / "tests" / "parity").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (folder / "tiny.py").write_text(APP, "utf-8")
    (function / "__init__.py").write_text("", "utf-8")
    (function / "function.toml").write_text(FUNCTION, "utf-8")
    (folder / "tests" / "parity" / "double_get.toml").write_text(CASES, "utf-8")
    return pytester


def write_handler(workspace: pytest.Pytester, factor: int) -> None:
    file = workspace.path / "extracted" / "double_get" / "handler.py"
    file.write_text(HANDLER.format(factor=factor), "utf-8")


def run(workspace: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return workspace.runpytest_subprocess("-p", "no:randomly", *arguments)


def test_each_session_is_a_test_and_nothing_is_left_behind(workspace: pytest.Pytester) -> None:
    write_handler(workspace, 2)

    result = run(workspace, "--unlith-parity", "--unlith-no-probes", "-v")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*double_get.toml::1 twice two PASSED*"])
    left = [path.name for path in (workspace.path / ".unlith").iterdir()]
    assert not [name for name in left if name.startswith("lab-")]


def test_a_difference_fails_its_session_only_and_can_be_read(workspace: pytest.Pytester) -> None:
    write_handler(workspace, 3)

    result = run(workspace, "--unlith-parity", "--unlith-no-probes")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "double_get: different: * differences in 1 exchanges (1 by the function)",
            "value at body/double (1 times), request 1 of “twice two”",
            "  monolith: 4",
            "  function: 6",
            "  $ curl -i --path-as-is http://127.0.0.1:*/double/2",
        ]
    )
    result.stdout.no_fnmatch_line("*testing.py*")


def test_probes_find_what_no_session_shows(workspace: pytest.Pytester) -> None:
    write_handler(workspace, 2)

    result = run(workspace, "--unlith-parity", "-k", "two")

    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*request 1 of “twice two · HEAD”*"])


def test_without_the_option_no_case_is_collected(workspace: pytest.Pytester) -> None:
    result = run(workspace)

    result.assert_outcomes()


def test_a_malformed_case_file_is_one_clear_error(workspace: pytest.Pytester) -> None:
    file = workspace.path / "tests" / "parity" / "double_get.toml"
    file.write_text(CASES + "[[session.request]]\ntarget = 3\nbogus = 1\n", "utf-8")

    result = run(workspace, "--unlith-parity")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*2 problems in tests/parity/double_get.toml*", "*:13: *bogus*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_fixture_compares_a_session_of_a_users_own_test(workspace: pytest.Pytester) -> None:
    write_handler(workspace, 3)
    workspace.makepyfile(
        test_mine="""
        def test_same(unlith_parity):
            result = unlith_parity("double_get").session([{"target": "/double/0"}])
            assert result.served == 1

        def test_different(unlith_parity):
            unlith_parity("double_get").session([{"target": "/double/5"}], name="five")
        """
    )

    result = run(workspace)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*value at body/double (1 times), request 1 of “five”*"])


def test_the_plugin_imports_nothing_of_unlith_before_it_is_asked(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        test_light="""
        import sys

        def test_light():
            heavy = ("pydantic", "boto3", "click", "flask", "unlith.bootstrap", "tomlkit")
            assert [name for name in heavy if name in sys.modules] == []
        """
    )

    run(pytester).assert_outcomes(passed=1)
