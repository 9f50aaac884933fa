"""LR7xx: what guards a route and is lost when the view travels alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unlith.backends.readiness.bodies import refuses
from unlith.backends.readiness.rule import AppPage, E, Hit, Page, Place, Rule

_EXTENSIONS = {
    "csrf": "CSRF protection",
    "cors": "CORS headers",
    "limiter": "a rate limiter",
    "talisman": "security headers",
    "jwt_manager": "JWT checks",
    "flask-jwt-extended": "JWT checks",
    "seasurf": "CSRF protection",
    "login_manager": "log-in",
    "security": "Flask-Security",
}


def auth_hooks(app: AppPage) -> Iterator[Place]:
    """Yield hooks that may end a request before its view: they answer, raise or redirect."""
    for hook in app.survey.hooks:
        if hook.kind == "before_request" and hook.where.in_project and refuses(app, hook):
            scope = f" of blueprint {hook.scope}" if hook.scope else ""
            yield app.at(hook.where, f"before_request {hook.where.qualname}(){scope} may refuse")


def middleware(app: AppPage) -> Iterator[Place]:
    """Yield WSGI middleware."""
    places = {f"{h.where.module}:{h.where.qualname}": h for h in app.registered("wsgi_wrapper")}
    for name in app.survey.facts.wsgi_wrapped:
        hook = places.get(name)
        message = f"{name} stands around the app"
        yield app.at(hook.where, message) if hook else Place(message)


def protection(app: AppPage) -> Iterator[Place]:
    """Yield extensions that protect views from outside them."""
    for name in app.survey.facts.extensions:
        if name.lower() in _EXTENSIONS:
            yield Place(f"{_EXTENSIONS[name.lower()]} ({name}) acts on views from outside them")


def debug_on(page: Page) -> Iterator[Hit]:
    """Yield debug mode."""
    for definition in page.everywhere():
        for store in definition.stores:
            text = page.names.of(store.chain, page.module, definition.name)
            if re.search(r"Flask\([^)]*\)\.debug$|\.config\['DEBUG'\]$", text):
                near = list(_literals(page, store.line))
                if "True" in near:
                    yield store.line, "debug mode is on"
        for call in definition.calls:
            is_run = call.chain[-2:-1] == (".run",) and not call.is_guarded
            if is_run and call.keywords.get("debug") == "True":
                yield call.line, "debug mode is on"
    for statement in page.reading.body.statements:
        if "DEBUG" in statement.names and page.reading.body.values["DEBUG"] == [("=True",)]:
            yield statement.line, "DEBUG is True"


def _literals(page: Page, line: int) -> Iterator[str]:
    lines = page.text.splitlines()
    if 0 < line <= len(lines):
        yield lines[line - 1].rpartition("=")[2].strip()


RULES = (
    Rule("LR701", E, "Hook that may refuse requests", "carry it: without it the view answers all",
         "from flask import abort\n@app.before_request\ndef view(): abort(401)\n",
         "from flask import g\n@app.before_request\ndef view(): g.at = 1\n",
         app=auth_hooks),
    Rule("LR702", E, "WSGI middleware", "carry it, or do its work at the gateway",
         "from werkzeug.middleware.proxy_fix import ProxyFix\n"
         "app.wsgi_app = ProxyFix(app.wsgi_app)\ndef view(): pass\n", "def view(): pass\n",
         app=middleware),
    Rule("LR703", E, "Protection that acts from outside the view", "carry it with the function",
         "app.extensions['csrf'] = object()\ndef view(): pass\n", "def view(): pass\n",
         app=protection),
    Rule("LR704", E, "Debug mode", "off",
         "app.debug = True\ndef view(): pass\n", "app.debug = False\ndef view(): pass\n",
         source=debug_on),
)  # fmt: skip
