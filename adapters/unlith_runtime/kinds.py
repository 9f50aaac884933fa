"""The kinds of HTTP events, one small class each: what it is, what it asks, how to answer it.

No class holds state, changes an event, or takes what decides (client address, script name) from
where a client could have put it. Sources: see ``events``.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from unlith_runtime.parts import (
    PLAIN_IN_PATH,
    Answer,
    Event,
    decoded_query,
    latin1,
    many_valued,
    sent_path,
    unquoted,
    with_jar,
)
from unlith_runtime.wsgi import Environ, begun, finish, headed

if TYPE_CHECKING:
    from unlith_runtime.http import Request

LAMBDA_LIMIT_BYTES = 6_291_556  # the figure Lambda's own error message names


class EventKind:
    """What every kind can do; a base class and no Protocol, which would cost at each start."""

    name = ""
    limit_bytes = LAMBDA_LIMIT_BYTES

    def matches(self, event: Event) -> bool:
        """Say whether *event* is of this kind."""
        raise NotImplementedError

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the request as WSGI's environ, ``wsgi.input`` still bytes.

        *base_path* is as ``clean_base_path`` gives it, also below.
        """
        raise NotImplementedError

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the ``http.Request`` in *event*."""
        from unlith_runtime.http import Request  # here: an app behind WSGI never needs it

        environ = self.environ(event, context, base_path)
        body = environ["wsgi.input"]
        environ["wsgi.input"] = BytesIO(body)
        return Request(environ, body)

    def answer(self, response: Answer, method: str) -> Event:
        """Give the answer this kind of gateway understands to a request with *method*."""
        raise NotImplementedError

    def response(self, response: Answer, event: Event) -> Event:
        """Give the answer this kind of gateway understands to *event*."""
        method = event.get("httpMethod") or event.get("method")
        return self.answer(response, method or event["requestContext"]["http"]["method"])


class RestApi(EventKind):
    """API Gateway REST API, proxy integration: path encoded and without stage, query decoded."""

    name = "rest"

    def matches(self, event: Event) -> bool:
        """Say whether *event* has method and path, and no balancer or version."""
        return (
            type(event.get("httpMethod")) is type(event.get("path")) is str
            and event.get("version") is None
            and "elb" not in (event.get("requestContext") or ())
        )

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; the script name is what the public path has more than ``path``."""
        about = event.get("requestContext") or {}
        environ = headed(event, context, about)
        path: str = event["path"]
        public = about.get("path") or path
        if public != path:
            environ["SCRIPT_NAME"] = _prefix(public, path, about.get("stage"))
        self._add(environ, event, about)
        query = decoded_query(event)
        if path.isascii() and "%" not in path:
            return finish(environ, event, path, public, query, base_path)
        return finish(environ, event, unquoted(path), latin1(public), query, base_path)

    def _add(self, environ: Environ, event: Event, about: Event) -> None:
        environ["REQUEST_METHOD"] = event["httpMethod"]
        identity = about.get("identity")
        if identity:
            environ["REMOTE_ADDR"] = identity.get("sourceIp") or ""

    answer = staticmethod(many_valued)


class HttpApiV1(RestApi):
    """HTTP API, payload 1.0: as REST, but the path is decoded and holds the stage."""

    name = "http-v1"

    def matches(self, event: Event) -> bool:
        """Say whether *event* calls itself version 1.0."""
        return event.get("version") == "1.0" and has_texts(event, "httpMethod", "path")

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; a named stage goes from the path to the script name."""
        about = event.get("requestContext") or {}
        environ = headed(event, context, about)
        self._add(environ, event, about)
        path = event["path"]
        inner = _unstaged(environ, latin1(path), about)
        return finish(environ, event, inner, sent_path(path), decoded_query(event), base_path)


class HttpApiV2(EventKind):
    """HTTP API, payload 2.0: path decoded and with the stage, query raw, cookies apart."""

    name = "http-v2"

    def __init__(self, *, is_url: bool = False) -> None:
        self.is_url = is_url

    def matches(self, event: Event) -> bool:
        """Say whether *event* is a 2.0 payload of this kind of host."""
        try:
            about = event["requestContext"]
            is_here = (".lambda-url." in (about.get("domainName") or "")) is self.is_url
            return is_here and "method" in about["http"] and event["version"] == "2.0"
        except (KeyError, TypeError):
            return False

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; a Function URL's path is encoded, an HTTP API's holds the stage."""
        about = event["requestContext"]
        http = about["http"]
        environ = begun(event, context, about, event.get("headers"))
        environ["REQUEST_METHOD"] = http["method"]
        environ["REMOTE_ADDR"] = http.get("sourceIp") or ""
        query = event.get("rawQueryString")
        if query is None:
            query = decoded_query(event)
        elif not query.isascii():
            query = latin1(query)
        if cookies := event.get("cookies"):
            jar = "; ".join(cookies)
            environ["HTTP_COOKIE"] = jar if jar.isascii() else latin1(jar)
        path = event.get("rawPath")
        if self.is_url and path is not None:
            return finish(environ, event, unquoted(path), latin1(path), query, base_path)
        if path is None:
            path = http["path"]  # decoded, whoever sent it
        uri = path
        if not (path.isascii() and path.encode().translate(PLAIN_IN_PATH).isalnum()):
            uri, path = sent_path(path), latin1(path)
        if about.get("stage") != "$default":
            path = _unstaged(environ, path, about)
        return finish(environ, event, path, uri, query, base_path)

    answer = staticmethod(with_jar)


class FunctionUrl(HttpApiV2):
    """A Function URL: payload 2.0, but the path is encoded and there are no stages."""

    name = "function-url"

    def __init__(self) -> None:
        super().__init__(is_url=True)


def has_texts(event: Event, method: str, path: str) -> bool:
    """Say whether *event* has texts under both keys."""
    return type(event.get(method)) is str and type(event.get(path)) is str


# Private


def _prefix(public: str, path: str, stage: object) -> str:
    """Give what stands before *path* in the public path: the stage, or nothing."""
    if public.endswith(path):
        prefix = public[: len(public) - len(path)].rstrip("/")
        return unquoted(prefix) if "%" in prefix else prefix
    staged = f"/{stage}"
    return staged if public == staged or public.startswith(staged + "/") else ""


def _unstaged(environ: Environ, path: str, about: Event) -> str:
    """Move a named stage to the script name; only API Gateway's own host has it in the path."""
    stage = about.get("stage")
    if stage and stage != "$default" and ".execute-api." in (about.get("domainName") or ""):
        staged = f"/{stage}"
        if path == staged or path.startswith(staged + "/"):
            environ["SCRIPT_NAME"] = staged
            return path[len(staged) :]
    return path
