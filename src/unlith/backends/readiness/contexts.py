"""Which code never runs on Lambda, though it stands in a module that does: tests, tools, branches.

Findings there are nobody's business: a development server, a test configuration, a command for
the shell. Nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_OUTSIDE = re.compile(
    r"(^|\.)(tests?|testing|conftest|test_\w+|\w+_tests?|migrations|alembic|setup|noxfile|fabfile|"
    r"gunicorn_conf\w*|_?vendor(ed)?|third_party|extern|examples?|docs|benchmarks?)(\.|$)"
)
_CONFIGURATION = re.compile(
    r"^_*(Dev|Develop|Development|Test|Testing|Tests|Local|Debug|CI|Docker(?:Dev|Test))\w*$"
)
_CONFIGURATION_END = re.compile(
    r"(Dev|Development|Test|Testing|Local|Debug)(Config|Configuration|Settings)?$"
)
_SWITCH = re.compile(
    r"(^|[._'\"\[(\s])(debug|testing|is_dev|is_debug|dev_mode|development)\b", re.I
)
_STAGES = ("development", "dev", "testing", "test", "local", "debug")
_STAGE = re.compile("env|mode|stage|config", re.I)
_COMMAND = re.compile(r"(^|\.)(cli|manager|click|typer|command|shell_context_processor)\b")


def is_outside(module: str) -> bool:
    """Say whether a module is of tests, migrations, tools or somebody else's code.

    >>> is_outside("shop.tests.test_cart"), is_outside("shop.contest")
    (True, False)
    """
    return _OUTSIDE.search(module) is not None


def lines_off_lambda(tree: ast.Module) -> frozenset[int]:
    """Give the lines of a module that do not run where the app is served from Lambda."""
    return frozenset(line for node in ast.walk(tree) for line in _lines(node))


# Private


def _lines(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.If):
        off = _branch(node)
        for statement in off:
            yield from range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    elif isinstance(node, ast.ClassDef):
        if _is_for_developers(node):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        is_command = any(_COMMAND.search(_name(one)) for one in node.decorator_list)
        if is_command:
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _branch(node: ast.If) -> list[ast.stmt]:
    test = node.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return node.orelse if _is_switch(test.operand) else []
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return node.body if any(_is_switch(part) for part in test.values) else []
    return node.body if _is_switch(test) else []


def _is_switch(test: ast.expr) -> bool:
    # app.debug, app.config["TESTING"], os.environ.get("FLASK_ENV") == "development"
    if not isinstance(test, ast.Compare):
        kinds = ast.Name | ast.Attribute | ast.Subscript | ast.Call
        return isinstance(test, kinds) and _SWITCH.search(ast.unparse(test)) is not None
    left, other = ast.unparse(test.left), test.comparators[0]
    if not isinstance(test.ops[0], ast.Eq | ast.Is) or not isinstance(other, ast.Constant):
        return False
    if other.value is True:
        return _SWITCH.search(left) is not None
    if left == "__name__":
        return other.value == "__main__"
    return str(other.value).lower() in _STAGES and bool(_STAGE.search(left))


def _is_for_developers(node: ast.ClassDef) -> bool:
    bases = " ".join(ast.unparse(base) for base in node.bases)
    looks = re.search(r"conf|settings", node.name + bases, re.I) or not node.bases
    named = _CONFIGURATION.match(node.name) or _CONFIGURATION_END.search(node.name)
    is_test = re.search(r"\b(unittest|TestCase)\b", bases)
    holds = any(isinstance(one, ast.Assign | ast.AnnAssign) for one in node.body)
    return bool(is_test or (looks and named and holds))


def _name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called)
