"""A session of requests as curl commands and as a pytest case; pure.

What is shown has its secrets left out; a test that is written to a file keeps what it needs to
run, as the case files do.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from unlith.domain.cases import Cookies, Encoding, RequestCase
from unlith.domain.exchange import Observation
from unlith.domain.redaction import is_secret_name, redacted, redacted_target

BASE = "http://127.0.0.1:8080"
"""Where ``unlith run`` listens unless told otherwise."""

LONGEST = 4000
"""How many characters of an answer are shown."""

_JSON_PAIR = re.compile(r'("(?P<name>[^"\\]+)"\s*:\s*)"(?:[^"\\]|\\.)*"')


def as_curl(requests: Iterable[RequestCase]) -> str:
    """Give one command a line; cookies pass from one to the next in a jar."""
    asked = list(requests)
    return "\n".join(
        _curl(request, is_alone=len(asked) == 1, is_last=n == len(asked) - 1)
        for n, request in enumerate(asked)
    )


def as_text(observation: Observation) -> str:
    """Give what a side did as lines for people: status, headers, body, effects; no secrets."""
    lines = [observation.error] if observation.error else []
    answer = observation.answer
    if answer is not None:
        lines.append(str(answer.status))
        lines += [f"{name}: {redacted(value, name)}" for name, value in sorted(answer.headers)]
        lines += ["", *_body_lines(answer.body)]
    for effect in observation.effects:
        told = _hidden(effect.data) if isinstance(effect.data, Mapping) else effect.data
        lines.append(f"{effect.kind} {effect.where} {redacted(repr(told))}")
    text = "\n".join(lines).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def as_test(
    function: str, requests: Iterable[RequestCase], *, name: str = "", has_secrets: bool = False
) -> str:
    """Give a pytest case that fails while both sides differ; *name* ends the test's name.

    It needs unlith's pytest plugin, which comes with it. With *has_secrets* nothing is hidden.
    """
    called = re.sub(r"\W+", "_", f"{function}_{name}".lower()).strip("_")
    lines = [f"def test_{called}(unlith_parity):", f'    unlith_parity("{function}").session([']
    for request in requests:
        table = _table(request)
        lines.append(f"        {_literal(table if has_secrets else _hidden(table))},")
    return "\n".join([*lines, "    ])"])


# Private


def _body_lines(body: bytes) -> list[str]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return [f"{len(body)} bytes: {body[:64].hex(' ')}"]
    try:
        text = json.dumps(_hidden(json.loads(text)), indent=1, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = redacted(text)
    return text.splitlines()


def _literal(value: object) -> str:
    """Give a value as a Python literal, its texts in double quotes where they can be."""
    if isinstance(value, Mapping):
        inner = (f"{_literal(k)}: {_literal(v)}" for k, v in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, str) and value.isprintable() and not {*value} & {'"', "\\"}:
        return f'"{value}"'
    return repr(value)


def _table(request: RequestCase) -> dict[str, object]:
    """Give a request with the keys of a case file."""
    table: dict[str, object] = {}
    if request.method != "GET":
        table["method"] = request.method
    table["target"] = request.target
    headers, kind, content = list(request.headers), "", None
    if request.encoding is Encoding.JSON:
        kind, content = "application/json", _read_json(request.body)
    elif request.encoding is Encoding.FORM:
        kind, content = "application/x-www-form-urlencoded", _read_form(request.body)
    given = [value for name, value in headers if name.lower() == "content-type"]
    if content is not None and given == [kind]:
        headers = [pair for pair in headers if pair[0].lower() != "content-type"]
        table["json" if request.encoding is Encoding.JSON else "form"] = content[0]
    elif request.body:
        table |= _bytes(request.body)
    if headers:
        names = [name.lower() for name, _ in headers]
        table["headers"] = dict(headers) if len(set(names)) == len(names) else headers
    if request.save:
        table["save"] = dict(request.save)
    if request.cookies is not Cookies.KEEP:
        table["cookies"] = str(request.cookies)
    return table


def _bytes(body: bytes) -> dict[str, object]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode("ascii")}


def _read_json(body: bytes) -> tuple[object] | None:
    try:
        value: object = json.loads(body)
    except ValueError:
        return None
    return (value,) if json.dumps(value).encode() == body else None


def _read_form(body: bytes) -> tuple[object] | None:
    text = body.decode("utf-8", "replace")
    pairs = parse_qsl(text, keep_blank_values=True)
    fields: dict[str, list[str]] = {}
    for key, value in pairs:
        fields.setdefault(key, []).append(value)
    in_order = [(key, value) for key, values in fields.items() for value in values]
    if urlencode(in_order, safe="{}").encode() != body:
        return None
    return ({k: v[0] if len(v) == 1 else v for k, v in fields.items()},)


def _hidden(value: object, name: str = "") -> object:
    if isinstance(value, Mapping):
        kept = ("cookies", "save")  # words of a case file, not names of secrets
        return {k: v if k in kept else _hidden(v, str(k)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        if len(value) == 2 and isinstance(value[0], str) and name == "headers":
            return [value[0], _hidden(value[1], value[0])]
        return [_hidden(element, name) for element in value]
    if isinstance(value, str):
        if name == "target":
            return redacted_target(value)
        text = value if len(value) < 2000 else f"{value[:2000]}…"
        return "<hidden>" if is_secret_name(name) else redacted(text)
    return value


def _curl(request: RequestCase, *, is_alone: bool, is_last: bool) -> str:
    words = ["curl", "-s"] if not is_last else ["curl", "-i"]
    if not is_last:
        words += ["-o", "/dev/null"]
    if not is_alone and request.cookies is not Cookies.DROP:
        words += ["-b", "jar", "-c", "jar"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != ("POST" if request.body else "GET"):
        words += ["-X", request.method]
    words.append("--path-as-is")
    for name, value in request.headers:
        words += ["-H", f"{name}: {redacted(value, name)}"]
    if request.body:
        words += ["--data-binary", _body(request)]
    words.append(BASE + redacted_target(request.target))
    line = " ".join(shlex.quote(word) for word in words)
    if request.cookies is Cookies.TAMPER:
        return f"{line}  # after changing a letter of each cookie's value in the jar"
    return line


def _body(request: RequestCase) -> str:
    text = request.body.decode("utf-8", "backslashreplace")
    if request.encoding is Encoding.FORM:
        return redacted_target(f"?{text}")[1:]
    if request.encoding is Encoding.JSON:
        text = _JSON_PAIR.sub(
            lambda m: f'{m[1]}"<hidden>"' if is_secret_name(m["name"]) else m[0], text
        )
    return redacted(text if len(text) < 2000 else f"{text[:2000]}…")
