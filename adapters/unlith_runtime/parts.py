"""The parts events and answers are made of, read and written the same way for several kinds.

Changes no event. Fast ways first: most events hold one text value a header.
"""

from __future__ import annotations

from binascii import b2a_base64, unhexlify
from typing import Any

Event = dict[str, Any]  # whatever JSON came

_CLASSES = ("Unknown", "Informational", "Success", "Redirection", "Client Error", "Server Error")
BODILESS = frozenset((*range(100, 200), 204, 304))

# RFC 9110, 7.6.1 and PEP 3333: between two neighbours only; gateways refuse or break on them.
_HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    " trailers transfer-encoding upgrade".split()
)
# Names that need no care when each stands once: one spelling each, so none can hide a repeat.
_ORDINARY = frozenset(
    "Access-Control-Allow-Origin Cache-Control Content-Disposition Content-Encoding"
    " Content-Length Content-Security-Policy Content-Type Date ETag Expires Last-Modified"
    " Location Referrer-Policy Strict-Transport-Security Vary X-Content-Type-Options"
    " X-Frame-Options".split()
)
_QUERIES = (
    "multiValueQueryStringParameters", "queryStringParameters", "query_string_parameters",
)  # fmt: skip
_PLAIN = "-._~!*'()"
_IN_PATH = "/-._~!$&'()*+,;=:@"
# What needs no code becomes a letter here: a text needs none if it is alphanumeric then.
PLAIN_IN_PATH = bytes.maketrans(_IN_PATH.encode(), b"a" * len(_IN_PATH))
_IN_QUERY = bytes.maketrans(_PLAIN.encode(), b"a" * len(_PLAIN))
_SENT = "-._~!*'();/?:@$,[]{}|^`\\\"<>%+"  # what an undecoded value may hold as it is


class Answer:
    """What any answer has: status, headers in order with repeats, body, and the status line.

    Header values are WSGI's latin-1 strings. Made without ``__init__``, which costs each request.
    """

    status = 0
    line = ""
    __slots__ = ()
    headers: list[tuple[str, str]]
    body: Any = b""  # bytes, or the text that a carrier made of them
    is_base64 = False  # what that text is

    @property
    def status_line(self) -> str:
        """Give e.g. ``404 Not Found``."""
        return f"{self.status} {self.line[4:] or reason_of(self.status)}"


