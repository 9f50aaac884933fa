"""Imports a handler by its name and tells errors as Lambda does; loaded by ``worker.py``.

The error names and words are those of AWS's own runtime client (awslambdaric/bootstrap.py,
https://github.com/aws/aws-lambda-python-runtime-interface-client, read 2026-11). Standard library
only. It never calls the handler.
"""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Callable, Iterable
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


class Fault(Exception):
    """A failure that the runtime itself names, e.g. ``Runtime.ImportModuleError``."""

    def __init__(self, kind: str, message: str, trace: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.kind, self.trace = kind, list(trace)


def load(handler: str) -> Callable[..., Any]:
    """Import ``module.name`` or ``module:name``.

    Raises:
        Fault: as AWS's runtime names it.
    """
    module_name, found, name = handler.partition(":")
    if not found:
        module_name, found, name = handler.rpartition(".")
    if not found:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': no module in it")
    try:
        thing: Any = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise Fault("Runtime.ImportModuleError", message, own_trace(error)) from error
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{module_name}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", message, [where]) from error
    for part in name.split("."):
        try:
            thing = getattr(thing, part)
        except AttributeError:
            message = f"Handler '{name}' missing on module '{module_name}'"
            raise Fault("Runtime.HandlerNotFound", message) from None
    handler_function: Callable[..., Any] = thing
    return handler_function


def own_trace(error: BaseException) -> list[str]:
    """Give the stack lines of the user's code: without this script and the import system."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.dirname(os.path.abspath(frame.filename)) != HERE
        and not frame.filename.startswith("<frozen importlib")
        and os.sep + "importlib" + os.sep not in frame.filename
    ]
    return traceback.StackSummary.from_list(frames).format()


def told(error: BaseException) -> dict[str, object]:
    """Give an error as Lambda reports it."""
    if isinstance(error, Fault):
        return {"type": error.kind, "message": str(error), "trace": error.trace}
    return {"type": type(error).__name__, "message": str(error), "trace": own_trace(error)}
