"""LR5xx: what lies between client and function: rules, redirects, addresses, headers, sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from unlith.backends.readiness.bodies import line_of_word, refuses
from unlith.backends.readiness.pins import is_pinned
from unlith.backends.readiness.rule import AppPage, E, Hit, N, Page, Place, Rule, W
from unlith.backends.survey.reading import Definition
from unlith.domain.survey import SurveyedRule

_PLAIN = frozenset({"default", "string", "int", "float", "uuid", "any", "path"})
_HOST = re.compile(r"^flask\.request\.(host|host_url|url_root|url|base_url)$")
_FORWARDED = re.compile(
    r"^flask\.request\.(remote_addr|access_route|headers(\.get\(|\[)['\"]X-(Forwarded-For|Real-IP))",
    re.I,
)
_REMOTE = (
    "remote_addr is the nearest proxy's: behind CloudFront or a load balancer, not the client's"
)
_TYPES = re.compile(
    r"['\"](application/(octet-stream|pdf|zip|gzip|vnd\.[\w.+-]+|x-[\w.+-]+)|image/[\w.+-]+|audio/[\w.+-]+|video/[\w.+-]+)['\"]"
)
_TEXT = re.compile(
    r"['\"](text/[\w.+-]+|application/(json|javascript|xml))|\.(js|css|html?|txt|json|xml|svg)['\"]"
)
_PATHS = re.compile(r"^/(static|assets)/[^\s<]*$")


def not_expressible(app: AppPage) -> Iterator[Place]:
    """Yield rules that no gateway route can say."""
    for rule in app.survey.rules:
        if rule.kind == "static":
            continue
        for converter in rule.converters:
            at_end = rule.rule.rstrip("/").endswith(f"{converter.variable}>")
            if converter.name == "path" and not at_end:
                message = f"{rule.rule}: <path:{converter.variable}> is not the last part"
            elif not converter.part_isolating and converter.name != "path":
                message = f"{rule.rule}: the converter {converter.name} takes slashes"
            elif not _is_whole_segment(rule.rule, converter.variable):
                message = f"{rule.rule}: {converter.variable} is a part of a segment only"
            else:
                continue
            yield app.at(rule.view, message, app.routes_of(rule))


def _is_whole_segment(rule: str, variable: str) -> bool:
    return re.search(rf"(^|/)<[^<>]*\b{re.escape(variable)}>(/|$)", rule) is not None


def captures_siblings(app: AppPage) -> Iterator[Place]:
    """Yield rules whose gateway pattern also takes requests of another rule.

    A gateway prefers a fixed segment to a variable, but its variable takes any text: where the
    app's converter refuses (``<int:id>``), requests of a looser rule come along.
    """
    for rule in app.survey.rules:
        others = [other for other in app.survey.rules if _collide(rule, other)]
        if not app.is_live:  # reading alone may miss the prefix of a blueprint
            others = [other for other in others if other.blueprints == rule.blueprints]
        if others and rule.kind != "static":
            names = ", ".join(sorted({other.rule for other in others})[:3])
            yield app.at(rule.view, f"the gateway's key for {rule.rule} takes {names} too",
                         app.routes_of(rule))  # fmt: skip


def gateway_key(rule: str) -> str:
    """Give a rule as a gateway knows it: every variable is ``{}``, a last path is ``{+}``."""
    text = re.sub(r"<path(\([^)]*\))?:\w+>/?$", "{+}", rule)
    return re.sub(r"<[^<>]*>", "{}", text).rstrip("/") or "/"


def _collide(one: SurveyedRule, other: SurveyedRule) -> bool:
    return (
        gateway_key(one.rule) == gateway_key(other.rule)
        and one.rule.rstrip("/") != other.rule.rstrip("/")
        and one.endpoint != other.endpoint
        and bool(set(one.route_methods) & set(other.route_methods))
    )


def implied_methods(app: AppPage) -> Iterator[Place]:
    """Yield, once for the app, that HEAD and OPTIONS need routes of their own."""
    rules = [rule for rule in app.survey.rules if "GET" in rule.methods and "HEAD" in rule.methods]
    if rules:
        yield Place(f"{len(rules)} rules answer HEAD and OPTIONS, which Flask adds by itself")


def slash_redirects(app: AppPage) -> Iterator[Place]:
    """Yield rules that end in a slash: Flask redirects the form without it, a gateway does not."""
    for rule in app.survey.rules:
        path = rule.rule.rpartition("|")[2]
        if rule.kind == "class" and not app.is_live:
            continue  # reading alone does not know how an extension joins its prefixes
        if path.endswith("/") and path != "/" and rule.strict_slashes:
            yield app.at(rule.view, f"{rule.rule} redirects from the form without its slash",
                         app.routes_of(rule))  # fmt: skip


def trusts_forwarded(app: AppPage) -> Iterator[Place]:
    """Yield the client's address read from where anybody can write it.

    ``remote_addr`` behind ProxyFix is what ProxyFix was told to trust: LR702 speaks of it.
    """
    is_fixed = any("ProxyFix" in name for name in app.survey.facts.wsgi_wrapped) or any(
        "ProxyFix" in definition.imports
        for page in app.pages
        for definition in page.reading.definitions.values()
    )
    for page in app.pages:
        source = app.index.tree.find(page.module)
        for definition in page.serving():
            for name in sorted(_addresses(page, definition)):
                if source is None or (name == "remote_addr" and is_fixed):
                    continue
                said = _REMOTE if name == "remote_addr" else f"{name} is whatever the client says"
                line = line_of_word(page, definition, name)
                if line:  # else it stands in a function that this one calls, and is told there
                    yield Place(said, str(source.file), line)


def _addresses(page: Page, definition: Definition) -> set[str]:
    texts = (page.names.of(chain, page.module, definition.name) for chain in definition.uses)
    found = (_FORWARDED.match(text) for text in texts)
    return {one.group(3) or one.group(1) for one in found if one}


def external_urls(app: AppPage) -> Iterator[Place]:
    """Yield URLs made from the Host header, with no list of trusted hosts."""
    settings = dict(app.survey.facts.config)
    if settings.get("TRUSTED_HOSTS") or settings.get("SERVER_NAME"):
        return
    for call, text, place in app.serving_calls():
        is_external = text in ("flask.url_for", "flask.helpers.url_for")
        if is_external and call.keywords.get("_external") == "True":
            yield replace(place, message="url_for(_external=True) uses the client's Host header")


def fixed_paths(page: Page) -> Iterator[Hit]:
    """Yield absolute paths of the app written into answers and redirects."""
    for call, text in page.calls(page.serving()):
        first = call.args[0].strip("'\"") if call.args and call.args[0][:1] in "'\"" else ""
        if text in ("flask.redirect", "werkzeug.utils.redirect") and first.startswith("/"):
            yield call.line, f"redirect({first!r}) leaves out the stage's prefix"
    for definition in page.serving():
        compared = page.compared(definition) | {
            store.line for store in definition.stores if store.chain[-1] == ".static_url_path"
        }
        compared |= {
            line
            for call in definition.calls
            if call.chain[-2:-1] == (".get",)
            for line in range(call.line, call.end + 1)
        }
        for text, line in definition.strings:
            if line not in compared and _PATHS.match(text):
                yield line, f"{text!r} leaves out the stage's prefix"


def binary_types(page: Page) -> Iterator[Hit]:
    """Yield answers that are no text."""
    for call, text in page.calls(page.serving()):
        given = " ".join((*call.args, *call.keywords.values()))
        if _TEXT.search(given):
            continue
        is_answer = text.startswith("flask.") and text.rpartition(".")[2] in (
            "Response", "make_response", "send_file")  # fmt: skip
        if text in ("flask.send_file", "flask.helpers.send_file") or (
            is_answer and _TYPES.search(given)
        ):
            yield call.line, f"{text.rpartition('.')[2]}() answers with bytes"


def several_cookies(page: Page) -> Iterator[Hit]:
    """Yield functions that set more than one cookie."""
    for definition in page.serving():
        set_here = [c for c in definition.calls if c.chain[-2:-1] == (".set_cookie",)]
        if len(set_here) > 1:
            yield set_here[1].line, f"{definition.name}() sets cookies in {len(set_here)} places"


def repeated_keys(page: Page) -> Iterator[Hit]:
    """Yield where all values of a key of the query are read; a form comes in the body, whole."""
    for call, text in page.calls(page.serving()):
        if re.match(r"^flask\.request\.(args|values)\.(getlist|get_all|lists)$", text):
            yield call.line, "all values of a key are read: the gateway must keep them"


def hooks_to_carry(app: AppPage) -> Iterator[Place]:
    """Yield the hooks that a function must bring along; those that refuse are LR701's."""
    for hook in app.survey.hooks:
        if not hook.where.in_project:
            continue
        if hook.kind in ("error_handler", "after_request"):
            what = f"{hook.kind} {hook.key or hook.exception}".strip()
            yield app.at(hook.where, f"{what} ({hook.where.qualname}) shapes answers")
        elif hook.kind == "before_request" and not refuses(app, hook):
            message = f"before_request {hook.where.qualname}() prepares requests"
            yield app.at(hook.where, message)


