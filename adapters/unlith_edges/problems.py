"""HTTP errors under Werkzeug's names, with its descriptions and HTML pages, byte for byte.

Source: werkzeug.exceptions of Werkzeug 3.1 (BSD-3-Clause), read 2026-11-20 at
https://github.com/pallets/werkzeug/blob/3.1.x/src/werkzeug/exceptions.py. Never imports it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from unlith_edges import values
from unlith_edges.fields import escape, http_date

# Reason phrases (werkzeug.http.HTTP_STATUS_CODES).
PHRASES = {
    int(item[:3]): item[4:]
    for item in (
        "100 Continue|101 Switching Protocols|102 Processing|103 Early Hints|200 OK|"
        "201 Created|202 Accepted|203 Non Authoritative Information|204 No Content|"
        "205 Reset Content|206 Partial Content|207 Multi Status|208 Already Reported|"
        "226 IM Used|300 Multiple Choices|301 Moved Permanently|302 Found|303 See Other|"
        "304 Not Modified|305 Use Proxy|306 Switch Proxy|307 Temporary Redirect|"
        "308 Permanent Redirect|400 Bad Request|401 Unauthorized|402 Payment Required|"
        "403 Forbidden|404 Not Found|405 Method Not Allowed|406 Not Acceptable|"
        "407 Proxy Authentication Required|408 Request Timeout|409 Conflict|410 Gone|"
        "411 Length Required|412 Precondition Failed|413 Request Entity Too Large|"
        "414 Request URI Too Long|415 Unsupported Media Type|"
        "416 Requested Range Not Satisfiable|417 Expectation Failed|418 I'm a teapot|"
        "421 Misdirected Request|422 Unprocessable Entity|423 Locked|424 Failed Dependency|"
        "425 Too Early|426 Upgrade Required|428 Precondition Required|429 Too Many Requests|"
        "431 Request Header Fields Too Large|449 Retry With|"
        "451 Unavailable For Legal Reasons|500 Internal Server Error|501 Not Implemented|"
        "502 Bad Gateway|503 Service Unavailable|504 Gateway Timeout|"
        "505 HTTP Version Not Supported|506 Variant Also Negotiates|507 Insufficient Storage|"
        "508 Loop Detected|510 Not Extended|511 Network Authentication Failed"
    ).split("|")
}


made: list[Any] = []
"""The class of answers, and what makes redirects: ``response`` puts them here at import."""


class HTTPException(Exception):
    """An answer that is raised; becomes its error page unless a handler takes it."""

    code: int | None = None
    description: str | None = None

    def __init__(self, description: str | None = None, response: Any = None) -> None:
        super().__init__()
        if description is not None:
            self.description = description
        self.response = response

    @property
    def name(self) -> str:
        return PHRASES.get(self.code or 0, "Unknown Error")

    def get_description(self, environ: Any = None, scope: Any = None) -> str:
        text = "" if self.description is None else self.description
        return f"<p>{escape(text)}</p>".replace("\n", "<br>")

    def get_body(self, environ: Any = None, scope: Any = None) -> str:
        name = escape(self.name)
        return (
            f"<!doctype html>\n<html lang=en>\n<title>{self.code} {name}</title>\n"
            f"<h1>{name}</h1>\n{self.get_description(environ)}\n"
        )

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        return [("Content-Type", "text/html; charset=utf-8")]

    def get_response(self, environ: Any = None, scope: Any = None) -> Any:
        if self.response is not None:
            return self.response
        return made[0](self.get_body(environ), self.code, self.get_headers(environ))

    def __str__(self) -> str:
        return f"{self.code or '???'} {self.name}: {self.description}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.code or '???'}: {self.name}'>"


class BadRequest(HTTPException):
    """400."""

    code = 400
    description = "The browser (or proxy) sent a request that this server could not understand."


class ClientDisconnected(BadRequest):
    """400: less of the body came than was announced."""


class BadRequestKeyError(BadRequest, KeyError):
    """400 that is a KeyError too: a field of a form or query string is missing."""

    show_exception = False

    def __init__(self, arg: object = None, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        KeyError.__init__(self, *([] if arg is None else [arg]))


class Unauthorized(HTTPException):
    """401, with any ``WWW-Authenticate`` headers."""

    code = 401
    description = (
        "The server could not verify that you are authorized to access the URL requested. You"
        " either supplied the wrong credentials (e.g. a bad password), or your browser doesn't"
        " understand how to supply the credentials required."
    )


class MethodNotAllowed(HTTPException):
    """405, with the methods that are allowed."""

    code = 405
    description = "The method is not allowed for the requested URL."

    def __init__(
        self, valid_methods: Any = None, description: str | None = None, response: Any = None
    ) -> None:
        super().__init__(description, response)
        self.valid_methods = valid_methods

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        headers = super().get_headers(environ)
        if self.valid_methods:
            headers.append(("Allow", ", ".join(self.valid_methods)))
        return headers


class _RetryAfter(HTTPException):
    def __init__(
        self, description: str | None = None, response: Any = None, retry_after: Any = None
    ) -> None:
        super().__init__(description, response)
        self.retry_after = retry_after

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        headers, after = super().get_headers(environ), self.retry_after
        if after:
            value = http_date(after) if isinstance(after, datetime) else str(after)
            headers.append(("Retry-After", value))
        return headers


class InternalServerError(HTTPException):
    """500; ``original_exception`` is what the view raised."""

    code = 500
    description = (
        "The server encountered an internal error and was unable to complete your request."
        " Either the server is overloaded or there is an error in the application."
    )

    def __init__(
        self,
        description: str | None = None,
        response: Any = None,
        original_exception: BaseException | None = None,
    ) -> None:
        self.original_exception = original_exception
        super().__init__(description, response)


# The plain ones: code, name, description.
_PLAIN = """\
403 Forbidden You don't have the permission to access the requested resource. It is either
 read-protected or not readable by the server.
