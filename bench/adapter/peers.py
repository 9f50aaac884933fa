"""Every adapter under measure as one function: a WSGI app in, a Lambda handler out.

Each import is inside its function, so that a process pays for one adapter only.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

Handler = Callable[[Any, Any], Any]


def bare(app: Any) -> Handler:
    """Give the limit: the app called with an environ made before, chunks joined, closed."""
    from io import BytesIO

    from unlith_runtime.events import kind_of

    environs: dict[int, dict[str, Any]] = {}

    def handler(event: Any, context: Any) -> bytes:
        made = environs.get(id(event))
        if made is None:
            made = environs[id(event)] = kind_of(event).environ(event, context)
        environ = made.copy()
        environ["wsgi.input"] = BytesIO()
        iterable = app(environ, lambda status, headers, exc_info=None: None)
        body = b"".join(iterable)
        if hasattr(iterable, "close"):
            iterable.close()
        return body

    return handler


def direct(app: Any) -> Handler:
    """Give unlith without a carrier."""
    from unlith_runtime.whole import make_handler

    return make_handler(app, engine="direct")


def carried(app: Any) -> Handler:
    """Give unlith, each request carried by aws-wsgi."""
    from unlith_runtime.whole import make_handler

    return make_handler(app)


def aws_wsgi(app: Any) -> Handler:
    """Give aws-wsgi."""
    import awsgi

    return lambda event, context: awsgi.response(app, event, context)


def apig_wsgi(app: Any) -> Handler:
    """Give apig-wsgi with binary support, as its README advises."""
    from apig_wsgi import make_lambda_handler

    return make_lambda_handler(app, binary_support=True)


def awsgi2(app: Any) -> Handler:
    """Give awsgi2."""
    import awsgi2 as peer

    return lambda event, context: peer.response(app, event, context)


def serverless_wsgi(app: Any) -> Handler:
    """Give serverless-wsgi."""
    import serverless_wsgi as peer

    return lambda event, context: peer.handle_request(app, event, context)


def mangum(app: Any) -> Handler:
    """Give mangum over a2wsgi."""
    from a2wsgi import WSGIMiddleware
    from mangum import Mangum

    return Mangum(WSGIMiddleware(app), lifespan="off")


def zappa(app: Any) -> Handler:
    """Give Zappa's handler with the settings its own init writes."""
    settings: Any = types.ModuleType("zappa_settings")
    vars(settings).update(
        APP_MODULE="bench_app", APP_FUNCTION="app", DJANGO_SETTINGS=None, LOG_LEVEL="WARNING",
        PROJECT_NAME="shop", API_STAGE="dev", ENVIRONMENT_VARIABLES={}, EXCEPTION_HANDLER=None,
        BINARY_SUPPORT=True, CONTEXT_HEADER_MAPPINGS={}, DEBUG=False, DOMAIN=None, BASE_PATH=None,
        AWS_EVENT_MAPPING={}, AWS_BOT_EVENT_MAPPING={}, COGNITO_TRIGGER_MAPPING={},
        AUTHORIZER_FUNCTION=None, ADDITIONAL_TEXT_MIMETYPES=[],
    )  # fmt: skip
    module: Any = types.ModuleType("bench_app")
    module.app = app
    sys.modules |= {"zappa_settings": settings, "bench_app": module}
    from zappa.handler import LambdaHandler

    LambdaHandler._LambdaHandler__instance = None  # it keeps the first app it is made for
    return LambdaHandler("zappa_settings").handler  # type: ignore[no-any-return]


ADAPTERS: dict[str, Callable[[Any], Handler]] = {
    "bare WSGI call": bare,
    "unlith, direct": direct,
    "unlith, awsgi": carried,
    "aws-wsgi": aws_wsgi,
    "apig-wsgi": apig_wsgi,
    "awsgi2": awsgi2,
    "serverless-wsgi": serverless_wsgi,
    "zappa": zappa,
    "mangum + a2wsgi": mangum,
}