def json_provider(app: AppPage) -> Iterator[Place]:
    """Yield a JSON provider of the app's own."""
    name = app.survey.facts.json_provider
    if name and not name.startswith("flask."):
        where = next((hook.where for hook in app.registered("json_provider")), None)
        message = f"JSON is written by {name}"
        yield app.at(where, message) if where is not None else Place(message)


def redirect_status(app: AppPage) -> Iterator[Place]:
    """Yield, once for the app, the redirects that leave their status to Flask.

    Werkzeug 3.2 gives 303 where 3.1 gave 302 (its changelog, read 2026-11-26). An app whose Flask
    is pinned meets that when its owner decides to.
    """
    if _is_at_least(app.survey.facts.flask, (3, 2)) or is_pinned("flask", app.roots):
        return
    found = [
        place
        for call, text, place in app.serving_calls()
        if text in ("flask.redirect", "flask.helpers.redirect", "werkzeug.utils.redirect")
        and len(call.args) < 2
        and "code" not in call.keywords
    ]
    if found:
        message = (f"{len(found)} redirect() without a code: 302 up to Flask 3.1, 303 from 3.2, "
                   "and Flask is not pinned")  # fmt: skip
        yield replace(found[0], message=message)


def _is_at_least(version: str, wanted: tuple[int, int]) -> bool:
    numbers = re.findall(r"\d+", version)[:2]
    return tuple(map(int, numbers)) >= wanted if len(numbers) == 2 else False


