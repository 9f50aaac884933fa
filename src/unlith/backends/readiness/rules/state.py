"""LR1xx: state that a process keeps, which Lambda's environments do not share or keep."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from unlith.backends.readiness.bodies import function_at, guarded_names
from unlith.backends.readiness.containers import MUTABLE, changes, is_mutable
from unlith.backends.readiness.rule import AppPage, E, Hit, Page, Place, Rule, W
from unlith.backends.survey.reading import Definition
from unlith.backends.survey.registries import MUTATORS

_RANDOM = re.compile(
    r"(^|\.)(urandom|token_hex|token_bytes|token_urlsafe|uuid4|uuid1|getrandbits|randbytes)\("
)
_CACHE = re.compile(r"cache|memo|warned|already_logged|fingerprint", re.I)
_ZONE = re.compile(r"\.(tzinfo|utcoffset|tzname|year)\b")
_AT_IMPORT = re.compile(
    r"^(uuid\.uuid[14]|secrets\.token_\w+|os\.urandom|random\.(random|randint|choice|getrandbits)|"
    r"time\.time|datetime\.(?:datetime\.)?(?:now|utcnow|today))$"
)


def mutated_module_state(page: Page) -> Iterator[Hit]:
    """Yield where a serving function changes a module-level container in place."""
    for definition in page.serving():
        for line, node in changes(page, definition):
            if _CACHE.search(node[2]) and _is_kept_only(page, line, node[2]):
                continue
            if is_mutable(page, node) and not _is_filled_once(page, definition, line, node[2]):
                yield line, f"`{node[2]}` of module {node[1]} is changed while serving"


def _is_kept_only(page: Page, line: int, name: str) -> bool:
    # A cache that is filled loses nothing but time; one that is emptied is emptied here only.
    text = page.lines[line - 1] if 0 < line <= len(page.lines) else ""
    return re.search(r"\b(del|clear|pop|popitem|remove|discard)\b", text) is None


def _is_filled_once(page: Page, definition: Definition, line: int, name: str) -> bool:
    # What is only set where it is missing is the same in every environment that asks.
    node = function_at(page, definition)
    if node is None:
        return False
    return any(
        re.match(rf"(\w+\.)*{re.escape(name)}\b", guarded) and first <= line <= last
        for guarded, first, last in guarded_names(node)
    )


def global_statement(page: Page) -> Iterator[Hit]:
    """Yield assignments to globals in serving functions."""
    for definition in page.serving():
        for store in definition.stores:
            name = store.chain[0]
            if store.kind != "global" or name not in definition.values:
                continue
            line = _unguarded_line(page, definition, name)
            texts = [page.names.of(c, page.module, definition.name)
                     for c in definition.values[name]]  # fmt: skip
            is_clock = all(text.startswith("time.") for text in texts)  # when it last did so
            if line and not is_clock:
                yield line, f"the global `{name}` is assigned while serving"


def _unguarded_line(page: Page, definition: Definition, name: str) -> int:
    # ``if X is None: X = make()``: made once an environment, as Lambda's own guide says to.
    node = function_at(page, definition)
    lines = [
        one.lineno
        for one in ast.walk(node or ast.Pass())
        if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store)
    ]
    ranges = [r for r in (guarded_names(node) if node else ()) if r[0] == name]
    left = [line for line in lines if not any(a <= line <= b for _, a, b in ranges)]
    return min(left, default=0)


def local_session(app: AppPage) -> Iterator[Place]:
    """Yield a session interface that keeps sessions in memory or in files."""
    name = app.survey.facts.session_interface.rpartition(":")[2]
    if any(word in name for word in ("FileSystem", "Memory", "CacheLib", "Filesystem")):
        yield Place(f"sessions are kept by {name}")


def generated_secret(page: Page) -> Iterator[Hit]:
    """Yield secret keys made when the app starts."""
    for line, text in _secrets(page):
        if _RANDOM.search(text):
            yield line, "SECRET_KEY is made anew at each start: sessions end at each cold start"


def fixed_secret(page: Page) -> Iterator[Hit]:
    """Yield secret keys in the source, or defaults for them."""
    for line, text in _secrets(page):
        literal = re.match(r"^=?[rbu]*(['\"])(.+)\1$", text)
        default = re.search(r"(?:getenv|environ\.get)$", text) is None and "default" in text
        is_name = literal and "SECRET_KEY" in literal.group(2)
        if (literal or default) and not is_name:
            yield line, "SECRET_KEY stands in the source"


def _secrets(page: Page) -> Iterator[tuple[int, str]]:
    for definition in page.everywhere():
        for store in definition.stores:
            name = store.chain[-1]
            if name in ("['SECRET_KEY']", ".secret_key"):
                for text in _assigned(page, definition, store.line):
                    yield store.line, text
        if definition.kind != "function":
            for chain in definition.values.get("SECRET_KEY", ()):
                yield page.line_of("SECRET_KEY", definition), "".join(chain)
        yield from _given(definition)


def _given(definition: Definition) -> Iterator[tuple[int, str]]:
    for call in definition.calls:
        if "SECRET_KEY" in call.keywords and not call.is_guarded:
            yield call.line, call.keywords["SECRET_KEY"]
        is_env = call.chain[-2:-1] in ((".get",), (".getenv",)) and len(call.args) == 2
        if is_env and call.args[0] == "'SECRET_KEY'" and call.args[1][:1] in "'\"":
            yield call.line, call.args[1]


def _assigned(page: Page, definition: Definition, line: int) -> Iterator[str]:
    for call in definition.calls:
        if call.line == line:
            yield "".join(call.chain)
    for text, at in definition.strings:
        if (
            at == line
            and text not in ("SECRET_KEY",)
            and not any(call.line == line for call in definition.calls)
        ):
            yield repr(text)


def custom_session(app: AppPage) -> Iterator[Place]:
    """Yield a session interface of the app's own."""
    name = app.survey.facts.session_interface
    if name and not name.startswith("flask.sessions:"):
        where = next((h.where for h in app.registered("session_interface")), None)
        if where is not None:
            yield app.at(where, f"sessions are opened and saved by {name}")
        else:
            yield Place(f"sessions are opened and saved by {name}")


