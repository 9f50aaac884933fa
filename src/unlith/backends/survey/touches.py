"""What a route's code reads and writes: request, session, settings, tables, AWS, files, HTTP.

Read off the definitions that the route reaches; a name made at run time is ``*``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unlith.backends.survey import aws
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.names import Names
from unlith.backends.survey.reading import Chain, Definition
from unlith.domain.survey_route import Touch

_KEY = re.compile(r"""^(?:\.(?:get|getlist|pop|setdefault|get_all)\(|\[)(['"])(.*?)\1[\])]""")
_REQUEST = re.compile(r"^(?:flask|quart)(?:\.globals)?\.request\.(\w+)(.*)$", re.DOTALL)
_SESSION = re.compile(r"^flask(?:\.globals)?\.session(.*)$", re.DOTALL)
_G = re.compile(r"^flask(?:\.globals)?\.(?:g|_app_ctx_stack\.top)(?:\.(\w+))?(.*)$", re.DOTALL)
_APP = re.compile(
    r"^(?:flask(?:\.globals)?\.current_app|flask(?:\.app)?\.Flask\([^)]*\))\.(\w+)(.*)$", re.DOTALL
)
_ENV = re.compile(r"^os\.(?:environ|getenv)(.*)$", re.DOTALL)
_HTTP = re.compile(
    r"^(requests|httpx|urllib3|aiohttp|http\.client|urllib\.request|urllib2|pycurl)\b.*?"
    r"\.(get|post|put|patch|delete|head|options|request|urlopen|urlretrieve|send|stream)\("
)
_SQL = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|MERGE|WITH|CREATE|DROP|ALTER)\b", re.IGNORECASE
)
_TABLE = re.compile(
    r"\b(FROM|JOIN|INTO|UPDATE|TABLE(?:\s+IF\s+(?:NOT\s+)?EXISTS)?)\s+([A-Za-z_][\w.\"`]*)",
    re.IGNORECASE,
)
_WRITES = frozenset({"INTO", "UPDATE", "TABLE"})
_PATH_WRITES = frozenset({"write_text", "write_bytes", "mkdir", "unlink", "rename", "touch"})
_PATH_READS = frozenset({"read_text", "read_bytes", "iterdir"})


class Touches:
    """Finds touches; what one definition touches is found once."""

    def __init__(self, index: Index, names: Names) -> None:
        self._index = index
        self._names = names
        self._memo: dict[Node, tuple[Touch, ...]] = {}

    def of(self, nodes: Iterable[Node]) -> tuple[Touch, ...]:
        """Give what some nodes touch, each thing once a place."""
        found: set[Touch] = set()
        for node in nodes:
            if node[0] == "def":
                if node not in self._memo:
                    self._memo[node] = tuple(self._touches(node))
                found.update(self._memo[node])
        return tuple(sorted(found))

    # Private

    def _touches(self, node: Node) -> Iterator[Touch]:
        definition = self._index.definition(node)
        source = self._index.tree.find(node[1])
        if definition is None or source is None:
            return
        file = self._index.tree.show(source.file)
        found = [*self._named(definition, node[1]), *self._sql(definition)]
        if definition.kind == "class":
            found += self._model(definition, node[1])
        for kind, name, access, line in found:
            yield Touch(kind, name, access, file, line or definition.line)

    def _named(self, definition: Definition, module: str) -> Iterator[tuple[str, str, str, int]]:
        lines = {call.chain: call.line for call in definition.calls}
        stored = {store.chain: store.line for store in definition.stores}
        for chain in {*definition.uses, *lines, *stored}:
            text = self._names.of(chain, module, definition.name)
            line = stored.get(chain, lines.get(chain, 0))
            if chain in lines and not aws.operation(text):
                called = aws.operation(self._names.by_field(chain))
                if called:
                    yield "aws", f"{called[0]}:{called[1]}", "", line
            if not text:
                continue
            yield from self._one(text, is_stored=chain in stored, line=line)
        for call in definition.calls:
            yield from self._file(
                self._names.of(call.chain, module, definition.name), call.args, call.line
            )

    def _one(
        self, text: str, *, is_stored: bool, line: int
    ) -> Iterator[tuple[str, str, str, int]]:
        access = "write" if is_stored else "read"
        called = aws.operation(text)
        if called:
            yield "aws", f"{called[0]}:{called[1]}", "", line
        elif found := _REQUEST.match(text):
            key = _KEY.match(found.group(2).removeprefix("()"))
            name = found.group(1) + (f".{key.group(2)}" if key else "")
            yield "request", name.replace("get_json", "json"), access, line
        elif found := _SESSION.match(text):
            key = _KEY.match(found.group(1))
            wrote = is_stored or found.group(1).startswith((".pop", ".clear", ".setdefault"))
            yield "session", key.group(2) if key else "*", "write" if wrote else "read", line
        elif (found := _G.match(text)) and (found.group(1) or found.group(2)):
            yield "g", found.group(1) or "*", access, line
        elif found := _APP.match(text):
            key = _KEY.match(found.group(2))
            if found.group(1) == "config":
                yield "config", key.group(2) if key else "*", access, line
            else:
                yield "current_app", found.group(1), access, line
        elif found := _ENV.match(text):
            key = re.match(r"""^(?:\.get|\.setdefault|\.pop)?[(\[](['"])(.*?)\1""", found.group(1))
            yield "env", key.group(2) if key else "*", access, line
        elif found := _HTTP.match(text):
            yield "http", f"{found.group(1)}.{found.group(2)}", "", line

    def _file(self, text: str, args: Chain, line: int) -> Iterator[tuple[str, str, str, int]]:
        name = args[0].strip("'\"") if args and args[0][:1] in "'\"" else "*"
        if text.startswith(("builtins.open(", "io.open(", "codecs.open(")):
            mode = args[1] if len(args) > 1 else "'r'"
            wrote = any(letter in mode for letter in "wax+")
            yield "file", name, "write" if wrote else "read", line
        elif text.startswith(("pathlib.Path(", "os.", "shutil.")):
            last = re.findall(r"\.(\w+)\([^()]*\)$", text)
            step = last[0] if last else ""
            if step in _PATH_WRITES or text.startswith(("os.remove", "os.mkdir", "shutil.copy")):
                yield "file", name, "write", line
            elif step in _PATH_READS:
                yield "file", name, "read", line

    def _sql(self, definition: Definition) -> Iterator[tuple[str, str, str, int]]:
        for text, line in definition.strings:
            if _SQL.match(text.removeprefix("f'").removeprefix('f"')):
                for word, table in _TABLE.findall(text):
                    first = word.split()[0].upper()
                    is_delete = first == "FROM" and text.lstrip("f'\" \n").upper().startswith(
                        "DELETE"
                    )
                    access = "write" if first in _WRITES or is_delete else "read"
                    yield "table", table.strip('"`'), access, line

    def _model(self, definition: Definition, module: str) -> Iterator[tuple[str, str, str, int]]:
        table = definition.values.get("__tablename__", [("",)])[0][0]
        outside = [o for base, o in self._index.bases(module, definition) if base is None]
        followed = [self._names.of(base, module, definition.parent) for base in definition.bases]
        is_model = any(
            text.endswith((".Model", ".DeclarativeBase", "declarative_base()"))
            for text in (*outside, *followed)
        )
        if table.startswith("=") or is_model:
            shown = f" ({table[1:].strip(chr(39))})" if table.startswith("=") else ""
            yield "model", f"{definition.name}{shown}", "", definition.line
