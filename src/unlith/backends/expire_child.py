"""Signs session cookies anew as if long ago, in a process of its own; the app knows the key.

Run as ``python -m unlith.backends.expire_child ANSWER_FILE`` with the job as JSON on standard
input: ``{"target": …, "paths": […], "cookies": […]}``. It writes ``{"ok": [cookie or null, …]}``
or ``{"error": …}``. Flask's session is itsdangerous' URLSafeTimedSerializer
(https://github.com/pallets/flask/blob/main/src/flask/sessions.py, read 2026-11).
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from unlith.backends.inspect_child import load_app

DAY = 86_400


def main() -> None:
    """Read the job, write the answer."""
    job = json.load(sys.stdin)
    sys.path[:0] = [path for path in job["paths"] if path not in sys.path]
    answer: dict[str, object]
    try:
        app, _ = load_app(job["target"])
        answer = {"ok": [aged(app, cookie) for cookie in job["cookies"]]}
    except BaseException as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(answer, file)
    sys.stdout.flush()
    os._exit(0)


def aged(app: Any, cookie: str) -> str | None:
    """Give a cookie with the same content, signed when it would be over by now; None if not ours.

    Server-side sessions and foreign cookies are not ours.
    """
    try:
        serializer = app.session_interface.get_signing_serializer(app)
        content = serializer.loads(cookie)
    except Exception:
        return None
    over = int(time.time()) - int(app.permanent_session_lifetime.total_seconds()) - 2 * DAY
    make = serializer.make_signer

    def old_signer(salt: Any = None) -> Any:
        signer = make(salt)
        signer.get_timestamp = lambda: over
        return signer

    serializer.make_signer = old_signer
    signed = serializer.dumps(content)
    return signed.decode() if isinstance(signed, bytes) else str(signed)


if __name__ == "__main__":
    main()
