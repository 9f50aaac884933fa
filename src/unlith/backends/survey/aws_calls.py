"""Every call to AWS that some definitions make, with what it reaches as far as reading knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unlith.backends.aws import models
from unlith.backends.survey import aws
from unlith.backends.survey.chains import steps_of
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.names import Names
from unlith.backends.survey.reading import Call, Definition
from unlith.backends.survey.texts import Texts
from unlith.domain.iam.arns import DEFAULTS, PARAMETERS
from unlith.domain.iam.values import AwsCall, Name

_NESTED = re.compile(r"\.get_(paginator|waiter)\((['\"])(\w+)\2\)")
_PARTS = re.compile(r"\.(Table|Bucket|Object|ObjectSummary|Queue|Topic|Stream)\(([^()]*)\)")
_POSITIONS = {"upload_file": 1, "upload_fileobj": 1, "download_file": 0, "download_fileobj": 0}
"""Where boto3's own methods take the bucket, of those that take it without a name."""


class AwsCalls:
    """Finds calls; what one definition calls is found once."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._names = Names(index)
        self._texts = Texts(index, self._names)
        self._memo: dict[Node, tuple[AwsCall, ...]] = {}

    def of(self, nodes: Iterable[Node]) -> tuple[AwsCall, ...]:
        """Give the calls of some nodes."""
        found: set[AwsCall] = set()
        for node in nodes:
            if node[0] == "def":
                if node not in self._memo:
                    self._memo[node] = tuple(self._in(node))
                found.update(self._memo[node])
        return tuple(sorted(found))

    # Private

    def _in(self, node: Node) -> Iterator[AwsCall]:
        definition = self._index.definition(node)
        source = self._index.tree.find(node[1])
        if definition is None or source is None:
            return
        file = self._index.tree.show(source.file)
        found: list[AwsCall] = []
        for call in definition.calls:
            if call.chain[0] == "getattr" and len(call.args) > 1:
                found += self._by_name(call, f"{file}:{call.line}", node)
                continue
            text = self._text(call, node)
            told = aws.operation(text)
            if told:
                found += self._made(call, text, told, f"{file}:{call.line}", node)
        named = {(one.service, one.operation) for one in found if one.names}
        for one in found:
            # `get_paginator` alone is said again, with names, by the call of what it gives.
            if one.names or (one.service, one.operation) not in named:
                yield one

    def _text(self, call: Call, node: Node) -> str:
        text = self._names.of(call.chain, node[1], node[2])
        return text if aws.operation(text) else self._names.by_field(call.chain)

    def _by_name(self, call: Call, place: str, node: Node) -> Iterator[AwsCall]:
        # getattr(client, operation)(…): the method is named by a variable.
        of = self._names.of(steps_of(call.args[0]), node[1], node[2])
        if not aws.is_made(of):
            return
        for name in self._texts.of(call.args[1], node[1], node[2]):
            told = aws.operation(f"{of}.{name.text}()") if name.text.isidentifier() else None
            for operation in _operations(*told, f"{of}.{name.text}()", call) if told else ():
                prefix = models.prefix(told[0]) if told else ""
                yield AwsCall(told[0] if told else "", prefix, operation, (), (), place, True)

    def _made(
        self, call: Call, text: str, told: tuple[str, str], place: str, node: Node
    ) -> Iterator[AwsCall]:
        service, method = told
        prefix = models.prefix(service)
        names = self._reached(call, text, prefix, node)
        given = tuple(sorted(name for name in call.keywords if name != "**"))
        for operation in _operations(service, method, text, call):
            yield AwsCall(
                service, prefix, operation, names, given, place, is_open="**" in call.keywords
            )

    def _reached(self, call: Call, text: str, prefix: str, node: Node) -> tuple[Name, ...]:
        found: list[Name] = []
        for parameter in PARAMETERS.get(prefix, ()):
            if parameter in call.keywords:
                found += self._texts.of(call.keywords[parameter], node[1], node[2])
        method = call.chain[-2].lstrip(".") if len(call.chain) > 1 else ""
        place = _POSITIONS.get(method, len(call.args))
        if not found and place < len(call.args) and ".Bucket(" not in text:
            found += self._texts.of(call.args[place], node[1], node[2])
        if not found:
            found += self._of_resource(text)
        if not found and prefix in DEFAULTS and not call.keywords.keys() & {"**", "Entries"}:
            found.append(Name(DEFAULTS[prefix]))
        return tuple(dict.fromkeys(found))

    def _of_resource(self, text: str) -> Iterator[Name]:
        # boto3.resource('dynamodb').Table(…): what it was made with stands where it was made.
        part = _PARTS.search(text)
        if part is None:
            return
        if part.group(2)[:1] in ("'", '"'):
            yield Name(part.group(2).strip("'\""))
            return
        start = text[: part.end()]
        for module, definition, call in self._makers(f".{part.group(1)}"):
            if self._names.of(call.chain, module, definition.name) == start and call.args:
                yield from self._texts.of(call.args[0], module, definition.name)

    def _makers(self, step: str) -> Iterator[tuple[str, Definition, Call]]:
        for reading in list(self._index.known()):
            for definition in reading.definitions.values():
                for call in definition.calls:
                    if len(call.chain) > 1 and call.chain[-2] == step:
                        yield reading.module, definition, call


# Private


def _operations(service: str, method: str, text: str, call: Call) -> tuple[str, ...]:
    nested = _NESTED.search(text)
    if nested:
        find = (
            models.client_operation if nested.group(1) == "paginator" else models.waiter_operation
        )
        found = find(service, nested.group(3))
        return (found,) if found else ()
    if ".resource(" in text and ".meta.client" not in text:
        start = text[text.index(".resource(") + len(".resource(") :].partition(")")[2]
        walked = models.resource_operations(service, start)
        if walked:
            return walked
    if method == "generate_presigned_url":
        told = call.keywords.get("ClientMethod", call.args[0] if call.args else "")
        method = told.strip("'\"")
    found = models.client_operation(service, method)
    return (found,) if found else ()
