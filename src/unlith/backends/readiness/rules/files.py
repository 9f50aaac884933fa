"""LR2xx: files. Only ``/tmp`` can be written on Lambda, and each environment has its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unlith.backends.readiness.bodies import line_of_word
from unlith.backends.readiness.rule import AppPage, E, Hit, N, Page, Place, Rule, W
from unlith.backends.survey.reading import Call, Definition

_OPEN = ("builtins.open", "io.open", "codecs.open")
_WRITERS = frozenset(
    """os.mkdir os.makedirs os.remove os.rename os.replace os.unlink shutil.copy shutil.copyfile
    shutil.move shutil.copytree shutil.rmtree os.symlink""".split()
)
_PATH_WRITES = re.compile(r"^pathlib\.Path\(.*\)\.(write_text|write_bytes|mkdir|touch|unlink)$")
_TMP = re.compile(r"^f?[rb]?['\"]/tmp/|tempfile|gettempdir")
_HANDLERS = frozenset({"FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler"})


def writes(page: Page) -> Iterator[Hit]:
    """Yield writes to files elsewhere than in /tmp."""
    for definition in page.serving():
        for call, text in page.calls([definition]):
            if not _is_temporary(page, definition, call):
                yield from _write(call, text)


def _write(call: Call, text: str) -> Iterator[Hit]:
    first = call.args[0] if call.args else ""
    mode = call.args[1] if len(call.args) > 1 else call.keywords.get("mode", "'r'")
    if text in _OPEN and re.match(r"^['\"][rbt+]*[wax+]", mode):
        yield call.line, f"open({first}, {mode}) writes a file"
    elif text in _WRITERS:
        yield call.line, f"{text}() changes the file system"
    elif _PATH_WRITES.match(text):
        yield call.line, f"{text.rpartition('.')[2]}() writes a file"
    elif re.match(r"^flask\.request\.files\b.*\.save$", text):
        yield call.line, "an upload is saved to a file"


def _is_temporary(page: Page, definition: Definition, call: Call) -> bool:
    # Names are followed to what they are bound to, within the function and to module constants.
    texts = [*call.args, *call.keywords.values(), "".join(call.chain)]
    seen: set[str] = set()
    while texts:
        text = texts.pop()
        if _TMP.search(text):
            return True
        for name in set(re.findall(r"(?<![.\w'\"])[A-Za-z_]\w*", text)) - seen:
            seen.add(name)
            if re.match(r"(tmp|temp)", name, re.I):
                return True
            bound = definition.values.get(name) or page.reading.body.values.get(name, [])
            texts += ["".join(chain) for chain in bound]
    return False


def durable_tmp(page: Page) -> Iterator[Hit]:
    """Yield reads of fixed names below /tmp: another request may have gone elsewhere."""
    for call, text in page.calls(page.serving()):
        first = call.args[0] if call.args else ""
        mode = call.args[1] if len(call.args) > 1 else "'r'"
        is_read = text in _OPEN and not re.search(r"[wax]", mode)
        if is_read and re.match(r"^['\"]/tmp/", first):
            yield call.line, f"{first} is read: who wrote it may have run in another environment"


def sqlite_file(page: Page) -> Iterator[Hit]:
    """Yield SQLite databases in files."""
    for definition in page.everywhere():
        compared = page.compared(definition)
        for text, line in definition.strings:
            if line not in compared and re.match(
                r"^f?['\"]?sqlite(\+\w+)?:///(?!:memory:|['\"]?$)[^(*^|]*$", text
            ):
                yield line, "the database is a SQLite file"
        for call in definition.calls:
            name = page.called(call, definition)
            first = call.args[0] if call.args else ""
            is_file = name == "sqlite3.connect" and ":memory:" not in first
            if is_file and not call.is_guarded and not _is_temporary(page, definition, call):
                yield call.line, "the database is a SQLite file"


def relative_path(page: Page) -> Iterator[Hit]:
    """Yield files opened relative to the working directory."""
    for call, text in page.calls(page.everywhere()):
        first = call.args[0] if call.args else ""
        if text in _OPEN and re.match(r"^['\"][\w.][^:]*['\"]$", first):
            yield call.line, f"{first} is looked for in the working directory"


def log_file(page: Page) -> Iterator[Hit]:
    """Yield loggers that write to files."""
    for call, text in page.calls(page.everywhere()):
        if text.startswith("logging.") and text.rpartition(".")[2] in _HANDLERS:
            yield call.line, f"{text.rpartition('.')[2]} writes a log file"
        elif text == "logging.basicConfig" and "filename" in call.keywords:
            yield call.line, "logging.basicConfig(filename=…) writes a log file"


def upload(app: AppPage) -> Iterator[Place]:
    """Yield uploads that the function takes itself, without a limit."""
    settings = dict(app.survey.facts.config)
    if settings.get("MAX_CONTENT_LENGTH"):
        return
    for page in app.pages:
        source = app.index.tree.find(page.module)
        for definition in page.serving():
            lines = [
                call.line
                for call in definition.calls
                if "flask.request.files" in page.names.of(call.chain, page.module, definition.name)
            ]
            uses = [
                chain
                for chain in definition.uses
                if page.names.of(chain, page.module, definition.name).startswith(
                    "flask.request.files"
                )
            ]
            line = min(lines, default=line_of_word(page, definition, "files"))
            if uses and source is not None and line:
                yield Place("uploads come through the function, and MAX_CONTENT_LENGTH is not set",
                            str(source.file), line)  # fmt: skip


def static_files(app: AppPage) -> Iterator[Place]:
    """Yield static files that the app serves itself."""
    root = app.survey.facts.root_path
    for rule in app.survey.rules:
        is_default = rule.rule == "/static/<path:filename>" and rule.endpoint == "static"
        if is_default and root and not Path(root, "static").is_dir():
            continue  # Flask adds the rule whether or not there is such a folder
        if rule.kind == "static":
            yield Place(f"{rule.rule} is served by the app", routes=app.routes_of(rule))


def temporary_left(page: Page) -> Iterator[Hit]:
    """Yield temporary files and folders that nobody removes."""
    for definition in page.serving():
        called = " ".join("".join(call.chain) for call in definition.calls)
        removes = any(
            word in called for word in ("rmtree", ".unlink", "os.remove", "os.replace", "move")
        )
        removes = removes or any("tempfile" in "".join(chain) for chain in definition.returns)
        for call, text in page.calls([definition]):
            kept = text == "tempfile.NamedTemporaryFile" and call.keywords.get("delete") == "False"
            if (kept or text in ("tempfile.mkdtemp", "tempfile.mkstemp")) and not removes:
                yield call.line, f"{text}() leaves something in /tmp"


RULES = (
    Rule("LR201", E, "Write outside /tmp", "S3, or /tmp for what may vanish",
         "def view():\n    open('uploads/a', 'w')\n", "def view():\n    open('/tmp/a', 'w')\n",
         source=writes,
         dynamic="a read-only file system"),
    Rule("LR202", W, "Temporary folder used as a durable store", "S3 or DynamoDB",
         "def view():\n    open('/tmp/state.json')\n", "def view():\n    open(__file__)\n",
         source=durable_tmp),
    Rule("LR203", E, "SQLite database in a file", "RDS, Aurora or DynamoDB",
         "SQLALCHEMY_DATABASE_URI = 'sqlite:///app.db'\ndef view(): pass\n",
         "SQLALCHEMY_DATABASE_URI = 'sqlite:///:memory:'\ndef view(): pass\n", source=sqlite_file),
    Rule("LR204", W, "Path relative to the working directory", "importlib.resources or __file__",
         "def view():\n    open('data.csv')\n",
         "import os\ndef view():\n    open(os.path.join(os.path.dirname(__file__), 'data.csv'))\n",
         source=relative_path),
    Rule("LR205", W, "Log written to a file", "standard output, as JSON",
         "import logging\nhandler = logging.FileHandler('a.log')\ndef view(): pass\n",
         "import logging\nhandler = logging.StreamHandler()\ndef view(): pass\n", source=log_file),
    Rule("LR206", W, "Upload through the function (6 MB limit)", "presigned S3 uploads",
         "from flask import request\n@app.post('/')\ndef view():\n    request.files['f']\n",
         "from flask import request\n@app.post('/')\ndef view():\n    request.form['f']\n",
         app=upload),
    Rule("LR207", N, "Static files served by the app", "a CDN or S3",
         "app = Flask(__name__, static_folder='assets')\ndef view(): pass\n",
         "app = Flask(__name__)  # and there is no folder static/\n"
         "app.add_url_rule('/', 'view', lambda: '')\ndef view(): pass\n", app=static_files),
    Rule("LR208", N, "Temporary file not removed", "a context manager",
         "import tempfile\ndef view():\n    tempfile.mkdtemp()\n",
         "import tempfile\ndef view():\n    with tempfile.TemporaryDirectory(): pass\n",
         source=temporary_left),
)  # fmt: skip
