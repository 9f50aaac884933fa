"""``unlith tape import``: recordings of other tools become a tape, and mistakes have a line.

The samples have the forms that the readers' modules cite; ``bench/tape`` reads files of others.
"""

from __future__ import annotations

import base64
import gzip
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tape.conftest import Unlith
from unlith.domain.tape import TapedExchange
from unlith.files.tape import exchanges

HAR: dict[str, Any] = {
    "log": {
        "version": "1.2",
        "entries": [
            {
                "startedDateTime": "2026-11-02T10:00:00.000Z",
                "request": {"method": "GET", "url": "http://shop.example/", "headers": []},
                "response": {"status": 301, "headers": [], "content": {"size": 0}},
            },
            {
                "startedDateTime": "2026-11-02T10:00:01.000Z",
                "request": {
                    "method": "POST",
                    "url": "https://www.shop.example/login?next=%2Fme#top",
                    "headers": [
                        {"name": ":authority", "value": "www.shop.example"},
                        {"name": "Cookie", "value": "tracking=abcdef123456"},
                        {"name": "Authorization", "value": "Bearer planted-secret"},
                        {"name": "Host", "value": "www.shop.example"},
                        {"name": "Content-Length", "value": "3"},
                    ],
                    "postData": {
                        "mimeType": "application/x-www-form-urlencoded",
                        "params": [
                            {"name": "mail", "value": "ada@shop.com"},
                            {"name": "password", "value": "planted-secret"},
                        ],
                    },
                },
                "response": {
                    "status": 200,
                    "headers": [{"name": "Set-Cookie", "value": "sid=1; Path=/\nlang=de"}],
                    "content": {"size": 12, "mimeType": "text/html; charset=utf-8"},
                },
            },
            {
                "request": {"method": "GET", "url": "https://cdn.example/x.js", "headers": []},
                "response": {"status": 200},
            },
            {
                "request": {"method": "GET", "url": "data:image/png;base64,AA==", "headers": []},
                "response": {"status": 200},
            },
            {
                "request": {
                    "method": "PUT",
                    "url": "https://www.shop.example/file",
                    "headers": [],
                    "postData": {"mimeType": "image/png", "text": "AP/+", "encoding": "base64"},
                },
                "response": {"status": 204},
            },
        ],
    }
}

