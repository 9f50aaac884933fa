"""A session of requests as curl commands that a person can run; secrets are left out; pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from unlith.domain.cases import Cookies, Encoding, RequestCase
from unlith.domain.redaction import is_secret_name, redacted, redacted_target

BASE = "http://127.0.0.1:8080"
"""Where ``unlith run`` listens unless told otherwise."""

_JSON_PAIR = re.compile(r'("(?P<name>[^"\\]+)"\s*:\s*)"(?:[^"\\]|\\.)*"')


def as_curl(requests: Iterable[RequestCase]) -> str:
    """Give one command a line; cookies pass from one to the next in a jar."""
    asked = list(requests)
    return "\n".join(
        _curl(request, is_alone=len(asked) == 1, is_last=n == len(asked) - 1)
        for n, request in enumerate(asked)
    )


# Private


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
