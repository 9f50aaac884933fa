"""Extract: a route's function is written beside the monolith, whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Set
from dataclasses import dataclass

from unlith.domain.extraction import Carried, function_name, is_function_name
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.route import Route
from unlith.domain.survey import Survey, SurveyedRule
from unlith.errors import AlreadyExtracted, ExtractionRefused, UsageError
from unlith.ports import Carrier, FunctionShelf


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """What was asked for: routes that become one function; no name means a made one."""

    routes: tuple[Route, ...]
    level: Level = Level.SLIM
    name: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The function, and the files that were written, relative to the workspace."""

    function: FunctionInfo
    files: tuple[str, ...]


def extract(
    request: ExtractRequest, survey: Survey, carrier: Carrier, shelf: FunctionShelf
) -> Extracted:
    """Write a function for some routes of the surveyed app.

    Raises:
        RouteNotFound: if the app has no such route.
        AlreadyExtracted: if a route has a function already, or the name is taken.
        ExtractionRefused: with every blocker at once; nothing was written.
    """
    rules = _rules(request, survey)
    known = shelf.functions()
    _check_routes(request, known)
    modules = {module.partition(".")[0] for module in survey.modules} | sys.stdlib_module_names
    name = _name(request, {function.name for function in known} | set(shelf.names()), modules)
    carried = carrier.carry(survey, rules, name, request.level)
    if carried.blockers:
        raise _refused(request, carried)
    info = FunctionInfo(
        name=name,
        level=request.level,
        routes=request.routes,
        endpoints=tuple(dict.fromkeys(rule.endpoint for rule in rules)),
        handler=f"{name}.handler.handler",
        environ=carried.environ,
        carried=carried.hooks,
        omitted=carried.omitted,
        sources=carried.sources,
    )
    return Extracted(info, shelf.put(info, carried.files))


# Private


def _rules(request: ExtractRequest, survey: Survey) -> tuple[SurveyedRule, ...]:
    if not request.routes:
        raise UsageError("no route was named", hint='unlith extract "GET /orders/<int:id>"')
    return tuple(dict.fromkeys(survey.find(route) for route in request.routes))


def _check_routes(request: ExtractRequest, known: tuple[FunctionInfo, ...]) -> None:
    for function in known:
        for route in request.routes:
            if route in function.routes:
                raise AlreadyExtracted(
                    f"{str(route)!r} is extracted already, as {function.name}",
                    hint=f"remove the folder {function.name} to extract it again",
                )


def _name(request: ExtractRequest, taken: set[str], modules: Set[str]) -> str:
    if not request.name:
        return function_name(request.routes[0], taken | modules)
    if not is_function_name(request.name):
        raise UsageError(
            f"not a name for a function: {request.name!r}",
            hint="use lower-case letters, digits and _, and start with a letter",
        )
    if request.name in modules:
        raise UsageError(
            f"{request.name!r} is the name of a module that the function would hide",
            hint="choose another name with --name",
        )
    if request.name in taken:
        raise AlreadyExtracted(
            f"there is a function or folder {request.name!r} already",
            hint="choose another name with --name",
        )
    return request.name


def _refused(request: ExtractRequest, carried: Carried) -> ExtractionRefused:
    count = len(carried.blockers)
    routes = ", ".join(str(route) for route in request.routes)
    reasons = f"{count} reasons are" if count > 1 else "one reason is"
    hint = ""
    if request.level is Level.PURE:
        hint = (
            f'extract it at level slim, which runs the view under Flask: unlith extract "{routes}"'
        )
    return ExtractionRefused(
        f"cannot extract {routes} at level {request.level}; {reasons} in the way",
        [str(blocker) for blocker in carried.blockers],
        hint=hint,
    )