404 NotFound The requested URL was not found on the server. If you entered the URL manually
 please check your spelling and try again.
406 NotAcceptable The resource identified by the request is only capable of generating
 response entities which have content characteristics not acceptable according to the accept
 headers sent in the request.
408 RequestTimeout The server closed the network connection because the browser didn't finish
 the request within the specified time.
409 Conflict A conflict happened while processing the request. The resource might have been
 modified while the request was being processed.
410 Gone The requested URL is no longer available on this server and there is no forwarding
 address. If you followed a link from a foreign page, please contact the author of this page.
411 LengthRequired A request with this method requires a valid <code>Content-Length</code>
 header.
412 PreconditionFailed The precondition on the request for the URL failed positive evaluation.
413 RequestEntityTooLarge The data value transmitted exceeds the capacity limit.
414 RequestURITooLarge The length of the requested URL exceeds the capacity limit for this
 server. The request cannot be processed.
415 UnsupportedMediaType The server does not support the media type transmitted in the
 request.
416 RequestedRangeNotSatisfiable The server cannot provide the requested range.
417 ExpectationFailed The server could not meet the requirements of the Expect header
418 ImATeapot This server is a teapot, not a coffee machine
421 MisdirectedRequest The server is not able to produce a response.
422 UnprocessableEntity The request was well-formed but was unable to be followed due to
 semantic errors.
423 Locked The resource that is being accessed is locked.
424 FailedDependency The method could not be performed on the resource because the requested
 action depended on another action and that action failed.
428 PreconditionRequired This request is required to be conditional; try using "If-Match" or
 "If-Unmodified-Since".
429 TooManyRequests This user has exceeded an allotted request count. Try again later.
431 RequestHeaderFieldsTooLarge One or more header fields exceeds the maximum size.
451 UnavailableForLegalReasons Unavailable for legal reasons.
501 NotImplemented The server does not support the action requested by the browser.
502 BadGateway The proxy server received an invalid response from an upstream server.
503 ServiceUnavailable The server is temporarily unable to service your request due to
 maintenance downtime or capacity problems. Please try again later.
504 GatewayTimeout The connection to an upstream server timed out.
505 HTTPVersionNotSupported The server does not support the HTTP protocol version used in the
 request.
""".replace("\n ", " ")

default_exceptions: dict[int, Any] = {
    c.code: c for c in (BadRequest, Unauthorized, MethodNotAllowed, InternalServerError)
}
for _line in _PLAIN.splitlines():
    _code, _name, _text = _line.split(" ", 2)
    _base = _RetryAfter if _code in ("429", "503") else HTTPException
    _fields = {"code": int(_code), "description": _text, "__module__": __name__}
    default_exceptions[int(_code)] = globals()[_name] = type(_name, (_base,), _fields)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


values.bad_key = BadRequestKeyError
