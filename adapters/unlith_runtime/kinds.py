"""The kinds of HTTP events, one small class each: what it is, what it asks, how to answer it.

No class holds state, changes an event, or takes what decides (client address, script name) from
where a client could have put it. Sources: see ``events``.
"""

from __future__ import annotations

from io import BytesIO

from unlith_runtime.http import Answer, Request, latin1, unquoted
from unlith_runtime.parts import (
    Event,
    decoded_query,
    last_hop,
    many_valued,
    sent_query,
    single_valued,
    with_jar,
)
from unlith_runtime.wsgi import Environ, add_headers, add_lists, begun, finish

LAMBDA_LIMIT_BYTES = 6_291_556  # the figure Lambda's own error message names
BALANCER_LIMIT_BYTES = 1_048_576


class EventKind:
    """What every kind can do; a base class and no Protocol, which would cost at each start."""

    name = ""
    limit_bytes = LAMBDA_LIMIT_BYTES

    def matches(self, event: Event) -> bool:
        """Say whether *event* is of this kind."""
        raise NotImplementedError

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the WSGI environ of the request in *event*, ``wsgi.input`` still as bytes.

        *base_path* is as ``clean_base_path`` gives it.
        """
        raise NotImplementedError

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the request in *event*; *base_path* is as ``clean_base_path`` gives it."""
        environ = self.environ(event, context, base_path)
        body = environ["wsgi.input"]
        environ["wsgi.input"] = BytesIO(body)
        return Request(environ, body)

    def response(self, response: Answer, event: Event) -> Event:
        """Give the answer this kind of gateway understands."""
        raise NotImplementedError


class RestApi(EventKind):
    """API Gateway REST API, proxy integration: path encoded and without stage, query decoded."""

    name = "rest"

    def matches(self, event: Event) -> bool:
        """Say whether *event* has a method and a path and neither a balancer nor a version."""
        try:
            return (
                event["path"].__class__ is str
                and event["httpMethod"].__class__ is str
                and "version" not in event
                and "elb" not in (event.get("requestContext") or ())
            )
        except KeyError:
            return False

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; the script name is what the public path has more than ``path``."""
        about = event.get("requestContext") or {}
        environ = begun(event, context, about)
        path: str = event["path"]
        public = about.get("path")
        if public and public != path:
            environ["SCRIPT_NAME"] = _prefix(public, path, about.get("stage"))
        environ["PATH_INFO"] = path if path.isascii() and "%" not in path else unquoted(path)
        return self._finished(environ, event, about, base_path)

    def _finished(
        self, environ: Environ, event: Event, about: Event, base_path: str | None
    ) -> Environ:
        environ["REQUEST_METHOD"] = event["httpMethod"]
        environ["QUERY_STRING"] = decoded_query(event)
        environ["REMOTE_ADDR"] = (about.get("identity") or {}).get("sourceIp") or ""
        fields = event.get("multiValueHeaders")
        if fields:
            add_lists(environ, fields)
        elif fields := event.get("headers"):
            add_headers(environ, fields)
        return finish(environ, event, base_path, about.get("domainName") or "")

    def response(self, response: Answer, event: Event) -> Event:
        """Give an answer with ``multiValueHeaders``."""
        return many_valued(response, event["httpMethod"])


class HttpApiV1(RestApi):
    """HTTP API, payload 1.0: as REST, but the path is decoded and holds the stage."""

    name = "http-v1"

    def matches(self, event: Event) -> bool:
        """Say whether *event* calls itself version 1.0."""
        return event.get("version") == "1.0" and _has(event, "httpMethod", "path")

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; a named stage goes from the path to the script name."""
        about = event.get("requestContext") or {}
        environ = begun(event, context, about)
        path = latin1(event["path"])
        environ["PATH_INFO"], environ["SCRIPT_NAME"] = _unstaged(path, about)
        return self._finished(environ, event, about, base_path)


