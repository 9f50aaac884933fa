"""A pure function: views, hooks and error handlers run in Flask's order, without Flask.

A ``Function`` is a WSGI application, so that it goes behind the same adapter as the whole
monolith does and cannot differ from it there. Order and rules are those of flask.app in Flask
3.1 (BSD-3-Clause), read 2026-11-20 at https://github.com/pallets/flask/tree/3.1.x/src/flask/app.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlunsplit

from unlith_edges.problems import HTTPException, InternalServerError
from unlith_edges.rules import Matcher, RequestRedirect, Rule
from unlith_edges.settings import DEFAULTS, secrets
from unlith_edges.web import Context, DefaultJSONProvider, Response, answer_of, context
from unlith_runtime.errors import BadEvent
from unlith_runtime.events import clean_base_path, is_warm_up, kind_of
from unlith_runtime.limits import within_limit
from unlith_runtime.wsgi import environ_of, serve

if TYPE_CHECKING:
    import logging

Handler = Callable[[Any, Any], Any]
Hooks = Mapping[str, Mapping[str, Sequence[Callable[..., Any]]]]
"""By kind, then by scope (empty for the app, else a blueprint's full name), in Flask's order."""


class Function:
    """One function's routes with everything that serves them.

    *rules* are in the app's order; those without a view in *views* belong to the monolith and
    answer 421. *error_handlers* are ``(scope, code or None, exception, handler)``. With
    *session*, the secret key is read from the environment variable of that name at import.
    """

    debug = testing = False

    def __init__(
        self,
        name: str,
        *,
        rules: Sequence[Rule],
        views: Mapping[str, Callable[..., Any]],
        hooks: Hooks | None = None,
        error_handlers: Iterable[tuple[str, int | None, Any, Callable[..., Any]]] = (),
        converters: Mapping[str, Any] | None = None,
        json_provider: Any = DefaultJSONProvider,
        json_settings: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
        session: str = "",
    ) -> None:
        self.name = self.import_name = name
        self.config = {**DEFAULTS, **(config or {})}
        self.extensions: dict[str, Any] = {}
        self.json = json_provider(self)
        vars(self.json).update(json_settings or {})
        self.response_class = Response
        self._has_session = bool(session)
        if session:
            self.config.update(secrets(session))
        self._views, self._hooks = views, hooks or {}
        self._matcher = Matcher(rules, converters or {})
        self._handlers: dict[tuple[str, int | None], dict[Any, Any]] = {}
        for scope, code, exception, handler in error_handlers:
            self._handlers.setdefault((scope, code), {})[exception] = handler

    @property
    def logger(self) -> logging.Logger:
        """Give the app's logger, one that writes to standard error if nothing else is set up."""
        import logging  # heavy, and needed only when something is said

        logger = logging.getLogger(self.name)
        if not logger.hasHandlers():
            handler = logging.StreamHandler()
            form = "[%(asctime)s] %(levelname)s in %(module)s: %(message)s"
            handler.setFormatter(logging.Formatter(form))
            logger.addHandler(handler)
        return logger

    def make_response(self, value: Any) -> Response:
        """Give the answer that a view's return value means."""
        return answer_of(value)

    def url_for(
        self,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Give the address of an endpoint whose rule this function knows.

        Raises:
            LookupError: if no rule of it fits the values.
        """
        request = context.get().request
        if endpoint[:1] == ".":
            endpoint = f"{request.blueprint}{endpoint}" if request.blueprint else endpoint[1:]
        parts = endpoint.split(".")[:-1]
        for hook in self._of(
            "url_defaults", ["", *(".".join(parts[: n + 1]) for n in range(len(parts)))]
        ):
            hook(endpoint, values)
        built = self._matcher.build(endpoint, values, _method or request.method)
        if built is None:
            raise LookupError(f"Could not build url for endpoint {endpoint!r}.")
        url = f"{request.root_path}/{built.lstrip('/')}"
        if _external or (_external is None and _scheme is not None):
            host = (self.config["SERVER_NAME"] or request.host).lower()
            url = f"{request.scheme if _scheme is None else _scheme}://{host}{url}"
        if _anchor is not None:
            url += "#" + quote(_anchor, safe="%!#$&'()*+,/:;=?@")
        return url

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        held = Context(self, environ)
        token = context.set(held)
        error: BaseException | None = None
        try:
            try:
                answer = self._dispatch(held)
            except Exception as caught:
                error = caught
                answer = self._crashed(caught)
            return answer(environ, start_response)
        except BaseException as caught:
            error = caught
            raise
        finally:
            try:
                self._tear_down(held, error)
            finally:
                context.reset(token)

    # Private

    def _dispatch(self, held: Context) -> Response:
        if self._has_session:
            from unlith_edges.sessions import open_session  # only where it is read

            held.kept_session = open_session(self.config, held.request.cookies)
        self._route(held.request)
        if held.request.url_rule is not None and held.request.endpoint not in self._views:
            return misdirected(held.request.method, held.request.path)
        try:
            value = self._before(held)
            if value is None:
                value = self._view(held.request)
        except Exception as error:
            value = self._handled(error)
        return self._finished(value)

    def _route(self, request: Any) -> None:
        try:
            request.url_rule, request.view_args = self._matcher.match(request.path, request.method)
        except RequestRedirect as error:
            request.routing_exception = RequestRedirect(_redirected(request, error.new_url, self))
        except HTTPException as error:
            request.routing_exception = error

    def _before(self, held: Context) -> Any:
        request = held.request
        scopes = ("", *reversed(request.blueprints))
        for hook in self._of("url_value_preprocessor", scopes):
            hook(request.endpoint, request.view_args)
        for hook in self._of("before_request", scopes):
            value = hook()
            if value is not None:
                return value
        return None

    def _of(self, kind: str, scopes: Iterable[str], *, is_reversed: bool = False) -> Any:
        for scope in scopes:
            found = self._hooks.get(kind, {}).get(scope, ())
            yield from reversed(found) if is_reversed else found

    def _view(self, request: Any) -> Any:
        if request.routing_exception is not None:
            raise request.routing_exception
        rule = request.url_rule
        if request.method == "OPTIONS" and rule.provide_automatic_options:
            answer = Response()
            answer.allow.update(self._matcher.allowed_methods(request.path))
            return answer
        return self._views[rule.endpoint](**request.view_args)

    def _handled(self, error: Exception) -> Any:
        if isinstance(error, HTTPException) and (
            error.code is None or isinstance(error, RequestRedirect)
        ):
            return error
        handler = self._handler_of(error)
        if handler is not None:
            return handler(error)
        if isinstance(error, HTTPException):
            return error
        raise error

    def _handler_of(self, error: Exception) -> Any:
        scopes = (*context.get().request.blueprints, "")
        code = error.code if isinstance(error, HTTPException) else None
        for wanted in (code, None) if code is not None else (None,):
            for scope in scopes:
                handlers = self._handlers.get((scope, wanted), {})
                for kind in type(error).__mro__:
                    if kind in handlers:
                        return handlers[kind]
        return None

    def _crashed(self, error: Exception) -> Response:
        request = context.get().request
        info = (type(error), error, error.__traceback__)
        self.logger.error(f"Exception on {request.path} [{request.method}]", exc_info=info)
        problem = InternalServerError(original_exception=error)
        handler = self._handler_of(problem)
        return self._finished(problem if handler is None else handler(problem), is_crash=True)

    def _finished(self, value: Any, *, is_crash: bool = False) -> Response:
        request = context.get().request
        if value is None:
            raise TypeError(
                f"The view function for {request.endpoint!r} did not return a valid response."
            )
        answer = answer_of(value)
        try:
            return self._after(answer)
        except Exception:
            if not is_crash:
                raise
            self.logger.exception("Request finalizing failed while handling an error")
        return answer

    def _after(self, answer: Response) -> Response:
        held = context.get()
        for hook in held.after:
            answer = hook(answer)
        scopes = (*held.request.blueprints, "")
        for hook in self._of("after_request", scopes, is_reversed=True):
            answer = hook(answer)
        if held.kept_session is not None:
            from unlith_edges.sessions import save_session  # only where it is read

            save_session(self.config, held.kept_session, answer)
        return answer

    def _tear_down(self, held: Context, error: BaseException | None) -> None:
        scopes = (*held.request.blueprints, "")
        for kind, where in (("teardown_request", scopes), ("teardown_appcontext", ("",))):
            for hook in self._of(kind, where, is_reversed=True):
                hook(error)


def misdirected(method: str, path: str) -> Response:
    """Give the answer to a request that is the monolith's to answer."""
    told = {
        "error": "misdirected_request",
        "message": f"this function does not serve {method} {path}",
    }
    return Response(json.dumps(told) + "\n", 421, mimetype="application/json")


def make_handler(function: Function, *, base_path: str | None = None) -> Handler:
    """Give the Lambda handler of a function, behind the adapter of the whole monolith.

    *base_path* is the path prefix of the public address; None: the stage, as the event tells.
    """
    prefix = clean_base_path(base_path)

    def handler(event: Any, lambda_context: Any) -> Any:
        try:
            kind = kind_of(event)
        except BadEvent:
            if is_warm_up(event):
                return {"statusCode": 204, "body": ""}
            raise
        request = kind.request(event, lambda_context, prefix)
        answer = kind.response(serve(function, environ_of(request)), event)
        return within_limit(answer, request, kind)

    return handler


def _redirected(request: Any, path: str, function: Function) -> str:
    host = (function.config["SERVER_NAME"] or request.host).lower()
    query = request.query_string.decode(errors="replace")
    safe = quote(path, safe="!$&'()*+,/:;=@")
    joined = "/".join((request.root_path.strip("/"), safe.lstrip("/")))
    return str(urlunsplit((request.scheme, host, joined, query, "")))