POSTMAN: dict[str, Any] = {
    "info": {
        "name": "shop",
        "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
    "variable": [
        {"key": "baseUrl", "value": "https://{{host}}/api"},
        {"key": "id", "value": "74213"},
    ],
    "item": [
        {
            "name": "orders",
            "item": [
                {
                    "name": "one",
                    "request": {
                        "method": "GET",
                        "header": [
                            {"key": "Accept", "value": "*/*"},
                            {"key": "X", "disabled": True},
                        ],
                        "url": {
                            "raw": "{{baseUrl}}/orders/:order?q={{id}}",
                            "variable": [{"key": "order", "value": "{{id}} é"}],
                        },
                    },
                },
                {
                    "name": "new",
                    "request": {
                        "method": "POST",
                        "url": "{{baseUrl}}/orders",
                        "body": {
                            "mode": "raw",
                            "raw": '{"n": {{id}}, "password": "planted-secret"}',
                            "options": {"raw": {"language": "json"}},
                        },
                    },
                },
            ],
        },
        {
            "name": "form",
            "request": {
                "method": "POST",
                "url": "{{otherUrl}}/form",
                "auth": {"type": "noauth"},
                "body": {
                    "mode": "formdata",
                    "formdata": [
                        {"key": "a", "value": "1", "type": "text"},
                        {"key": "f", "src": "/etc/passwd", "type": "file"},
                    ],
                },
            },
        },
        {"name": "text", "request": "https://{{host}}/api/ping"},
    ],
}

POSTMAN_1 = '{"info": {"schema": "https://schema.getpostman.com/v1/"},\n"item": []}'

OPENAPI = """\
openapi: 3.0.3
info: {title: shop, version: "1"}
servers:
  - url: "{scheme}://shop.example/api"
    variables: {scheme: {default: https}}
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}, example: 7}
    get:
      operationId: one
      parameters:
        - {name: q, in: query, schema: {type: string, default: "a b"}}
        - $ref: "#/components/parameters/Lang"
      responses: {}
    put:
      requestBody:
        required: true
        content:
          application/json:
            examples:
              small: {value: {n: 1, due: 2026-11-02}}
              large: {value: {n: 1000, password: planted-secret}}
      responses: {}
  /orders:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Order"}
      responses: {}
  /loop:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Loop"}}}
      responses: {}
  /nothing/{known}:
    get: {parameters: [{name: known, in: path, required: true, schema: {type: string}}]}
components:
  parameters:
    Lang: {name: Accept-Language, in: header, schema: {enum: [de, en]}}
  schemas:
    Order:
      type: object
      required: [n]
      properties: {n: {type: integer, example: 3}, tags: {type: array, items: {example: x}}}
    Loop:
      type: object
      required: [next]
      properties: {next: {$ref: "#/components/schemas/Loop"}}
"""

VCR = """\
version: 1
interactions:
- request:
    body: '{"password": "planted-secret"}'
    headers:
      Content-Type: [application/json]
      Cookie: [a=b]
    method: POST
    uri: http://shop.example/login
  response:
    body: {string: ok}
    headers:
      Content-Type: [text/plain]
      Set-Cookie: [sid=1; Path=/]
    status: {code: 200, message: OK}
- request:
    body: !!binary AP/+
    headers: {}
    method: PUT
    uri: http://shop.example/file?x=1
  response:
    status: {code: 204, message: No Content}
"""

LOG = """\
192.0.2.7 - ann [02/Nov/2026:10:00:00 +0100] "GET /orders/7?mail=ada%40shop.com HTTP/1.1" 200 12
192.0.2.8 - - [02/Nov/2026:10:00:01 +0100] "HEAD / HTTP/2.0" 304 0 "-" "curl \\"quoted\\""
192.0.2.7 - ann [02/Nov/2026:10:00:02 +0100] "POST /orders HTTP/1.1" 201 12
192.0.2.7 - ann [02/Nov/2026:10:00:03 +0100] "GET http://evil.example/x HTTP/1.1" 404 12
192.0.2.9 - - [02/Nov/2026:10:00:04 +0100] "\\x16\\x03\\x01" 400 0 "-" "-"
"""

ALB = (
    "{kind} 2026-11-02T10:00:00.186641Z app/shop/50dc6c495c0c9188 {client} 10.0.0.1:80 0.000 "
    '0.001 0.000 200 200 34 366 "{request}" "curl/8.1" - - arn:aws:elasticloadbalancing:x '
    '"Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2026-11-02T10:00:00.364000Z "forward" '
    '"-" "-" "10.0.0.1:80" "200" "-" "-"'
)
GATEWAY = {
    "requestId": "r",
    "ip": "192.0.2.7",
    "requestTime": "02/Nov/2026:10:00:00 +0000",
    "httpMethod": "GET",
    "routeKey": "GET /orders/{id}",
    "path": "/prod/orders/7",
    "stage": "prod",
    "status": "200",
}


def imported(
    unlith: Unlith, folder: Path, name: str, text: str | bytes, *options: str
) -> tuple[list[TapedExchange], dict[str, Any]]:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    result = unlith(folder, "tape", "import", name, "--json", *options)
    assert result.code == 0, result.err
    tape = folder / "imported.tape.jsonl"
    assert stat.S_IMODE(tape.stat().st_mode) == 0o600
    assert "planted-secret" not in tape.read_text("utf-8")
    assert "192.0.2" not in tape.read_text("utf-8")
    return list(exchanges(tape)), result.json["files"][0]


def asked(found: list[TapedExchange]) -> list[str]:
    return [f"{one.request.method} {one.request.target}" for one in found]


def test_har(unlith: Unlith, tmp_path: Path) -> None:
    found, said = imported(unlith, tmp_path, "a.har", json.dumps(HAR))
    login, upload = found

    assert asked(found) == ["POST /login?next=%2Fme", "PUT /file"]
    assert said["host"] == "www.shop.example"
    assert sum(said["left_out"].values()) == 3
    assert any("cdn.example" in reason for reason in said["left_out"])
    assert {name for name, _ in login.request.headers} == {
        "Cookie",
        "Authorization",
        "Content-Type",
    }
    assert login.request.body.startswith(b"mail=")
    assert b".example&password=" in login.request.body
    assert login.answer.cookies == ("sid", "lang")
    assert (login.answer.status, login.answer.type) == (200, "text/html")
    assert upload.request.body == b"\x00\xff\xfe"
    assert {one.session for one in found} == {"a.har"}


def test_another_host_can_be_asked_for(unlith: Unlith, tmp_path: Path) -> None:
    found, _ = imported(unlith, tmp_path, "a.har", json.dumps(HAR), "--host", "cdn.example")

    assert asked(found) == ["GET /x.js"]


def test_postman(unlith: Unlith, tmp_path: Path) -> None:
    found, said = imported(unlith, tmp_path, "c.json", json.dumps(POSTMAN), "--strip", "/api")
    one, new, *_ = found

    assert asked(found) == ["GET /orders/74213%20%C3%A9?q=74213", "POST /orders", "GET /ping"]
    assert one.request.header("authorization").startswith("Bearer {{")
    assert new.request.header("content-type") == "application/json"
    assert json.loads(new.request.body)["n"] == 74213
    assert said["format"] == "postman"
    assert said["left_out"] == {"files of forms (left out of the body)": 1, "not below /api": 1}


def test_postman_forms_are_written_as_browsers_do(unlith: Unlith, tmp_path: Path) -> None:
    found, _ = imported(unlith, tmp_path, "c.json", json.dumps(POSTMAN))
    form = next(one for one in found if one.request.path == "/form")

    assert b'name="a"\r\n\r\n1\r\n' in form.request.body
    assert b"passwd" not in form.request.body
    assert form.request.header("content-type").startswith("multipart/form-data; boundary=")
    assert form.request.header("authorization") == ""


@pytest.mark.parametrize("is_json", [False, True])
def test_openapi(unlith: Unlith, tmp_path: Path, is_json: bool) -> None:
    import yaml

    text = json.dumps(yaml.safe_load(OPENAPI), default=str) if is_json else OPENAPI
    found, said = imported(unlith, tmp_path, "api.yaml", text)

    assert asked(found) == [
        "GET /api/orders/7?q=a+b",
        "PUT /api/orders/7",
        "PUT /api/orders/7",
        "POST /api/orders",
    ]
    assert found[0].request.header("accept-language") == "de"
    assert json.loads(found[1].request.body) == {"n": 1, "due": "2026-11-02"}
    assert json.loads(found[3].request.body) == {"n": 3, "tags": ["x"]}
    assert len({one.session for one in found}) == 4
    assert said["left_out"] == {
        "no example of known: GET /nothing/{known}": 1,
        "no example of the body: POST /loop": 1,
    }


def test_vcr(unlith: Unlith, tmp_path: Path) -> None:
    found, said = imported(unlith, tmp_path, "cassette.yaml", VCR)

    assert asked(found) == ["POST /login", "PUT /file?x=1"]
    assert found[0].answer.cookies == ("sid",)
    assert found[1].request.body == b"\x00\xff\xfe"
    assert (said["format"], said["host"]) == ("vcr", "shop.example")


def test_access_log(unlith: Unlith, tmp_path: Path) -> None:
    found, said = imported(unlith, tmp_path, "access.log", LOG)

    assert [one.request.method for one in found] == ["GET", "HEAD", "GET"]
    assert found[0].request.target.startswith("/orders/7?mail=")
    assert "shop.com" not in found[0].request.target
    # Whatever host was asked for: only path and query are kept.
    assert found[2].request.target == "/x"
    assert found[0].session == found[2].session != found[1].session
    assert found[1].request.header("user-agent") == 'curl \\"quoted\\"'
    assert said["left_out"] == {
        "no GET or HEAD: logs hold no bodies": 1,
        "no request line that can be read": 1,
    }


def test_logs_of_aws_and_packed_ones(unlith: Unlith, tmp_path: Path) -> None:
    lines = [
        ALB.format(kind=kind, client=client, request=request)
        for kind, client, request in (
            ("https", "192.0.2.7:2817", "GET https://shop.example:443/orders/7?x=1 HTTP/2.0"),
            ("h2", "[2001:db8::1]:2817", "GET https://shop.example:443/ HTTP/2.0"),
            ("http", "192.0.2.7:2817", "- http://shop.example:80- -"),
        )
    ]
    gateway = [
        json.dumps(GATEWAY),
        "2026-11-02T10:00:00Z " + json.dumps({**GATEWAY, "path": ""}),
        '192.0.2.7 - - [02/Nov/2026:10:00:00 +0000]"GET /pets HTTP/1.1" 200 123 c6af9ac6',
    ]

    packed = gzip.compress("\n".join(lines).encode())
    alb, said = imported(unlith, tmp_path, "alb.log.gz", packed)
    other, told = imported(unlith, tmp_path, "gateway.log", "\n".join(gateway))

    assert asked(alb) == ["GET /orders/7?x=1", "GET /"]
    assert said["left_out"] == {"no request line that can be read": 1}
    assert asked(other) == ["GET /orders/7", "GET /pets"]
    assert told["left_out"] == {"no path: only a pattern was logged": 1}


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("a.har", '{"log": {\n"entries": [\n{"request": }]}}', 3, "not valid JSON"),
        ("a.har", '{"log": {\n"entries": [\n{"request": {\n"method": 1}}]}}', 4, "method"),
        (
            "c.json",
            '{"info": {"schema": "https://schema.getpostman.com/v1/"},\n"item": []}',
            None,
            "version 2",
        ),
        ("c.json", '{"info": {"_postman_id": "1"},\n"item": []}', 1, "info.schema"),
        ("api.yaml", "openapi: 3.0.0\npaths:\n  - a\n", 3, "paths"),
        ("api.yaml", "openapi: 3.0.0\npaths: {a: {\n", None, "not valid YAML"),
        ("api.yaml", 'swagger: "2.0"\npaths: {}\n', None, "Swagger 2"),
        ("v.yaml", "version: 1\ninteractions:\n- request: {method: GET}\n", 3, "uri"),
        ("v.yaml", "version: 1\ninteractions:\n- !!python/object:os.system x\n", 3, "YAML"),
        ("v.yaml", "- request: !!python/object:vcr.request.Request\n", 1, "version 0"),
        ("access.log", LOG + "what is this?\n", 6, "not a line"),
        ("x.txt", "Dear diary\n", 1, "no HAR"),
        ("x.txt", "", 1, "it is empty"),
        ("deep.json", '{"log": {"entries": ' + "[" * 200_000, None, "deep"),
        ("x.gz", b"\x1f\x8bnot gzip at all", None, "cannot be read"),
        ("a.har", b'{"log": {"entries": [\n"\xff"]}}', 2, "not UTF-8"),
        (
            "bomb.yaml",
            "version: 1\ninteractions:\n- &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"- &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
            ),
            None,
            "aliases of aliases",
        ),
    ],
)
def test_a_malformed_file_is_one_error_with_its_line(
    unlith: Unlith, tmp_path: Path, name: str, text: str | bytes, line: int | None, says: str
) -> None:
    (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)

    result = unlith(tmp_path, "tape", "import", name)

    assert result.code == 2, result.out + result.err
    assert result.err.startswith("error: ")
    assert f"{name}:{line}" in result.err if line else name in result.err
    assert says in result.err
    assert "Traceback" not in result.err
    assert not list(tmp_path.glob("*.tape.jsonl*"))


