"""LR6xx: what is imported, how much of it, and clients made at the wrong time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unlith.backends.readiness.bodies import is_kept
from unlith.backends.readiness.pins import has_lock, is_exact, requirement_lines
from unlith.backends.readiness.rule import AppPage, Hit, Page, Place, Rule, W

_CLIENT = re.compile(r"^boto3\.((session\.)?Session\([^)]*\)\.)?(client|resource)$")


def client_in_handler(page: Page) -> Iterator[Hit]:
    """Yield AWS clients made while serving."""
    for definition in page.serving():
        for call, text in page.calls([definition]):
            if _CLIENT.match(text) and not is_kept(page, definition, call.line):
                yield call.line, f"{text}() is made again for each request"


def imports_the_app(page: Page) -> Iterator[Hit]:
    """Yield imports of the module that makes the app from modules with views."""
    target = page.app_module
    if not target or page.module == target or not page.reached:
        return
    for name, found in page.reading.body.imports.items():
        if found.module == target and found.attribute in page.app_names:
            yield found.line, f"`{name}` comes from {target}: the view needs the whole app"


def unpinned(app: AppPage) -> Iterator[Place]:
    """Yield, once for a file, the requirements left open; a lock file beside them is enough."""
    for root in app.roots:
        if has_lock(root):
            continue
        by_file: dict[Path, list[tuple[int, str]]] = {}
        for file, number, text in requirement_lines(root):
            by_file.setdefault(file, [])
            if not is_exact(text):
                by_file[file].append((number, text))
        for file, left in by_file.items():
            names = ", ".join(re.split(r"[\s=<>!~;\[]", text)[0] for _, text in left[:3])
            if left:
                more = ", …" if len(left) > 3 else ""
                said = f"{len(left)} requirements are not pinned to one version: {names}{more}"
                yield Place(said, str(file), left[0][0])


RULES = (
    Rule("LR606", W, "Dependency not pinned", "a lock file with hashes",
         "# requirements.txt: flask\ndef view(): pass\n",
         "# requirements.txt: flask==3.1.0\ndef view(): pass\n", app=unpinned),
    Rule("LR607", W, "AWS client made in the handler", "module level, or at first use",
         "import boto3\ndef view():\n    boto3.client('s3')\n",
         "import boto3\ns3 = boto3.client('s3')\ndef view():\n    s3.put_object()\n",
         source=client_in_handler),
    Rule("LR608", W, "View that imports the app", "blueprints, and what they need as arguments",
         "# other module: from app import app\ndef view(): pass\n", "def view(): pass\n",
         source=imports_the_app),
)  # fmt: skip
