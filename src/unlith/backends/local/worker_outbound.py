"""Catches HTTP requests to other hosts and what boto3 sends; loaded by ``worker.py``.

A request is read whole and noted; then the connection breaks. boto3's requests go to the parent,
whose answer is handed to botocore as if it came from AWS; with no answer the endpoint cannot be
reached. Hosts on loopback are let through and not noted: they are part of the state.
Sources, read 2026-11: ``http/client.py`` of CPython 3.11; urllib3 2, ``connection.py``; httpx
0.28, ``_transports``; botocore, ``client.py`` and ``httpsession.py``. Standard library only.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import io
import socket
from typing import Any
from urllib.parse import urlsplit

_MADE = {"host", "user-agent", "accept-encoding", "connection", "content-length", "accept"}
"""Headers that libraries make: not noted."""


def patches() -> dict[str, Any]:
    """Give what changes which module."""
    return {
        "http.client": _http_client,
        "urllib3.connection": _http_client,
        "httpx._transports.default": _httpx,
        "botocore.client": _aws_calls,
        "botocore.httpsession": _aws_requests,
    }


def is_near(host: str) -> bool:
    """Say whether a host is this machine."""
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")  # noqa: S104  # compared


# Private


class _Broken(ConnectionResetError):
    def __init__(self, host: str) -> None:
        super().__init__(errno.ECONNRESET, f"no way to {host} while sides are compared")


class _Socket:
    """Takes a request; breaks when its answer is asked for."""

    def __init__(self, host: str, recorder: Any) -> None:
        self._host, self._recorder = host, recorder
        self._sent = bytearray()
        self._ours, self._theirs = socket.socketpair()  # so that there is something to poll

    def sendall(self, data: Any) -> None:
        """Take some bytes."""
        self._sent += data

    def makefile(self, *_: Any, **__: Any) -> Any:
        """Note the request, and break."""
        self._note()
        raise _Broken(self._host)

    def fileno(self) -> int:
        """Give a descriptor that says nothing."""
        return self._ours.fileno()

    def close(self) -> None:
        """Note what nobody waited an answer for."""
        self._note()
        self._ours.close()
        self._theirs.close()

    def __getattr__(self, name: str) -> Any:
        """Accept settimeout, setsockopt, shutdown and the like."""
        return lambda *_, **__: None

    def _note(self) -> None:
        data, self._sent = bytes(self._sent), bytearray()
        if not data:
            return
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        pairs = [line.partition(":") for line in lines]
        headers = [(name.lower(), value.strip()) for name, _, value in pairs]
        if ("transfer-encoding", "chunked") in headers:
            body = _unchunked(body)
        _note(self._recorder, method, self._host, rest.rpartition(" ")[0], headers, body)


def _note(recorder: Any, method: str, host: str, target: str, headers: Any, body: bytes) -> None:
    kept = {name: value for name, value in headers if name not in _MADE}
    kept.pop("transfer-encoding", None)
    recorder.note(method, f"http:{host}", {"target": target, "headers": kept, "body": body})


def _unchunked(data: bytes) -> bytes:
    body = b""
    with contextlib.suppress(ValueError):
        while data:
            size, _, data = data.partition(b"\r\n")
            count = int(size.split(b";")[0], 16)
            body, data = body + data[:count], data[count + 2 :]
    return body


def _http_client(module: Any, recorder: Any) -> None:
    for name in ("HTTPConnection", "HTTPSConnection"):
        kind = getattr(module, name, None)
        if kind is not None and "connect" in vars(kind):
            _catch(kind, recorder)
        if kind is not None and "request" in vars(kind):
            _break_after_request(kind)


def _catch(kind: Any, recorder: Any) -> None:
    real = kind.connect

    def connect(self: Any) -> None:
        # Behind a proxy the host that is meant is in the tunnel or in the request itself.
        host = getattr(self, "_tunnel_host", None) or self.host
        if is_near(host):
            real(self)
            return
        self.sock = _Socket(host, recorder)
        if hasattr(self, "is_verified"):
            self.is_verified = True

    kind.connect = connect


def _break_after_request(kind: Any) -> None:
    # Libraries take a failure here for one of the network; not all do while they read.
    real = kind.request

    def request(self: Any, *arguments: Any, **named: Any) -> Any:
        real(self, *arguments, **named)
        if isinstance(self.sock, _Socket):
            self.sock.makefile()

    kind.request = request


def _httpx(module: Any, recorder: Any) -> None:
    def noted(request: Any) -> Any:
        url = request.url
        headers = [(name.lower(), value) for name, value in request.headers.items()]
        target = url.raw_path.decode("ascii")
        _note(recorder, request.method, url.host, target, headers, request.content)
        return module.httpcore.ConnectError(str(_Broken(url.host)))

    sync, real = module.HTTPTransport, module.HTTPTransport.handle_request
    later, real_later = module.AsyncHTTPTransport, module.AsyncHTTPTransport.handle_async_request

    def handle_request(self: Any, request: Any) -> Any:
        if is_near(request.url.host):
            return real(self, request)
        request.read()
        with module.map_httpcore_exceptions():
            raise noted(request)

    async def handle_async_request(self: Any, request: Any) -> Any:
        if is_near(request.url.host):
            return await real_later(self, request)
        await request.aread()
        with module.map_httpcore_exceptions():
            raise noted(request)

    sync.handle_request, later.handle_async_request = handle_request, handle_async_request


def _aws_calls(module: Any, recorder: Any) -> None:
    real = module.BaseClient._make_api_call

    def make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        service = self.meta.service_model.service_name
        recorder.note(operation_name, f"aws:{service}", api_params)
        return real(self, operation_name, api_params)

    module.BaseClient._make_api_call = make_api_call


def _aws_requests(module: Any, recorder: Any) -> None:
    from botocore.awsrequest import AWSResponse
    from botocore.exceptions import EndpointConnectionError

    real = module.URLLib3Session.send

    def send(self: Any, request: Any) -> Any:
        if is_near(urlsplit(request.url).hostname or ""):
            return real(self, request)
        body = request.body
        if hasattr(body, "read"):
            body = body.read()
        data = body.encode() if isinstance(body, str) else bytes(body or b"")
        headers = {name: _text(value) for name, value in request.headers.items()}
        answer = recorder.outside(
            {
                "method": request.method,
                "url": request.url,
                "headers": headers,
                "body": base64.b64encode(data).decode("ascii"),
            }
        )
        if answer is None:
            raise EndpointConnectionError(endpoint_url=request.url)
        raw = _Raw(base64.b64decode(answer["body"]))
        response = AWSResponse(request.url, answer["status"], _headers(answer["headers"]), raw)
        if not request.stream_output:
            response.content  # noqa: B018  # botocore reads it here too
        return response

    module.URLLib3Session.send = send


class _Raw(io.BytesIO):
    """An answer's body with the two ways in which botocore reads one."""

    def stream(self, *_: Any, **__: Any) -> Any:
        """Yield all there is."""
        while part := self.read():
            yield part


def _headers(pairs: Any) -> Any:
    from botocore.compat import HTTPHeaders

    headers = HTTPHeaders()
    for name, value in pairs.items():
        headers[name] = str(value)
    return headers


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