def test_a_recording_without_a_request_is_a_no_with_reasons(
    unlith: Unlith, tmp_path: Path
) -> None:
    (tmp_path / "access.log").write_text(LOG.splitlines()[2] + "\n", "utf-8")

    result = unlith(tmp_path, "tape", "import", "access.log")

    assert result.code == 1
    assert "nothing to replay in access.log" in result.err
    assert "logs hold no bodies: 1" in result.err


def test_several_files_make_one_tape_and_show_sums_it_up(unlith: Unlith, tmp_path: Path) -> None:
    (tmp_path / "a.har").write_text(json.dumps(HAR), "utf-8")
    (tmp_path / "access.log").write_text(LOG, "utf-8")

    done = unlith(tmp_path, "tape", "import", "a.har", "access.log", "-o", "both.tape.jsonl")
    shown = unlith(tmp_path, "tape", "show", "both.tape.jsonl")
    data = unlith(tmp_path, "tape", "show", "both.tape.jsonl", "--json").json

    assert done.code == 0
    assert "Next: unlith parity --tape both.tape.jsonl" in done.out
    assert "both.tape.jsonl: 5 requests in 3 sessions" in shown.out
    assert "methods: GET 2, POST 1, PUT 1, HEAD 1" in shown.out
    assert (data["exchanges"], data["sessions"], data["sources"]) == (5, 3, {"har": 2, "log": 3})
    assert data["routes"]["GET /orders/*"] == 1


def test_private_paths_come_from_the_settings_and_the_line(unlith: Unlith, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.unlith]\napp = "web:app"\n[tool.unlith.tape]\nprivate = ["/n"]\n', "utf-8"
    )
    (tmp_path / "c.json").write_text(json.dumps(POSTMAN), "utf-8")
    for _ in range(2):
        assert unlith(tmp_path, "tape", "import", "c.json", "--private", "$.q").code == 0
        tape = (tmp_path / "imported.tape.jsonl").read_text("utf-8")
        found = list(exchanges(tmp_path / "imported.tape.jsonl"))
        (tmp_path / f"{len(list(tmp_path.glob('*.kept')))}.kept").write_text(tape, "utf-8")

    key = tmp_path / ".unlith" / "tape.key"
    assert json.loads(found[1].request.body)["n"] != 74213
    assert not found[0].request.target.endswith("q=74213")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    # The same key gives the same pseudonyms, and is never written to a tape.
    assert (tmp_path / "0.kept").read_text("utf-8") == (tmp_path / "1.kept").read_text("utf-8")
    assert base64.b64encode(key.read_bytes()).decode() not in tape
