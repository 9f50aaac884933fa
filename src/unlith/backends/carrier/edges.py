"""Which of Flask's and Werkzeug's names a pure function may use, and which of their attributes.

What the runtime has is asked of the runtime itself, so that this list cannot lie.
"""

from __future__ import annotations

from unlith_edges import problems, settings, web
from unlith_edges.problems import HTTPException
from unlith_edges.request import Request
from unlith_edges.response import Response
from unlith_edges.sessions import Session

_FLASK = frozenset(
    "Request Response abort after_this_request current_app g has_app_context "
    "has_request_context json jsonify make_response redirect request session url_for".split()
)
_BY_MODULE: dict[str, frozenset[str]] = {
    "flask": _FLASK,
    "flask.globals": frozenset({"current_app", "g", "request", "session"}),
    "flask.helpers": frozenset({"abort", "make_response", "redirect"}),
    "flask.json": frozenset({"dumps", "jsonify", "loads"}),
    "flask.json.provider": frozenset({"DefaultJSONProvider"}),
    "flask.typing": frozenset({"ResponseReturnValue"}),
    "flask.wrappers": frozenset({"Request", "Response"}),
    "werkzeug.datastructures": frozenset({"Headers", "MultiDict"}),
    "werkzeug.exceptions": frozenset(
        {
            "abort",
            *(
                name
                for name, value in vars(problems).items()
                if isinstance(value, type) and issubclass(value, HTTPException)
            ),
        }
    ),
    "werkzeug.http": frozenset({"http_date", "parse_date"}),
    "werkzeug.routing": frozenset({"BaseConverter", "ValidationError"}),
    "werkzeug.utils": frozenset({"redirect"}),
}

PROXIES: dict[str, frozenset[str] | None] = {
    "request": frozenset(n for n in dir(Request) if n[:1] != "_")
    | {"environ", "method", "scheme", "root_path", "script_root", "path", "query_string"}
    | {"headers", "remote_addr", "max_content_length"},
    "session": frozenset(n for n in dir(Session) if n[:1] != "_"),
    "g": None,
    "current_app": frozenset({"config", "debug", "import_name", "json", "logger"})
    | {"make_response", "name", "response_class", "testing"},
}
"""What may be asked of each; None is anything."""

RESPONSE = frozenset(n for n in dir(Response) if n[:1] != "_") | {"headers", "response"}
CONFIG = frozenset(settings.DEFAULTS)
MAKES_RESPONSE = frozenset({"Response", "jsonify", "make_response", "redirect"})


def is_edge(module: str, name: str) -> bool:
    """Say whether the runtime stands in for a name of a Flask or Werkzeug module."""
    if module == "flask.json" and name in ("dumps", "loads"):
        return False
    return name in _BY_MODULE.get(module, frozenset()) and hasattr(web, name)


def is_edge_module(module: str) -> bool:
    """Say whether a whole module of theirs, used by attribute, has a stand-in."""
    return module in ("flask", "werkzeug.exceptions", "flask.json")


def names_of(module: str) -> frozenset[str]:
    """Give the names of a module of theirs that have a stand-in."""
    known = _BY_MODULE.get(module, frozenset())
    # Which endpoints url_for is asked for is followed only where it is a plain name.
    return frozenset(name for name in known - {"url_for"} if hasattr(web, name))
