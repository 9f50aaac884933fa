"""LR8xx: functions that call functions, and consumers of batches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unlith.backends.readiness.rule import E, Hit, Page, Rule, W


def synchronous_invoke(page: Page) -> Iterator[Hit]:
    """Yield functions that wait for another function."""
    for call, text in page.calls(page.everywhere()):
        is_invoke = re.match(r"^boto3\..*client\('lambda'\)\.invoke$", text)
        if is_invoke and "Event" not in call.keywords.get("InvocationType", ""):
            yield call.line, "a function waits for another and pays for both"


def whole_batch_fails(page: Page) -> Iterator[Hit]:
    """Yield batch handlers that do not say which records failed."""
    for definition in page.reading.definitions.values():
        if definition.kind != "function" or definition.parameters[:1] != ["event"]:
            continue
        reads = any("['Records']" in "".join(chain) for chain in definition.uses)
        told = any(text == "batchItemFailures" for text, _ in definition.strings)
        if reads and not told:
            yield definition.line, f"{definition.name}() gives no batchItemFailures"


RULES = (
    Rule("LR801", W, "Function that waits for a function", "an event, or one function",
         "import boto3\ndef view():\n    boto3.client('lambda').invoke(FunctionName='f')\n",
         "import boto3\ndef view():\n    boto3.client('lambda').invoke(FunctionName='f', "
         "InvocationType='Event')\n", source=synchronous_invoke),
    Rule("LR802", E, "One bad record fails the whole batch", "answer with batchItemFailures",
         "def handler(event, context):\n    for r in event['Records']: print(r)\n"
         "def view(): pass\n",
         "def handler(event, context):\n    for r in event['Records']: print(r)\n"
         "    return {'batchItemFailures': []}\ndef view(): pass\n", source=whole_batch_fails),
)  # fmt: skip