RULES = (
    Rule("LR501", E, "Rule that no gateway can say", "leave it in the monolith, or a catch-all",
         "@app.get('/files/<path:p>/meta')\ndef view(p): return ''\n",
         "@app.get('/files/<path:p>')\ndef view(p): return ''\n", app=not_expressible),
    Rule("LR502", E, "Extraction takes sibling routes along", "move the group together",
         "@app.get('/a/<int:x>')\ndef view(x): return ''\n"
         "@app.get('/a/<y>')\ndef other(y): return ''\n",
         "@app.get('/a/<int:x>')\ndef view(x): return ''\n@app.get('/b/<y>')\n"
         "def other(y): return ''\n", app=captures_siblings),
    Rule("LR503", W, "Implied HEAD and OPTIONS", "route them beside GET",
         "@app.get('/a')\ndef view(): return ''\n",
         "app = Flask(__name__, static_folder=None)\n@app.post('/a')\ndef view(): return ''\n",
         app=implied_methods),
    Rule("LR504", W, "Redirect to the form with a slash", "route both forms, or slim under Flask",
         "@app.get('/a/')\ndef view(): return ''\n", "@app.get('/a')\ndef view(): return ''\n",
         app=slash_redirects),
    Rule("LR505", E, "Client address that anybody can write", "the event's requestContext",
         "from flask import request\n@app.get('/')\ndef view():\n"
         "    return request.headers['X-Forwarded-For']\n",
         "from flask import request\n@app.get('/')\ndef view():\n    return request.path\n",
         app=trusts_forwarded),
    Rule("LR506", W, "URL made from the Host header", "TRUSTED_HOSTS",
         "from flask import url_for\n@app.get('/')\ndef view():\n"
         "    return url_for('x', _external=True)\n",
         "from flask import url_for\n@app.get('/')\ndef view():\n    return url_for('x')\n",
         app=external_urls),
    Rule("LR507", W, "Absolute path without the stage's prefix", "url_for",
         "from flask import redirect\ndef view():\n    return redirect('/login')\n",
         "from flask import redirect, url_for\ndef view():\n    return redirect(url_for('x'))\n",
         source=fixed_paths),
    Rule("LR508", W, "Answer in bytes", "base64 in the adapter, binary types at the gateway",
         "from flask import send_file\ndef view():\n    return send_file('a.pdf')\n",
         "from flask import jsonify\ndef view():\n    return jsonify({})\n", source=binary_types),
    Rule("LR509", W, "Several cookies in one answer", "multi-value headers",
         "def view(r):\n    r.set_cookie('a', '1')\n    r.set_cookie('b', '1')\n",
         "def view(r):\n    r.set_cookie('a', '1')\n", source=several_cookies),
    Rule("LR510", W, "All values of a key are read", "an adapter that keeps repeated keys",
         "from flask import request\ndef view():\n    request.args.getlist('a')\n",
         "from flask import request\ndef view():\n    request.args.get('a')\n",
         source=repeated_keys),
    Rule("LR512", W, "Hook that views rely on", "carry it with the function",
         "@app.errorhandler(404)\ndef view(e): return ''\n",
         "@app.get('/')\ndef view(): return ''\n", app=hooks_to_carry),
    Rule("LR513", N, "JSON provider of the app's own", "carry it with the function",
         "from flask.json.provider import DefaultJSONProvider\n"
         "class Mine(DefaultJSONProvider): pass\napp.json = Mine(app)\ndef view(): pass\n",
         "def view(): pass\n", app=json_provider),
    Rule("LR514", N, "Redirect without a code", "pin Flask, or pass the code",
         "from flask import redirect\n@app.get('/')\ndef view():\n    return redirect('x')\n",
         "from flask import redirect\n@app.get('/')\ndef view():\n    return redirect('x', 302)\n",
         app=redirect_status),
)  # fmt: skip