def reason_of(status: int) -> str:
    """Give the standard reason phrase, or the name of the status's class."""
    from http import HTTPStatus  # here: only a balancer's answer without a reason needs it

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return _CLASSES[status // 100 if 100 <= status < 600 else 0]


def public_scheme(forwarded: str, default: str) -> str:
    """Give the scheme; of several, the last was written by the gateway itself."""
    scheme = (
        forwarded.rpartition(",")[2].strip().lower() if "," in forwarded else forwarded.lower()
    )
    return scheme if scheme in ("https", "http") else default


def public_port(forwarded: str, host: str, scheme: str) -> str:
    """Give the port the client used: the gateway's word, else the host's, else the scheme's."""
    port = forwarded.rpartition(",")[2].strip() if "," in forwarded else forwarded
    if not (port.isascii() and port.isdecimal()):
        port = host.rpartition(":")[2]
    if port.isascii() and port.isdecimal() and len(port) < 6:
        return port
    return "80" if scheme == "http" else "443"


def latin1(text: str) -> str:
    """Give *text*'s UTF-8 bytes as the latin-1 string WSGI carries bytes in."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def unquoted(path: str) -> str:
    """Decode ``%xx`` once, as latin-1; a ``%`` that starts no byte stays as it is."""
    if not path.isascii():
        path = latin1(path)
    if "%" not in path:
        return path
    first, *rest = path.split("%")
    pieces = [first]
    for piece in rest:
        try:
            byte = unhexlify(piece[:2] or "-")
        except ValueError:
            pieces.append("%" + piece)
        else:
            pieces.append(byte.decode("latin-1") + piece[2:])
    return "".join(pieces)


def quoted(text: str, keep: str = "-._~!*'()") -> str:
    """Percent-encode *text* for a query: letters, digits and *keep* stay (RFC 3986, 2.3)."""
    if text.isascii() and text.isalnum():
        return text
    codes = _CODES.get(keep)
    if codes is None:
        codes = _CODES[keep] = [
            chr(byte)
            if byte < 128 and (chr(byte).isalnum() or chr(byte) in keep)
            else f"%{byte:02X}"
            for byte in range(256)
        ]
    return "".join(map(codes.__getitem__, text.encode("utf-8", "surrogatepass")))


_CODES: dict[str, list[str]] = {}  # what stays -> each byte's code; three entries in all


def decoded_query(event: Event) -> str:
    """Give the query string of maps whose keys and values came decoded."""
    found = event.get("multiValueQueryStringParameters")
    if not found:
        return _query(event, _PLAIN, _PLAIN)
    plain, pieces = "", []
    try:  # the usual case: one value a key, and nothing that needs a code
        for key, (one,) in found.items():
            plain += key
            plain += one
            pieces.append(f"{key}={one}")
    except (TypeError, ValueError):
        plain = ""
    if plain.isascii() and (plain.isalnum() or plain.encode().translate(_IN_QUERY).isalnum()):
        return "&".join(pieces)
    return _query(event, _PLAIN, _PLAIN)


def sent_query(event: Event) -> str:
    """Give the query string of maps that came as sent; only impossible characters are encoded."""
    return _query(event, _SENT, _SENT + "=")


def _query(event: Event, in_key: str, in_value: str) -> str:
    found: Event | None = None
    for name in _QUERIES:
        if found := event.get(name):
            break
    if not found:
        return ""
    pieces = []
    for key, value in found.items():
        for one in value if isinstance(value, list) else (value,):
            text = "" if one is None else quoted(str(one), in_value)
            pieces.append(f"{quoted(key, in_key)}={text}")
    return "&".join(pieces)


def sent_path(path: str) -> str:
    """Give a path that came decoded as a client would have sent it."""
    return quoted(path, _IN_PATH)


def rebased(environ: Event, path: str, base_path: str) -> str:
    """Give *path* without *base_path*, which goes to the script name."""
    if not base_path:
        environ["SCRIPT_NAME"] = ""
    elif path == base_path or path.startswith(base_path + "/"):
        environ["SCRIPT_NAME"] += base_path
        return path[len(base_path) :]
    return path


def last_hop(environ: Event) -> str:
    """Give the last X-Forwarded-For entry: all others are what the client wrote [1].

    [1] https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    address: str = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if address[:1] == "[":  # the balancer can be told to add the client's port
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def many_valued(response: Answer, method: str) -> Event:
    """Give an answer with ``multiValueHeaders``."""
    many: dict[str, list[str]] = {}
    headers, ordinary = response.headers, _ORDINARY
    for name, value in headers:
        if name not in ordinary:
            many = {}
            break
        many[name] = [value]
    if len(many) != len(headers):  # an unusual name, or a repeat
        many = _many(headers)
    return _answer(response, method, "multiValueHeaders", many)


def single_valued(response: Answer, method: str) -> Event:
    """Give an answer with ``headers``, repeats joined, each cookie in a spelling of its own."""
    single, jar = _single(response.headers)
    for number, cookie in enumerate(jar):
        single[_spelling(number)] = cookie
    return _answer(response, method, "headers", single)


def with_jar(response: Answer, method: str) -> Event:
    """Give an answer with ``headers``, repeats joined, and ``cookies`` apart."""
    single: dict[str, str] = {}
    headers, ordinary = response.headers, _ORDINARY
    for name, value in headers:
        if name not in ordinary:
            single = {}
            break
        single[name] = value
    if len(single) == len(headers):
        status, body = response.status, response.body
        if method == "HEAD" or (status != 200 and status in BODILESS):
            return _answer(response, method, "headers", single)
        if type(body) is bytes and body.isascii():
            body, is_base64 = body.decode(), False
        elif type(body) is str:
            is_base64 = response.is_base64
        else:
            return _answer(response, method, "headers", single)
        # As ``_answer`` does, without the call.
        return {
            "statusCode": status,
            "body": body,
            "isBase64Encoded": is_base64,
            "headers": single,
        }
    single, jar = _single(headers)
    answer = _answer(response, method, "headers", single)
    if jar:
        answer["cookies"] = jar
    return answer


def _many(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    many: dict[str, list[str]] = {}
    spelled: dict[str, list[str]] = {}
    for name, value in pairs:
        lower = name.lower()
        if lower in spelled:
            spelled[lower].append(value)
        elif lower not in _HOP_BY_HOP:
            spelled[lower] = many[name] = [value]
    return many


def _single(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    many = _many(pairs)
    jar = [many.pop(name) for name in tuple(many) if name.lower() == "set-cookie"]
    return {name: ", ".join(values) for name, values in many.items()}, jar[0] if jar else []


def _answer(response: Answer, method: str, kind: str, headers: dict[str, Any]) -> Event:
    status, body = response.status, response.body
    is_base64 = False
    if method == "HEAD" or (status != 200 and status in BODILESS):
        text = ""
        if status < 200 or status == 204:  # RFC 9110, 8.6; HEAD and 304 keep their length
            headers = {name: headers[name] for name in headers if name.lower() != "content-length"}
    elif type(body) is str:  # what a carrier made of it
        text, is_base64 = body, response.is_base64
    else:
        # Gateways turn the answer's text into UTF-8 again. So bytes that are valid UTF-8 arrive
        # unchanged as text, whatever their type says, and all others must be base64.
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text, is_base64 = b2a_base64(body, newline=False).decode("ascii"), True
    return {"statusCode": status, "body": text, "isBase64Encoded": is_base64, kind: headers}


def _spelling(number: int) -> str:
    """Give the *number*-th spelling of ``Set-Cookie``: a JSON map holds each name only once."""
    letters = list("Set-Cookie")
    for place in (0, 1, 2, 4, 5, 6, 7, 8, 9):
        if number & 1:
            letters[place] = letters[place].swapcase()
        number >>= 1
    return "".join(letters)