class HttpApiV2(EventKind):
    """HTTP API, payload 2.0: path decoded and with the stage, query raw, cookies apart."""

    name = "http-v2"
    is_url = False

    def matches(self, event: Event) -> bool:
        """Say whether *event* is a 2.0 payload of this kind of host."""
        try:
            about = event["requestContext"]
            return (
                event["version"] == "2.0"
                and "method" in about["http"]
                and (".lambda-url." in (about.get("domainName") or "")) is self.is_url
            )
        except (KeyError, TypeError):
            return False

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; a Function URL's path is encoded, an HTTP API's holds the stage."""
        about = event["requestContext"]
        http = about["http"]
        environ = begun(event, context, about)
        environ["REQUEST_METHOD"] = http["method"]
        environ["REMOTE_ADDR"] = http.get("sourceIp") or ""
        path = event.get("rawPath")
        if path is None:
            path = latin1(http["path"])
        elif self.is_url:
            path = unquoted(path)
        elif not path.isascii():
            path = latin1(path)
        environ["PATH_INFO"] = path
        if about.get("stage") != "$default":
            environ["PATH_INFO"], environ["SCRIPT_NAME"] = _unstaged(path, about)
        query = event.get("rawQueryString")
        if query is None:
            query = decoded_query(event)
        environ["QUERY_STRING"] = query if query.isascii() else latin1(query)
        if fields := event.get("headers"):
            add_headers(environ, fields)
        if cookies := event.get("cookies"):
            environ["HTTP_COOKIE"] = latin1("; ".join(cookies))
        return finish(environ, event, base_path, about.get("domainName") or "")

    def response(self, response: Answer, event: Event) -> Event:
        """Give an answer with ``cookies``; other repeated headers are joined, as 2.0 wants."""
        return with_jar(response, event["requestContext"]["http"]["method"])


class FunctionUrl(HttpApiV2):
    """A Function URL: payload 2.0, but the path is encoded and there are no stages."""

    name = "function-url"
    is_url = True


class Alb(EventKind):
    """A load balancer with single-value headers: path and query as sent, last value wins."""

    name = "alb"
    limit_bytes = BALANCER_LIMIT_BYTES
    is_multi = False

    def matches(self, event: Event) -> bool:
        """Say whether *event* comes from a load balancer with headers of this kind."""
        return (
            "elb" in _context(event)
            and _has(event, "httpMethod", "path")
            and (event.get("multiValueHeaders") is not None) is self.is_multi
        )

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; the client is the last address the balancer itself wrote."""
        environ = begun(event, context, event["requestContext"])
        environ["REQUEST_METHOD"] = event["httpMethod"]
        environ["PATH_INFO"] = unquoted(event["path"])
        environ["QUERY_STRING"] = sent_query(event)
        if fields := event.get("multiValueHeaders"):
            add_lists(environ, fields)
        elif fields := event.get("headers"):
            add_headers(environ, fields)
        environ["REMOTE_ADDR"] = last_hop(environ)
        if environ.get("HTTP_X_FORWARDED_PROTO") != "https":
            environ["wsgi.url_scheme"] = "http"
        return finish(environ, event, base_path, "")

    def response(self, response: Answer, event: Event) -> Event:
        """Give an answer in the balancer's own kind, with the description it wants."""
        write = many_valued if self.is_multi else single_valued
        answer = write(response, event["httpMethod"])
        answer["statusDescription"] = response.status_line
        return answer


class AlbMulti(Alb):
    """A load balancer with multi-value headers: every value arrives and every value returns."""

    name = "alb-multi"
    is_multi = True


class Lattice(EventKind):
    """VPC Lattice, event structure 2.0: lists of header values, the query inside ``path``."""

    name = "lattice"
    path_key = "path"
    _add = staticmethod(add_lists)

    def matches(self, event: Event) -> bool:
        """Say whether *event* names a Lattice service."""
        about = _context(event)
        is_service = "serviceArn" in about or "serviceNetworkArn" in about
        return is_service and _has(event, "method", "path")

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; the query in the path is the raw one, the map only a fallback."""
        path, mark, query = event[self.path_key].partition("?")
        environ = begun(event, context, event.get("requestContext") or {})
        environ["REQUEST_METHOD"] = event["method"]
        environ["PATH_INFO"] = unquoted(path)
        environ["QUERY_STRING"] = latin1(query) if mark else sent_query(event)
        if fields := event.get("headers"):
            self._add(environ, fields)
        environ["REMOTE_ADDR"] = last_hop(environ)
        return finish(environ, self._sent(event), base_path, "")

    def _sent(self, event: Event) -> Event:
        return event

    def response(self, response: Answer, event: Event) -> Event:
        """Give an answer with ``headers``, each ``Set-Cookie`` under a spelling of its own."""
        answer = single_valued(response, event["method"])
        answer["statusDescription"] = response.status_line
        return answer


class LatticeV1(Lattice):
    """VPC Lattice, event structure 1.0: other names for the same, one text a header."""

    name = "lattice-v1"
    path_key = "raw_path"
    _add = staticmethod(add_headers)

    def matches(self, event: Event) -> bool:
        """Say whether *event* has the keys of this structure, which has no context at all."""
        return "requestContext" not in event and _has(event, "method", "raw_path")

    def _sent(self, event: Event) -> Event:
        return {"body": event.get("body"), "isBase64Encoded": event.get("is_base64_encoded")}


# Private


def _context(event: Event) -> Event:
    about = event.get("requestContext")
    return about if isinstance(about, dict) else {}


def _has(event: Event, method: str, path: str) -> bool:
    return isinstance(event.get(method), str) and isinstance(event.get(path), str)


def _prefix(public: str, path: str, stage: object) -> str:
    """Give what stands before *path* in the public path: the stage, or nothing."""
    if public.endswith(path):
        prefix = public[: len(public) - len(path)].rstrip("/")
        return unquoted(prefix) if "%" in prefix else prefix
    staged = f"/{stage}"
    return staged if public == staged or public.startswith(staged + "/") else ""


def _unstaged(path: str, about: Event) -> tuple[str, str]:
    """Move a named stage from *path*; only API Gateway's own host has it there."""
    stage = about.get("stage")
    if stage == "$default" or not stage or ".execute-api." not in (about.get("domainName") or ""):
        return path, ""
    staged = f"/{stage}"
    if path == staged or path.startswith(staged + "/"):
        return path[len(staged) :], staged
    return path, ""
