"""LR103 and LR109: caches and counters that one process keeps for itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unlith.backends.readiness.containers import changes, is_mutable
from unlith.backends.readiness.rule import Hit, Page, Rule, W
from unlith.backends.survey.reading import Call, Definition

_CACHES = ("functools.lru_cache", "functools.cache", "cachetools.cached", "cachetools.func.")
_ASKS = re.compile(
    r"\.(query|execute|scalar|scalars|session|filter|filter_by|select|fetchone|fetchall|find_one)\b|"
    r"^(requests|httpx|boto3|redis|pymongo|psycopg2?|urllib\.request)\."
)
_BY_USER = re.compile(r"\[[^\]]*(user|uid|account|tenant|customer|email|session|token)", re.I)
_FILLS = re.compile(r"\]\s*=[^=]|\.(setdefault|update|append|add)\(")
_USERS = re.compile(
    r"(^|_)(user|uid|account|tenant|customer|email|member|owner|session|token)(_|$)"
)
_PURE = ("builtins.", "re.", "math.", "string.", "json.", "hashlib.", "textwrap.", "operator.")
_LOCAL_BACKENDS = ("memory://", "simple", "SimpleCache", "filesystem", "FileSystemCache")
_LIMITS = ("RATELIMIT_STORAGE_URI", "RATELIMIT_STORAGE_URL")


def keyed_cache(page: Page) -> Iterator[Hit]:
    """Yield serving functions with arguments whose results a decorator keeps, and such caches."""
    yield from filled_cache(page)
    for definition in page.serving():
        for chain in definition.decorators:
            text = page.names.of(chain, page.module, definition.parent)
            own = [name for name in definition.parameters if name not in ("self", "cls")]
            if text.startswith(_CACHES) and own and _is_of_users(page, definition, own):
                yield definition.line, f"{definition.name}() keeps its results by {', '.join(own)}"


def filled_cache(page: Page) -> Iterator[Hit]:
    """Yield, once a container, module-level caches that are filled while serving for ever."""
    seen = set()
    for definition in page.serving():
        for line, node in changes(page, definition):
            text = page.lines[line - 1]
            is_cache = re.search("cache|memo", node[2], re.I) or _BY_USER.search(text)
            is_own = node[1] == page.module and _FILLS.search(text)
            if is_own and is_cache and node[2] not in seen and is_mutable(page, node):
                seen.add(node[2])
                yield line, f"`{node[2]}` keeps results in this process, others do not see them"


def _is_of_users(page: Page, definition: Definition, own: list[str]) -> bool:
    # A function of its arguments alone, or of files that ship, gives every environment the same.
    calls = [("".join(call.chain), page.called(call, definition)) for call in definition.calls]
    if any(_ASKS.search(written) or _ASKS.search(text) for written, text in calls):
        return True
    is_pure = all(text.startswith(_PURE) for _, text in calls)
    return not is_pure and any(_USERS.search(name) for name in own)


def local_cache(page: Page) -> Iterator[Hit]:
    """Yield caches and limiters that keep their counts in one process."""
    for call, text in page.calls(page.everywhere()):
        if text.startswith(("flask_caching.Cache", "flask_limiter.Limiter")):
            given = call.keywords.get("storage_uri", "") + "".join(call.keywords.values())
            is_default = text.endswith("Limiter") and _has_no_storage(page, call)
            if is_default or any(word in given for word in _LOCAL_BACKENDS):
                yield call.line, f"{text.rpartition('.')[2]} counts in this process only"
    for definition in page.starting():
        for name, chains in definition.values.items():
            if name in ("CACHE_TYPE", *_LIMITS):
                text = chains[0][0].strip("='\"")
                if text in _LOCAL_BACKENDS:
                    yield page.line_of(name, definition), f"{name} is {text}: one process only"


def _has_no_storage(page: Page, call: Call) -> bool:
    # The storage is given in the call, or by a setting somewhere in the project.
    if call.keywords.keys() & {"storage_uri", "**"}:
        return False
    return not any(name in other.text for other in page.others.values() for name in _LIMITS)


RULES = (
    Rule("LR103", W, "Results kept by argument in the process", "a store with a time to live",
         "import functools\n@functools.lru_cache\ndef profile(uid):\n    return load(uid)\n"
         "def view():\n    profile(1)\n",
         "import functools\n@functools.lru_cache\ndef table():\n    return {}\n"
         "def view():\n    table()\n", source=keyed_cache),
    Rule("LR109", W, "Cache or limiter in one process", "Redis or DynamoDB behind it",
         "from flask_caching import Cache\ncache = Cache(config={'CACHE_TYPE': 'x'}, "
         "storage_uri='memory://')\ndef view(): pass\n",
         "from flask_limiter import Limiter\nlimiter = Limiter(storage_uri='redis://h')\n"
         "def view(): pass\n", source=local_cache),
)  # fmt: skip
