"""What each function calls in AWS: by reading what its handler reaches, and as parity runs saw it.

A pure function is read from its own folder on, a slim one from its routes too; the whole app is
all routes, with what the settings include. Nothing is imported here, and AWS is not asked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

from unlith.backends.aws import models
from unlith.backends.parity_records import recorded
from unlith.backends.survey.analysis import Analysis
from unlith.backends.survey.aws_calls import AwsCalls
from unlith.backends.survey.index import Node
from unlith.backends.survey.reach import Reached
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.iam.policy import Known, Policy, policy
from unlith.domain.iam.values import AwsCall, Name
from unlith.domain.stage import Stage
from unlith.domain.survey import Survey
from unlith.files.settings import Settings


class Permissions:
    """Gives policies; the project is read once, and only when asked."""

    def __init__(
        self,
        settings: Settings,
        survey: Callable[[], Survey],
        functions: Callable[[], Iterable[FunctionInfo]],
    ) -> None:
        self._settings, self._survey = settings, survey
        self._functions = functions

    def policy(self, name: str, stage: Stage | None) -> Policy:
        """Give a function's policy; without a stage names are those of local runs."""
        environ = self._settings.environ if stage is None else stage.environ
        known = Known(environ, stage.resources if stage is not None else {})
        return policy(name, (*self._read(name), *self._seen(name)), known)

    # Private

    @functools.cached_property
    def _analysis(self) -> Analysis:
        survey, settings = self._survey(), self._settings
        sources = (*settings.sources, settings.extracted)
        analysis = Analysis(survey, sources, settings.root)
        handlers = [_module(function) for function in self._functions()]
        closure = analysis.tree.closure(handlers, self._settings.include)
        analysis.read_all({*survey.modules, *closure.modules})
        analysis.closures()
        return analysis

    @functools.cached_property
    def _calls(self) -> AwsCalls:
        return AwsCalls(self._analysis.index)

    def _read(self, name: str) -> tuple[AwsCall, ...]:
        function = next((one for one in self._functions() if one.name == name), None)
        analysis = self._analysis
        roots: list[Node] = []
        if function is not None:
            package = _module(function).partition(".")[0]
            roots += self._below(package)
        if function is None or function.level is Level.SLIM:
            told = None if function is None else {*map(str, function.routes)}
            for key, routes in analysis.route_names().items():
                if told is None or told & set(routes):
                    reached = analysis.walk.reached.get(key)
                    roots += reached.nodes if reached is not None else ()
        if function is None:
            for item in self._settings.include:
                roots += self._below(item.removesuffix(".*"))
        reached = analysis.reach.grow(Reached(), roots)
        return self._calls.of(reached.nodes)

    def _below(self, package: str) -> Iterator[Node]:
        for reading in list(self._analysis.index.known()):
            if reading.module == package or reading.module.startswith(f"{package}."):
                yield from (("def", reading.module, name) for name in reading.definitions)

    def _seen(self, name: str) -> Iterator[AwsCall]:
        run = recorded(self._settings).get(name, {})
        calls = run.get("calls")
        by_value = {value: name for name, value in self._settings.environ.items() if value}
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, Mapping):
                yield _seen_call(call, by_value)


# Private


def _module(function: FunctionInfo) -> str:
    return function.handler.rpartition(".")[0].replace("/", ".")


def _seen_call(call: Mapping[str, object], by_value: Mapping[str, str]) -> AwsCall:
    # A name that a setting of local runs holds is another one on a stage.
    service, operation = str(call.get("service")), str(call.get("operation"))
    names, given = call.get("names"), call.get("given")
    return AwsCall(
        service,
        models.prefix(service),
        operation,
        tuple(
            Name(variable=by_value[text]) if text in by_value else Name(text)
            for text in (map(str, names) if isinstance(names, list) else ())
        ),
        tuple(map(str, given)) if isinstance(given, list) else (),
    )