def config_in_view(page: Page) -> Iterator[Hit]:
    """Yield settings that a serving function changes."""
    for definition in page.serving():
        for store in definition.stores:
            # What holds the setting, not what the name was bound to.
            text = page.names.of(store.chain[:-1], page.module, definition.name)
            is_config = re.match(r"^flask(\.app)?\.(current_app|Flask\([^)]*\))\.config$", text)
            # An app that is made here serves nobody yet.
            is_new = store.chain[0] in definition.values
            if is_config and not is_new and store.chain[-1].startswith("["):
                yield store.line, f"the setting {store.chain[-1]} is changed while serving"


def class_registry(page: Page) -> Iterator[Hit]:
    """Yield class attributes that serving methods change in place."""
    for definition in page.serving():
        owner = page.reading.definitions.get(definition.parent)
        if owner is None or owner.kind != "class" or definition.name.endswith(".__init__"):
            continue
        shared = {n for n, c in owner.values.items() if c and MUTABLE.match(c[0][0])}
        own = {n.removeprefix("self.") for n in owner.values if n.startswith("self.")}
        roots = {"cls", owner.name, "self"}
        for chain, line in _touched(definition):
            name = chain[1].lstrip(".") if len(chain) > 2 and chain[0] in roots else ""
            if name in shared - own:
                yield line, f"{owner.name}.{name} is shared by all and changed while serving"


def _touched(definition: Definition) -> Iterator[tuple[tuple[str, ...], int]]:
    for store in definition.stores:
        yield store.chain, store.line
    for call in definition.calls:
        if len(call.chain) == 4 and call.chain[-2].lstrip(".") in MUTATORS:
            yield call.chain, call.line


def made_at_import(page: Page) -> Iterator[Hit]:
    """Yield ids, times and random numbers made at import and kept."""
    for statement in page.reading.body.statements:
        for call in page.reading.body.calls if statement.names else ():
            is_late = call.line in page.lambdas or _ZONE.search(page.lines[call.line - 1])
            if call.line != statement.line or call.is_guarded or is_late:
                continue
            text = page.called(call, page.reading.body)
            if _AT_IMPORT.match(text):
                yield call.line, f"`{statement.names[0]}` is {text}() of the moment of import"


RULES = (
    Rule("LR101", E, "Module-level container changed by a view",
         "keep it in a store that all environments share",
         "CARTS = {}\ndef view(uid):\n    CARTS[uid] = 1\n",
         "def view(uid):\n    carts = {}\n    carts[uid] = 1\n", source=mutated_module_state),
    Rule("LR102", W, "Global assigned while serving", "keep it in a store, or accept best effort",
         "count = 0\ndef view():\n    global count\n    count = count + 1\n",
         "count = 0\ndef view():\n    return count\n", source=global_statement),
    Rule("LR104", E, "Sessions kept in files or memory", "DynamoDB or Redis, or signed cookies",
         "from flask import sessions\nclass FileSystemSessionInterface(sessions."
         "SecureCookieSessionInterface): pass\n"
         "app.session_interface = FileSystemSessionInterface()\ndef view(): pass\n",
         "def view(): pass\n", app=local_session),
    Rule("LR105", E, "Secret key made at start", "AWS Secrets Manager, or a setting",
         "import os\napp.secret_key = os.urandom(24)\ndef view(): pass\n",
         "import os\napp.secret_key = os.environ['SECRET_KEY']\ndef view(): pass\n",
         source=generated_secret,
         dynamic="import twice and compare"),
    Rule("LR106", E, "Secret key in the source", "no default: fail without the setting",
         "import os\nSECRET_KEY = os.getenv('SECRET_KEY', 'dev')\ndef view(): pass\n",
         "import os\nSECRET_KEY = os.environ['SECRET_KEY']\ndef view(): pass\n",
         source=fixed_secret),
    Rule("LR107", W, "Session interface of the app's own", "carry it over with the function",
         "from flask import sessions\nclass Mine(sessions.SecureCookieSessionInterface): pass\n"
         "app.session_interface = Mine()\ndef view(): pass\n", "def view(): pass\n",
         app=custom_session),
    Rule("LR108", E, "Setting changed while serving", "a store for switches",
         "from flask import current_app\ndef view():\n    current_app.config['ON'] = 1\n",
         "from flask import current_app\ndef view():\n    return current_app.config['ON']\n",
         source=config_in_view,
         dynamic="compare the settings after requests"),
    Rule("LR110", W, "Class attribute used as a registry", "a store, or the object's own",
         "class Hub:\n    clients = []\n    def join(self, c):\n        self.clients.append(c)\n"
         "def view():\n    Hub().join(1)\n",
         "class Hub:\n    clients = []\n    def __init__(self):\n        self.clients = []\n"
         "    def join(self, c):\n        self.clients.append(c)\ndef view():\n"
         "    Hub().join(1)\n",
         source=class_registry),
    Rule("LR111", W, "Id, time or random number made at import",
         "make it in the handler: SnapStart and warm environments share it",
         "import uuid\nBOOT = uuid.uuid4()\ndef view(): return BOOT\n",
         "import uuid\ndef view(): return uuid.uuid4()\n", source=made_at_import),
)  # fmt: skip
