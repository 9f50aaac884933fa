"""What a Flask app is made of, route by route: plain values read off the live app.

Nothing here knows Flask; ``backends.flask_inspector`` fills these in.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from unlith.domain.route import Route
from unlith.errors import RouteNotFound

IMPLIED_METHODS = frozenset({"HEAD", "OPTIONS"})
"""Methods Flask adds by itself: HEAD beside GET, OPTIONS everywhere."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a Python object was written.

    ``qualname`` holds ``<locals>`` when the object was made inside a function. ``file`` is
    absolute, or empty when there is no source. ``in_project`` is true below the workspace's
    sources. ``closure`` names the free variables of a nested function.
    """

    module: str
    qualname: str
    file: str = ""
    line: int = 0
    in_project: bool = False
    closure: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give ``module:qualname``."""
        return f"{self.module}:{self.qualname}"


@dataclass(frozen=True, slots=True)
class Hook:
    """A function that Flask calls around views.

    ``kind`` is Flask's own name: ``before_request``, ``after_request``, ``teardown_request``,
    ``teardown_appcontext``, ``url_value_preprocessor``, ``url_defaults``, ``context_processor``
    or ``error_handler``. ``scope`` is empty for the app, else the blueprint's full dotted name.
    For an error handler ``key`` is the HTTP code (or empty) and ``exception`` the class handled
    as ``module:qualname``. ``order`` is its place among hooks of the same kind and scope.
    """

    kind: str
    scope: str
    where: Location
    order: int = 0
    key: str = ""
    exception: str = ""


@dataclass(frozen=True, slots=True)
class Converter:
    """One variable of a rule: its converter's name, class (``module:qualname``) and arguments."""

    variable: str
    name: str
    cls: str
    regex: str = ""
    part_isolating: bool = True
    arguments: str = ""
    weight: int = 100


@dataclass(frozen=True, slots=True)
class SurveyedRule:
    """One rule of the url_map with everything that decides how it is matched and who answers.

    ``methods`` holds all methods the rule answers, the implied ones included. ``blueprints``
    are full dotted names from the innermost to the outermost. ``view`` is the function or
    class as written (wrappers taken off); ``wrappers`` names what stands around it, outermost
    first. ``kind`` is ``function``, ``class`` (a View class) or ``static``.

    ``decorators`` says where the wrappers' own code stands, ``handlers`` which function of a class
    answers each method. ``shadowed_by`` names a decorator above the route's own: the app calls the
    view without it. ``origin`` is the top-level package of a view that is not the project's.
    ``holds`` is the project's code that the view and its wrappers keep: in closure cells,
    defaults, partials, or as attributes of what is called.
    ``redirects`` is true for an alias and for a rule that redirects by itself.
    """

    rule: str
    endpoint: str
    methods: tuple[str, ...]
    view: Location
    blueprints: tuple[str, ...] = ()
    kind: str = "function"
    wrappers: tuple[str, ...] = ()
    converters: tuple[Converter, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    strict_slashes: bool = True
    merge_slashes: bool = True
    host: str = ""
    subdomain: str = ""
    websocket: bool = False
    build_only: bool = False
    auto_options: bool = True
    decorators: tuple[Location, ...] = ()
    handlers: tuple[tuple[str, Location], ...] = ()
    shadowed_by: str = ""
    origin: str = ""
    holds: tuple[Location, ...] = ()
    redirects: bool = False

    @property
    def route_methods(self) -> tuple[str, ...]:
        """Give the methods that make routes: all but the implied ones, unless nothing is left."""
        own = tuple(m for m in self.methods if m not in IMPLIED_METHODS)
        return own or self.methods

    @property
    def routes(self) -> tuple[Route, ...]:
        """Give one route a method."""
        return tuple(Route(method, self.rule) for method in self.route_methods)


@dataclass(frozen=True, slots=True)
class AppFacts:
    """What holds for the whole app, as ``module:qualname`` where it is a class.

    ``config`` keeps only the session and JSON settings that change what a client sees, never a
    secret's value. ``wsgi_wrapped`` names the callables put around ``wsgi_app``, outermost first.
    ``json_settings`` are set on the provider object itself. ``overrides`` names Flask's methods
    that the app replaces, ``signals`` those of Flask's signals that somebody hears.
    ``secret_variable`` names the environment variable that holds the secret key, if one does.
    ``load_target`` is how the app is had: ``module:app`` or ``module:factory()``, whole.
    """

    import_name: str = ""
    flask: str = ""
    werkzeug: str = ""
    python: str = ""
    session_interface: str = ""
    json_provider: str = ""
    request_class: str = ""
    response_class: str = ""
    has_secret_key: bool = False
    host_matching: bool = False
    merge_slashes: bool = True
    root_path: str = ""
    instance_path: str = ""
    wsgi_wrapped: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    config: tuple[tuple[str, object], ...] = ()
    json_settings: tuple[tuple[str, object], ...] = ()
    overrides: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    secret_variable: str = ""
    load_target: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """Every rule and hook of one app, in the order in which Flask holds them.

    ``registered`` is the project's code that may run around any view without being a hook of
    Flask's: its kinds are ``app_class``, ``session_interface``, ``json_provider``,
    ``request_class``, ``response_class``, ``wsgi_wrapper``, ``url_converter``,
    ``url_build_error_handler``, ``replaced_method``, ``template_filter``, ``template_global``,
    ``template_test``, ``signal``, ``extension`` and ``held`` (what hooks keep, as a rule ``holds``
    what its view keeps); ``key`` says under which name.
    ``overrides`` gives, for each loaded class of the project (``module:Class``), the methods of an
    outside base that it replaces: a framework may call those by itself. ``made`` are its classes
    that have instances once the app is made.
    """

    target: str
    facts: AppFacts
    rules: tuple[SurveyedRule, ...]
    hooks: tuple[Hook, ...]
    modules: tuple[str, ...] = ()
    registered: tuple[Hook, ...] = ()
    overrides: tuple[tuple[str, tuple[str, ...]], ...] = ()
    made: tuple[str, ...] = ()

    def routes(self) -> Iterator[tuple[Route, SurveyedRule]]:
        """Yield each route with its rule."""
        for rule in self.rules:
            for route in rule.routes:
                yield route, rule

    def find(self, route: Route) -> SurveyedRule:
        """Give the rule that serves a route.

        Raises:
            RouteNotFound: if the app has none; the hint names the nearest routes it has.
        """
        for known, rule in self.routes():
            if known == route:
                return rule
        names = [str(known) for known, _ in self.routes()]
        near = difflib.get_close_matches(str(route), names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        raise RouteNotFound(
            f"{self.target} has no route {str(route)!r}",
            hint=hint or "`unlith survey` lists its routes",
        )

    def hooks_for(self, rule: SurveyedRule) -> tuple[Hook, ...]:
        """Give every hook that runs, or may run, while this rule is served."""
        scopes = {"", *rule.blueprints}
        return tuple(hook for hook in self.hooks if hook.scope in scopes)
