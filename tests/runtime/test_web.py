"""Requests and responses have the attributes, and the answers, that Flask's have."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import flask
import pytest
import werkzeug.exceptions
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from unlith_edges import problems, web
from unlith_edges.function import Function
from unlith_edges.rules import Rule
from unlith_edges.settings import DEFAULTS
from unlith_edges.web import Context, Request, context

APP = flask.Flask(__name__)
FUNCTION = Function("x", rules=[Rule("/", "x", ["GET"])], views={"x": lambda: ""})

TEXTS = st.text(max_size=8)
TOKENS = st.sampled_from(
    ["a", "b", "x-y", "é", "a b", "", "a/b", "%41", "a=b", "a;b", '"q"', "\\"]
)
QUERIES = st.lists(
    st.sampled_from(
        [
            "a=1",
            "a=2",
            "b",
            "=",
            "&",
            "a=%C3%A9",
            "a=%FF",
            "a+b=c+d",
            "a[]=1",
            "é=ü",
            "a=%",
            "a=1=2",
        ]
    ),
    max_size=4,
).map("&".join)
HOSTS = st.sampled_from(
    [
        "h",
        "h:80",
        "h:443",
        "h:8080",
        "H.Example",
        "[::1]:80",
        "bad host",
        "a_b",
        "xn--mnchen-3ya.de",
    ]
)
COOKIES = st.lists(
    st.sampled_from(
        [
            "a=1",
            "a=2",
            "b",
            'c="x y"',
            'c="\\303\\251"',
            "d=a=b",
            "=v",
            "e = f ",
            "é=ü",
            'g="',
            "h=1,2",
        ]
    ),
    max_size=4,
).map("; ".join)
TYPES = st.sampled_from(
    [
        "",
        "application/json",
        "application/json; charset=utf-8",
        "application/problem+json",
        "text/plain; charset=latin-1",
        "application/x-www-form-urlencoded",
        "APPLICATION/X-WWW-FORM-URLENCODED; a=\"b;c\"; d*=utf-8''%C3%A9",
        "multipart/form-data; boundary=xyz",
        "multipart/form-data",
    ]
)
BODIES = st.sampled_from(
    [
        b"",
        b"{}",
        b'{"a": [1, 2.5, null]}',
        b"[1]",
        b"{",
        b"nul\xff",
        b"a=1&a=2&b=%C3%A9&c",
        b"a=\xc3\xa9&b=%FF+",
        b"\xff=\xfe",
        b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\ntwo\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\n\r\nfile\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="b"\r\n'
        b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9\r\n--xyz--\r\n",
        b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nno end',
        b"--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--\r\n",
    ]
)
HEADERS = st.lists(
    st.sampled_from(
        [
            ("Accept", "text/html"),
            ("If-None-Match", 'W/"a", "b", c'),
            ("If-None-Match", "*"),
            ("If-Match", '"a"'),
            ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
            ("If-Modified-Since", "nonsense"),
            ("User-Agent", "agent/1"),
            ("Referer", "/from"),
            ("Origin", "https://o"),
            ("X-Forwarded-For", "1.1.1.1, 2.2.2.2"),
            ("Authorization", "Basic YWRhOnM6ZWNyZXQ="),
            ("Authorization", "Basic !!"),
            ("Authorization", "Bearer abc.def=="),
            ("Authorization", 'Digest username="a b", realm=r'),
            ("X-Int", "12"),
        ]
    ),
    max_size=5,
)

READS: dict[str, Callable[[Any], Any]] = {
    name: operator.attrgetter(name)
    for name in (
        "method path full_path url base_url root_url url_root host_url host scheme is_secure "
        "remote_addr query_string root_path script_root content_type content_length mimetype "
        "mimetype_params is_json referrer origin max_content_length endpoint blueprint blueprints"
    ).split()
}
READS |= {
    "args": lambda r: list(r.args.items(multi=True)),
    "args as lists": lambda r: r.args.to_dict(flat=False),
    "args with type": lambda r: r.args.get("a", "none", type=int),
    "args list with type": lambda r: r.args.getlist("a", type=int),
    "missing": lambda r: r.args["nothing"],
    "cookies": lambda r: list(r.cookies.items(multi=True)),
    "form": lambda r: list(r.form.items(multi=True)),
    "values": lambda r: sorted(r.values.keys()),
    "value": lambda r: (r.values.get("a"), r.values.getlist("a")),
    "form then data": lambda r: (r.form.to_dict(), r.data, r.get_data()),
    "data": lambda r: r.data,
    "data then form": lambda r: (r.get_data(), r.form.to_dict(), r.get_data(as_text=True)),
    "uncached": lambda r: (r.get_data(cache=False), r.get_data()),
    "json": lambda r: r.json,
    "silent": lambda r: (r.get_json(silent=True), r.get_json(silent=True)),
    "forced": lambda r: r.get_json(force=True),
    "silent then loud": lambda r: (r.get_json(force=True, silent=True), r.get_json(force=True)),
    "headers": lambda r: sorted(r.headers),
    "header": lambda r: (r.headers.get("accept"), r.headers.get("X-INT", type=int)),
    "no header": lambda r: ("nope" in r.headers, r.headers.get("nope", "d")),
    "bad header": lambda r: r.headers["nope"],
    "agent": lambda r: (str(r.user_agent), bool(r.user_agent), r.user_agent.string),
    "tags": lambda r: [r.if_none_match.contains_weak(t) for t in "abc"] + [bool(r.if_match)],
    "strong": lambda r: ["b" in r.if_none_match, r.if_none_match.contains_raw('W/"a"')],
    "since": lambda r: (r.if_modified_since, r.if_unmodified_since),
    "route": lambda r: list(r.access_route),
    "authorization": lambda r: (
        r.authorization
        and (r.authorization.type, r.authorization.token, dict(r.authorization.parameters))
    ),
    "user": lambda r: r.authorization and (r.authorization.username, r.authorization.password),
}


def result(read: Callable[[Any], Any], request: Any) -> Any:
    try:
        return read(request)
    except Exception as error:
        described = getattr(error, "description", "")
        return type(error).__name__, getattr(error, "code", None), described


@st.composite
def environs(draw: st.DrawFn) -> dict[str, Any]:
    body = draw(BODIES)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": draw(st.sampled_from(["GET", "POST", "PUT", "head"])),
        "PATH_INFO": f"/{draw(TOKENS)}".encode().decode("latin1"),
        "QUERY_STRING": draw(QUERIES).encode().decode("latin1"),
        "SCRIPT_NAME": draw(st.sampled_from(["", "/stage", "/é".encode().decode("latin1")])),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": draw(st.sampled_from(["http", "https"])),
        "wsgi.input": BytesIO(body),
    }
    for name, value in draw(HEADERS):
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    for name, found in (
        ("HTTP_HOST", draw(HOSTS)),
        ("HTTP_COOKIE", draw(COOKIES).encode().decode("latin1")),
        ("CONTENT_TYPE", draw(TYPES)),
        ("CONTENT_LENGTH", draw(st.sampled_from([str(len(body)), "", "x", "3", "1000"]))),
        ("REMOTE_ADDR", draw(st.sampled_from(["", "1.2.3.4"]))),
    ):
        if found:
            environ[name] = found
    if draw(st.booleans()):
        environ["wsgi.input_terminated"] = True
    return environ


@settings(max_examples=300)
@given(environs(), st.sampled_from(sorted(READS)), st.sampled_from([None, 5]))
def test_a_request_reads_as_flasks_does(
    environ: dict[str, Any], name: str, limit: int | None
) -> None:
    body = environ["wsgi.input"].read()
    theirs = flask.Request({**environ, "wsgi.input": BytesIO(body)})
    ours_environ = {**environ, "wsgi.input": BytesIO(body)}
    ours = Request(ours_environ, {**DEFAULTS, "MAX_CONTENT_LENGTH": limit}, FUNCTION.json)
    theirs.max_content_length = limit

    with APP.app_context():
        expected = result(READS[name], theirs)

    assert result(READS[name], ours) == expected


def test_a_form_of_exactly_the_limit_and_no_length_is_too_large_as_in_flask() -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "multipart/form-data; boundary=xyz",
        "wsgi.input_terminated": True,
    }

    def refused(make: Callable[[dict[str, Any]], Any]) -> bool:
        request = make({**environ, "wsgi.input": BytesIO(b"--xyz")})
        return bool(result(lambda r: r.form.get("a"), request)[0] == "RequestEntityTooLarge")

    def theirs(given: dict[str, Any]) -> flask.Request:
        request = flask.Request(given)
        request.max_content_length = 5
        return request

    with APP.app_context():
        assert refused(theirs)
    assert refused(lambda g: Request(g, {**DEFAULTS, "MAX_CONTENT_LENGTH": 5}, FUNCTION.json))


def operations(now: datetime) -> dict[str, Callable[[Any], Any]]:
    return {
        "status": lambda r: setattr(r, "status", "299 Fine"),
        "code": lambda r: setattr(r, "status_code", 418),
        "odd code": lambda r: setattr(r, "status_code", 299),
        "no content": lambda r: setattr(r, "status_code", 204),
        "text": lambda r: r.set_data("ü<>"),
        "data": lambda r: setattr(r, "data", b"\xff"),
        "mimetype": lambda r: setattr(r, "mimetype", "text/csv"),
        "xml": lambda r: setattr(r, "mimetype", "application/atom+xml"),
        "script": lambda r: setattr(r, "mimetype", "application/javascript"),
        "content type": lambda r: setattr(r, "content_type", "a/b"),
        "header": lambda r: r.headers.__setitem__("X-A", "1"),
        "twice": lambda r: (r.headers.add("X-A", "2"), r.headers.add("x-a", "3")),
        "option": lambda r: r.headers.add("X-D", "attachment", filename="a b.txt"),
        "update": lambda r: r.headers.update({"X-A": ["7", "8"], "X-B": "9"}),
        "extend": lambda r: r.headers.extend([("X-A", "5"), ("X-C", "6")]),
        "default": lambda r: r.headers.setdefault("X-A", "d"),
        "remove": lambda r: r.headers.remove("X-A"),
        "pop": lambda r: r.headers.pop("X-A", None),
        "bad header": lambda r: r.headers.add("X-E", "a\r\nb"),
        "vary": lambda r: (r.vary.add("Cookie"), r.vary.update(["accept", "COOKIE"])),
        "set vary": lambda r: setattr(r, "vary", ["A", "B c"]),
        "allow": lambda r: r.allow.update(["GET", "PUT"]),
        "cookie": lambda r: r.set_cookie("c", "v"),
        "full cookie": lambda r: r.set_cookie(
            "c", "a;ü \\", None, now, "/p é", "x.Example:80", True, True, "lax", True
        ),
        "positional cookie": lambda r: r.set_cookie("c", "v", timedelta(0), now, "/a"),
        "gone cookie": lambda r: r.delete_cookie("c", "/p", "d.example"),
        "bad cookie": lambda r: r.set_cookie("c", "v", samesite="nonsense"),
        "etag": lambda r: r.set_etag("tag", weak=True),
        "own etag": lambda r: r.add_etag(),
        "kept etag": lambda r: r.add_etag(weak=True),
        "get etag": lambda r: r.get_etag(),
        "location": lambda r: setattr(r, "location", "/a b?é=ü#f"),
        "iri": lambda r: r.headers.__setitem__("Location", "http://bücher.example:80/ü"),
        "modified": lambda r: setattr(r, "last_modified", now),
        "expires": lambda r: setattr(r, "expires", now.date()),
        "no store": lambda r: setattr(r.cache_control, "no_store", True),
        "max age": lambda r: setattr(r.cache_control, "max_age", 60),
        "public": lambda r: setattr(r.cache_control, "public", True),
        "private": lambda r: setattr(r.cache_control, "private", "X-A"),
        "public off": lambda r: setattr(r.cache_control, "public", False),
        "read cache": lambda r: (r.cache_control.max_age, r.cache_control.public),
        "retry": lambda r: setattr(r, "retry_after", 5),
        "length": lambda r: setattr(r, "content_length", 3),
        "read": lambda r: (r.status, r.status_code, r.mimetype, r.content_type, r.is_json),
        "body": lambda r: (r.get_data(), r.data, r.is_streamed, r.is_sequence),
        "json": lambda r: r.get_json(silent=True),
        "loud json": lambda r: r.get_json(force=True),
    }


STARTS: list[Callable[[Any], Any]] = [
    lambda cls: cls(),
    lambda cls: cls("text"),
    lambda cls: cls(b"bytes", 201, {"X-A": "0"}),
    lambda cls: cls(["a", b"b"], "404 NOT FOUND", [("X-A", "1"), ("Content-Type", "x/y")]),
    lambda cls: cls((part for part in ("a", "ü")), mimetype="application/json"),
    lambda cls: cls('{"a": 1}', content_type="application/json; charset=utf-8"),
    lambda cls: cls("", 304, headers={"Content-Length": "7", "ETag": '"x"'}),
]
NAMES = sorted(operations(datetime.now(UTC)))


def sent(response: Any, method: str) -> Any:
    started: list[Any] = []
    environ = EnvironBuilder(method=method, path="/").get_environ()
    body = b"".join(response(environ, lambda *args: started.append(args)))
    return [started[0][0], sorted(started[0][1]), body]


@settings(max_examples=300)
@given(
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(NAMES), max_size=6),
    st.sampled_from(["GET", "HEAD"]),
)
def test_a_response_is_sent_as_flasks_is(
    start: Callable[[Any], Any], names: list[str], method: str
) -> None:
    done = operations(datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC))
    both = []
    with APP.test_request_context():
        for cls in (flask.Response, web.Response):
            response = start(cls)
            results = [result(done[name], response) for name in names]
            both.append((results, sent(response, method)))

    theirs, ours = both
    assert ours == theirs


def test_every_error_has_werkzeugs_page() -> None:
    for code, cls in werkzeug.exceptions.default_exceptions.items():
        theirs = cls()
        ours = problems.default_exceptions[code]()
        assert type(ours).__name__ == type(theirs).__name__
        assert (ours.name, ours.description) == (theirs.name, theirs.description)
        assert ours.get_body() == theirs.get_body()
        assert ours.get_headers() == theirs.get_headers()
        assert (str(ours), repr(ours)) == (str(theirs), repr(theirs))


@given(TEXTS)
def test_a_description_is_escaped_as_werkzeug_does(text: str) -> None:
    theirs = werkzeug.exceptions.NotFound(text)

    assert problems.NotFound(text).get_body() == theirs.get_body()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2)
    | st.uuids()
    | st.dates()
    | st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.sampled_from([UTC])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(VALUES)
def test_json_is_written_as_flask_writes_it(value: Any) -> None:
    with APP.app_context():
        theirs = flask.jsonify(value)
    token = context.set(Context(FUNCTION, EnvironBuilder().get_environ()))
    try:
        ours = web.jsonify(value)
    finally:
        context.reset(token)

    assert ours.get_data() == theirs.get_data()
    assert sorted(ours.headers) == sorted(theirs.headers)


def test_g_is_a_namespace_of_its_request() -> None:
    token = context.set(Context(FUNCTION, EnvironBuilder().get_environ()))
    try:
        web.g.user = "ada"
        assert "user" in web.g
        assert web.g.get("nobody", 1) == 1
        assert web.g.pop("user") == "ada"
        assert list(web.g) == []
        with pytest.raises(AttributeError):
            _ = web.g.user
    finally:
        context.reset(token)


def test_names_outside_a_request_say_so() -> None:
    with pytest.raises(RuntimeError, match="outside of request context"):
        _ = web.request.args
    assert not web.has_request_context()
