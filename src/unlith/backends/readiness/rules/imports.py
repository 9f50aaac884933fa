"""LR6xx: what is imported, how much of it, and clients made at the wrong time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unlith.backends.readiness.rule import AppPage, Hit, Page, Place, Rule, W


def client_in_handler(page: Page) -> Iterator[Hit]:
    """Yield AWS clients made while serving."""
    for call, text in page.calls(page.serving()):
        if re.match(r"^boto3\.((session\.)?Session\([^)]*\)\.)?(client|resource)$", text):
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
    """Yield requirement files with versions left open."""
    for root in app.roots:
        for name in ("requirements.txt", "requirements/base.txt", "requirements/prod.txt"):
            file = root / name
            if not file.is_file():
                continue
            for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
                text = line.split("#")[0].strip()
                if re.match(r"^[A-Za-z0-9]", text) and "==" not in text and " @ " not in text:
                    yield Place(f"{text!r} is not pinned to one version", str(file), number)


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
