"""The kinds of HTTP events of balancers and VPC Lattice; ``kinds`` holds those of API Gateway.

Apart from those because most functions never see one: it is imported at the first.
"""

from __future__ import annotations

from unlith_runtime.kinds import EventKind, has_texts
from unlith_runtime.parts import (
    Answer,
    Event,
    last_hop,
    latin1,
    many_valued,
    sent_query,
    single_valued,
    unquoted,
)
from unlith_runtime.wsgi import Environ, finish, headed

BALANCER_LIMIT_BYTES = 1_048_576


class Alb(EventKind):
    """A load balancer with single-value headers: path and query as sent, last value wins."""

    name = "alb"
    limit_bytes = BALANCER_LIMIT_BYTES
    is_multi = False

    def matches(self, event: Event) -> bool:
        """Say whether *event* comes from a load balancer with headers of this kind."""
        return (
            "elb" in _context(event)
            and has_texts(event, "httpMethod", "path")
            and (event.get("multiValueHeaders") is not None) is self.is_multi
        )

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; the client is the last address the balancer itself wrote."""
        environ = headed(event, context, event["requestContext"])
        environ["REQUEST_METHOD"] = event["httpMethod"]
        environ["REMOTE_ADDR"] = last_hop(environ)
        if environ.get("HTTP_X_FORWARDED_PROTO") != "https":
            environ["wsgi.url_scheme"] = "http"
        path = event["path"]
        return finish(environ, event, unquoted(path), latin1(path), sent_query(event), base_path)

    def answer(self, response: Answer, method: str) -> Event:
        """Give an answer in the balancer's own kind, with the description it wants."""
        write = many_valued if self.is_multi else single_valued
        answer = write(response, method)
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

    def matches(self, event: Event) -> bool:
        """Say whether *event* names a Lattice service."""
        about = _context(event)
        is_service = "serviceArn" in about or "serviceNetworkArn" in about
        return is_service and has_texts(event, "method", "path")

    def environ(self, event: Event, context: object, base_path: str | None = None) -> Environ:
        """Give the environ; the query in the path is the raw one, the map only a fallback."""
        path, mark, query = event[self.path_key].partition("?")
        environ = headed(event, context, event.get("requestContext") or {}, "headers")
        environ["REQUEST_METHOD"] = event["method"]
        query = latin1(query) if mark else sent_query(event)
        environ["REMOTE_ADDR"] = last_hop(environ)
        return finish(environ, self._sent(event), unquoted(path), latin1(path), query, base_path)

    def _sent(self, event: Event) -> Event:
        return event

    def answer(self, response: Answer, method: str) -> Event:
        """Give an answer with ``headers``, each ``Set-Cookie`` under a spelling of its own."""
        answer = single_valued(response, method)
        answer["statusDescription"] = response.status_line
        return answer


class LatticeV1(Lattice):
    """VPC Lattice, event structure 1.0: other names for the same, one text a header."""

    name = "lattice-v1"
    path_key = "raw_path"

    def matches(self, event: Event) -> bool:
        """Say whether *event* has the keys of this structure, which has no context at all."""
        return "requestContext" not in event and has_texts(event, "method", "raw_path")

    def _sent(self, event: Event) -> Event:
        return {"body": event.get("body"), "isBase64Encoded": event.get("is_base64_encoded")}


KINDS: tuple[EventKind, ...] = (AlbMulti(), Alb(), Lattice(), LatticeV1())

# Private


def _context(event: Event) -> Event:
    about = event.get("requestContext")
    return about if isinstance(about, dict) else {}
