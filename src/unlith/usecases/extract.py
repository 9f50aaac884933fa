"""Extract: a route's function is written beside the monolith, whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Set
from dataclasses import dataclass, replace

from unlith.domain.extraction import Carried, function_name, is_function_name
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.route import Route
from unlith.domain.survey import Survey, SurveyedRule
from unlith.errors import AlreadyExtracted, ExtractionRefused, UsageError
from unlith.ports import Carrier, FunctionShelf


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """What was asked for: routes that become one function; no name means a made one.

    ``again`` names a function that is to be written again instead, at its level if none is given.
    """

    routes: tuple[Route, ...] = ()
    level: Level | None = None
    name: str = ""
    again: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The function, and the files that were written or removed, relative to the workspace.

    ``warnings`` are places whose behaviour differs once the route runs apart, as text.
    """

    function: FunctionInfo
    files: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def extract(
    request: ExtractRequest, survey: Survey, carrier: Carrier, shelf: FunctionShelf
) -> Extracted:
    """Write a function for some routes of the surveyed app, or one that is there again.

    Raises:
        RouteNotFound: if the app has no such route.
        AlreadyExtracted: if a route has a function already, or the name is taken.
        ExtractionRefused: with every blocker at once; nothing was written.
        EditedByHand: if writing again would lose what was edited; nothing was written.
    """
    known = shelf.functions()
    old = _old(request, known) if request.again else None
    if old is not None:
        request = replace(request, routes=old.routes, level=request.level or old.level)
    level = request.level or Level.SLIM
    rules = _rules(request, survey)
    if old is None:
        _check_routes(request, known)
    modules = {module.partition(".")[0] for module in survey.modules} | sys.stdlib_module_names
    taken = {function.name for function in known} | set(shelf.names())
    name = old.name if old else _name(request, taken, modules)
    carried = carrier.carry(survey, rules, name, level)
    if carried.blockers:
        raise _refused(request, carried)
    info = FunctionInfo(
        name=name,
        level=level,
        routes=request.routes,
        endpoints=tuple(dict.fromkeys(rule.endpoint for rule in rules)),
        handler=f"{name}.handler.handler",
        environ=carried.environ,
        carried=carried.hooks,
        omitted=carried.omitted,
        sources=carried.sources,
    )
    files = shelf.put(info, carried.files, old)
    # What is there now: with digests, and with what was edited by hand.
    kept = next(one for one in shelf.functions() if one.name == name)
    return Extracted(kept, files, tuple(map(str, carried.warnings)))


# Private


def _old(request: ExtractRequest, known: tuple[FunctionInfo, ...]) -> FunctionInfo:
    if request.routes or request.name:
        raise UsageError(
            "a function that is written again keeps its routes and its name",
            hint=f"unlith extract --again {request.again}",
        )
    for function in known:
        if function.name == request.again:
            return function
    names = ", ".join(function.name for function in known)
    raise UsageError(
        f"there is no function {request.again!r}",
        hint=f"extracted are: {names}" if known else "nothing is extracted yet",
    )


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
                    hint=f"to write it again: unlith extract --again {function.name}",
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
    if request.level is Level.PURE and not request.again:
        hint = (
            f'extract it at level slim, which runs the view under Flask: unlith extract "{routes}"'
        )
    return ExtractionRefused(
        f"cannot extract {routes} at level {request.level or Level.SLIM}; {reasons} in the way",
        [str(blocker) for blocker in carried.blockers],
        hint=hint,
    )
