"""Listens to what the facade is asked and puts it on a tape; the answers are not changed."""

from __future__ import annotations

import time

from unlith.backends.local.server import Answering
from unlith.domain.exchange import HttpAnswer, HttpRequest
from unlith_record.recorder import Taping
from unlith_record.redact import Redactor


class Tap:
    """Offers each exchange to a tape, after its answer was made."""

    def __init__(self, taping: Taping) -> None:
        self._taping = taping

    def __call__(self, answering: Answering) -> Answering:
        """Give what answers as before, and is heard."""

        def heard(request: HttpRequest, client_address: str) -> HttpAnswer:
            answer = answering(request, client_address)
            self._taping.offer(
                {
                    "method": request.method,
                    "target": request.target,
                    "headers": request.headers,
                    "body": request.body,
                    "who": f"{client_address} {request.header('user-agent')}",
                    "at": time.time(),
                    "answer": {
                        "status": answer.status,
                        "headers": answer.headers,
                        "bytes": len(answer.body),
                    },
                }
            )
            return answer

        return heard


class Plain(Redactor):
    """Leaves values as they were sent: for data that are nobody's."""

    def target(self, target: str) -> str:
        """Give the target as it is."""
        return target

    def header(self, name: str, value: str) -> str:
        """Give the value as it is."""
        return value

    def body(self, body: bytes, kind: str) -> bytes:
        """Give the body as it is."""
        return body
