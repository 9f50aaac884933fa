"""Flask's edges under their own names, for functions that run without Flask.

``request``, ``session``, ``g``, ``current_app``, ``jsonify``, ``abort``, ``Response``, … behave as
in Flask 3.1 with Werkzeug 3.1 for every name that is here; what is not here, `unlith extract`
refuses. Never imports flask or werkzeug. Source (BSD-3-Clause, read 2026-11-20):
https://github.com/pallets/flask/tree/3.1.x/src/flask.
"""

from __future__ import annotations

import json as _json
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn, cast

from unlith_edges import problems
from unlith_edges.fields import http_date as http_date
from unlith_edges.fields import parse_date as parse_date
from unlith_edges.problems import HTTPException as HTTPException
from unlith_edges.problems import default_exceptions
from unlith_edges.request import Request as Request
from unlith_edges.response import Response as Response
from unlith_edges.response import redirect as redirect
from unlith_edges.rules import BaseConverter as BaseConverter
from unlith_edges.rules import ValidationError as ValidationError
from unlith_edges.values import Headers as Headers
from unlith_edges.values import MultiDict as MultiDict

if TYPE_CHECKING:
    from unlith_edges.sessions import Session

ResponseReturnValue = Any
"""What a view may return."""


def __getattr__(name: str) -> Any:
    # NotFound and its like, under Werkzeug's names.
    if name in problems.__dict__ and isinstance(problems.__dict__[name], type):
        return problems.__dict__[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Globals:
    """``g``: a namespace that lives for one request."""

    def get(self, name: str, default: Any = None) -> Any:
        return self.__dict__.get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        return self.__dict__.pop(name, *default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        return self.__dict__.setdefault(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...


class Context:
    """What belongs to one request."""

    def __init__(self, app: Any, environ: dict[str, Any]) -> None:
        self.app, self.g = app, Globals()
        self.request = Request(environ, app.config, app.json)
        self.after: list[Callable[[Any], Any]] = []
        self.kept_session: Session | None = None

    @property
    def session(self) -> Session:
        if self.kept_session is None:
            raise RuntimeError("this function was extracted without the session")
        self.kept_session.accessed = True
        return self.kept_session


context: ContextVar[Context] = ContextVar("unlith.context")


class _Proxy:
    """Stands for an attribute of the context of the request at hand."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def _get_current_object(self) -> Any:
        held = context.get(None)
        if held is None:
            raise RuntimeError("Working outside of request context.")
        return getattr(held, object.__getattribute__(self, "_name"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._get_current_object(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._get_current_object(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._get_current_object(), name)

    def __bool__(self) -> bool:
        return context.get(None) is not None and bool(self._get_current_object())


def _through(name: str) -> Any:
    def call(self: _Proxy, *args: Any) -> Any:
        held = self._get_current_object()
        method = getattr(type(held), name, None)
        if method is None:
            raise TypeError(f"{type(held).__name__} has no {name}")
        return method(held, *args)

    return call


for _name in "getitem setitem delitem contains iter len eq ne or ior repr str hash".split():
    setattr(_Proxy, f"__{_name}__", _through(f"__{_name}__"))

request = cast("Request", _Proxy("request"))
session = cast("Session", _Proxy("session"))
g = cast("Globals", _Proxy("g"))
current_app = cast("Any", _Proxy("app"))


def has_request_context() -> bool:
    """Say whether a request is being answered."""
    return context.get(None) is not None


has_app_context = has_request_context


def after_this_request(f: Any) -> Any:
    """Have a function see the answer to this request before it goes out."""
    context.get().after.append(f)
    return f


def abort(code: Any, *args: Any, **options: Any) -> NoReturn:
    """Raise the error of a code, or an answer as it is."""
    if isinstance(code, Response):
        raise HTTPException(response=code)
    if code not in default_exceptions:
        raise LookupError(f"no exception for {code!r}")
    raise default_exceptions[code](*args, **options)


def url_for(endpoint: str, **values: Any) -> str:
    """Give the address of an endpoint."""
    return cast("str", current_app.url_for(endpoint, **values))


def jsonify(*args: Any, **options: Any) -> Response:
    """Give an answer whose body is JSON."""
    return cast("Response", current_app.json.response(*args, **options))


def make_response(*args: Any) -> Response:
    """Give the answer that a view's return value means."""
    if not args:
        return Response()
    return answer_of(args[0] if len(args) == 1 else args)


def answer_of(value: Any) -> Response:
    """Turn what a view returned into an answer.

    Raises:
        TypeError: for what Flask does not take either.
    """
    value, status, headers = _unpacked(value)
    if isinstance(value, HTTPException):
        value = value.get_response(context.get().request.environ)
    if isinstance(value, str | bytes | bytearray | Iterator):
        value, status, headers = Response(value, status=status, headers=headers), None, None
    elif isinstance(value, dict | list):
        value = current_app.json.response(value)
    elif not isinstance(value, Response):
        raise TypeError(f"The view function did not return a valid response: {type(value)}")
    if status is not None:
        value.status = status
    if headers:
        value.headers.update(headers)
    return cast("Response", value)


def _unpacked(value: Any) -> tuple[Any, Any, Any]:
    if not isinstance(value, tuple):
        return value, None, None
    if len(value) == 3:
        return value
    if len(value) != 2:
        raise TypeError("The view function did not return a valid response tuple.")
    if isinstance(value[1], Headers | dict | tuple | list):
        return value[0], None, value[1]
    return value[0], value[1], None


def _default(value: Any) -> Any:
    if isinstance(value, date):
        return http_date(value)
    if type(value).__name__ in ("Decimal", "UUID") and type(value).__module__ in _STRINGS:
        return str(value)
    if hasattr(type(value), "__dataclass_fields__"):
        from dataclasses import asdict  # heavy; a dataclass at hand has paid for it

        return asdict(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_STRINGS = ("decimal", "_pydecimal", "uuid")


class DefaultJSONProvider:
    """How a function writes and reads JSON; what a custom provider derives from."""

    default: Any = staticmethod(_default)
    ensure_ascii = True
    sort_keys = True
    compact: bool | None = None
    mimetype = "application/json"

    def __init__(self, app: Any) -> None:
        self._app = app

    def dumps(self, obj: Any, **options: Any) -> str:
        options.setdefault("default", self.default)
        options.setdefault("ensure_ascii", self.ensure_ascii)
        options.setdefault("sort_keys", self.sort_keys)
        return _json.dumps(obj, **options)

    def dump(self, obj: Any, fp: Any, **options: Any) -> None:
        fp.write(self.dumps(obj, **options))

    def loads(self, s: str | bytes, **options: Any) -> Any:
        return _json.loads(s, **options)

    def response(self, *args: Any, **options: Any) -> Response:
        if args and options:
            raise TypeError("app.json.response() takes either args or kwargs, not both")
        value = args[0] if len(args) == 1 else args or options or None
        style: Any = {"indent": 2} if self.compact is False else {"separators": (",", ":")}
        return Response(f"{self.dumps(value, **style)}\n", mimetype=self.mimetype)


class json:
    """``flask.json``: reads and writes as the app does."""

    @staticmethod
    def dumps(obj: Any, **options: Any) -> str:
        return cast("str", current_app.json.dumps(obj, **options))

    @staticmethod
    def loads(s: str | bytes, **options: Any) -> Any:
        return current_app.json.loads(s, **options)

    jsonify = staticmethod(jsonify)
