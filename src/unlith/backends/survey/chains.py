"""Writes expressions down as chains (see ``reading``); knows nothing of scopes."""

from __future__ import annotations

import ast
import re

from unlith.backends.survey.reading import Chain

_SHORT = 120
_NAME = re.compile(r"[A-Za-z_]")
_STEP = re.compile(r"^\w+|\.\w+|\([^()]*\)|\[[^\[\]]*\]")


def chain_of(node: ast.expr | None) -> Chain:
    """Give an expression's chain; empty where its root is no name.

    ``getattr(x, "name")`` is the attribute it means.
    """
    steps: list[str] = []
    while node is not None:
        match node:
            case ast.Name():
                return (node.id, *reversed(steps))
            case ast.Attribute():
                steps.append(f".{node.attr}")
                node = node.value
            case ast.Call(
                func=ast.Name(id="getattr"), args=[of, ast.Constant(value=str(name)), *_]
            ):
                steps.append(f".{name}")
                node = of
            case ast.Call(func=ast.Name(id="super"), args=[]):
                return ("super", "()", *reversed(steps))
            case ast.Call():
                steps.append(f"({_first(node)})")
                node = node.func
            case ast.Subscript():
                steps.append(f"[{text_of(node.slice)}]")
                node = node.value
            case _:
                node = _inside(node)
                if node is None:
                    return ("", *reversed(steps))
    return ()


def value_of(node: ast.expr) -> Chain:
    """Give the chain of a value that is bound to a name, seen through a partial or a lambda.

    What a lambda gives, and what a partial calls with its first argument, stand for themselves:
    calling them adds a step that changes nothing.
    """
    match node:
        case ast.Lambda():
            return chain_of(node.body)
        case ast.Call(
            func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[of, *others]
        ):
            made = chain_of(of)
            return (*made, f"({text_of(others[0])})") if others and made else made
    return chain_of(node)


def defaults_of(arguments: ast.arguments) -> list[tuple[str, ast.expr]]:
    """Give each parameter that has a default, with it."""
    places = [*arguments.posonlyargs, *arguments.args][::-1]
    found = zip(places, arguments.defaults[::-1], strict=False)
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [(one.arg, value) for one, value in (*found, *named) if value is not None]


def others_of(value: ast.expr) -> list[ast.expr]:
    """Give what else a value may be: ``a or b``, ``a if x else b``."""
    if isinstance(value, ast.BoolOp):
        return value.values[1:]
    return [value.orelse] if isinstance(value, ast.IfExp) else []


def steps_of(text: str) -> Chain:
    """Give the chain that a joined chain was, or an empty one for any other text."""
    parts = _STEP.findall(text)
    return tuple(parts) if "".join(parts) == text and _NAME.match(text) else ()


def _inside(node: ast.expr) -> ast.expr | None:
    # What an expression is when it is only wrapped: awaited, one of several, named on the way.
    match node:
        case ast.Await() | ast.Starred() | ast.NamedExpr():
            return node.value
        case ast.BoolOp():
            return node.values[0]
        case ast.IfExp():
            return node.body
    return None


def text_of(node: ast.expr | None) -> str:
    """Give an expression in short: a literal as Python writes it, a chain joined, or ``…``."""
    match node:
        case ast.Constant():
            text = repr(node.value)
            return text if len(text) <= _SHORT else text[:_SHORT] + "…"
        case ast.JoinedStr():
            return "f" + repr("".join(_part(value) for value in node.values))[:_SHORT]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return f"-{number}"
        case ast.BinOp(
            op=ast.Mult(), left=ast.Constant(value=left), right=ast.Constant(value=right)
        ):
            return _product(left, right)
        case ast.List() | ast.Tuple() | ast.Set():
            return "[" + ", ".join(text_of(one) for one in node.elts[:20]) + "]"
        case ast.Dict():
            keys = [text_of(key) for key in node.keys[:20]]
            return "{" + ", ".join(keys) + "}"
    return "".join(chain_of(node)) or "…"


def _first(call: ast.Call) -> str:
    for keyword in call.keywords:
        if keyword.arg == "service_name":
            return text_of(keyword.value)
    if call.args and isinstance(call.args[0], ast.Constant | ast.Name):
        return text_of(call.args[0])
    return ""


def _part(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else "{}"


def _product(left: object, right: object) -> str:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return repr(left * right)
    return "…"
