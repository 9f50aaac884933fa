"""LR8xx: functions that call functions, and consumers of batches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unlith.backends.readiness.rule import AppPage, E, Hit, Page, Place, Rule, W
from unlith.backends.survey.reading import Definition


def synchronous_invoke(page: Page) -> Iterator[Hit]:
    """Yield functions that wait for another function."""
    for call, text in page.calls(page.everywhere()):
        is_invoke = re.match(r"^boto3\..*client\('lambda'\)\.invoke$", text)
        if is_invoke and "Event" not in call.keywords.get("InvocationType", ""):
            yield call.line, "a function waits for another and pays for both"


def whole_batch_fails(page: Page) -> Iterator[Hit]:
    """Yield batch handlers that do not say which records failed."""
    for definition in page.reading.definitions.values():
        if definition.kind != "function":
            continue
        reads = _reads_records(definition)
        told = any(text == "batchItemFailures" for text, _ in definition.strings)
        if reads and not told:
            yield definition.line, f"{definition.name}() gives no batchItemFailures"


def unguarded_consumer(app: AppPage) -> Iterator[Place]:
    """Yield consumers that would do a record's work twice, and queues that never give up.

    SQS and the streams deliver a record at least once; a queue with no dead-letter queue keeps a
    record that always fails until it expires.
    """
    for page in app.pages:
        source = app.index.tree.find(page.module)
        for definition in page.reading.definitions.values():
            is_consumer = definition.kind == "function" and _reads_records(definition)
            if is_consumer and source is not None and not _knows_repeats(page, definition):
                yield Place(f"{definition.name}() does a record that comes twice twice",
                            str(source.file), definition.line)  # fmt: skip
    for root in app.roots:
        for name in ("template.yaml", "template.yml", "serverless.yml", "serverless.yaml"):
            if (root / name).is_file():
                yield from _queues_without_end(root / name)


def _reads_records(definition: Definition) -> bool:
    return definition.parameters[:1] == ["event"] and any(
        "['Records']" in "".join(chain) for chain in definition.uses
    )


def _knows_repeats(page: Page, definition: Definition) -> bool:
    # An idempotency decorator, a record's own id, or a conditional write anywhere in the module.
    around = "".join("".join(chain) for chain in definition.decorators)
    return re.search(r"idempot", around + page.text, re.I) is not None or any(
        word in page.text
        for word in ("messageId", "ConditionExpression", "ON CONFLICT", "eventID")
    )


def _queues_without_end(file: Path) -> Iterator[Place]:
    # By indentation: a queue's own block has no RedrivePolicy and nothing sends its dead to it.
    lines = file.read_text("utf-8", "replace").splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"^(\s*)Type:\s*['\"]?AWS::SQS::Queue\b", line)
        if not found:
            continue
        indent = len(found.group(1))
        block = []
        for other in lines[number + 1 :]:
            if other.strip() and len(other) - len(other.lstrip()) < indent:
                break
            block.append(other)
        name = _name_above(lines, number, indent)
        is_end = any(re.search(rf"deadLetterTargetArn.*\b{re.escape(name)}\b", o) for o in lines)
        is_end = is_end or re.search(r"dlq|dead", name, re.I) is not None
        if not is_end and not any("RedrivePolicy" in other for other in block):
            yield Place(f"the queue {name} has no RedrivePolicy", str(file), number + 1)


def _name_above(lines: list[str], number: int, indent: int) -> str:
    for line in reversed(lines[:number]):
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            return line.strip().rstrip(":")
    return ""


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
    Rule("LR803", W, "Consumer without memory or end", "an idempotency key, a dead-letter queue",
         "def handler(event, context):\n    for r in event['Records']: print(r)\n"
         "def view(): pass\n",
         "SEEN = 'a table'\ndef handler(event, context):\n    for r in event['Records']:\n"
         "        print(SEEN, r['messageId'])\ndef view(): pass\n", app=unguarded_consumer),
)  # fmt: skip
