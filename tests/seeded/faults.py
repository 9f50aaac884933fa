"""Faults and harmless changes to seed into extracted functions, each one a few lines of Python.

They are appended to a function's ``handler.py``. ``before`` sees the event, ``after`` the answer
(``a``, HTTP API 2.0 form) with its body as text (``t``) and read as JSON (``j``, None if it is
none); whoever changes ``t`` or ``j`` changes the answer. ``code`` runs once, at import.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """One change: what kind it is, which functions it is for, and its code."""

    name: str
    functions: tuple[str, ...]
    before: str = ""
    after: str = ""
    code: str = ""


TODO, ADD, LIST = "todo_get", "todo_add", "todo_list"
POSTS, LOGIN, CREATE = "posts_get", "login_post", "create_post"
NOTE, NOTES = "note_get", "note_add"
TOTAL, STOCK, SEARCH = "order_total_get", "stock_put", "articles_search_get"

FAULTS = (
    Change("status 201 as 200", (ADD,), after="a['statusCode'] = 200 if a['statusCode'] == 201 else a['statusCode']"),
    Change("status 404 as 400", (TODO, NOTE, TOTAL), after="a['statusCode'] = 400 if a['statusCode'] == 404 else a['statusCode']"),
    Change("a header lost", (TOTAL, STOCK), after="drop(a, 'x-content-type-options')"),
    Change("a header added", (TODO,), after="a['headers']['X-Served-By'] = 'function'"),
    Change("a header's value", (SEARCH,), after="put(a, 'cache-control', 'private, max-age=60')"),
    Change("charset added", (TODO, TOTAL), after="put(a, 'content-type', get(a, 'content-type') + '; charset=utf-8')"),
    Change("trailing newline lost", (TODO, SEARCH), after="t = t.rstrip('\\n')"),
    Change("key order", (TODO, TOTAL), after="t = json.dumps(dict(reversed(j.items()))) + '\\n' if isinstance(j, dict) else t"),
    Change("whole number as float", (TODO, NOTE), after="j = floats(j)"),
    Change("number as text", (TOTAL,), after="j = {k: str(v) if isinstance(v, int) else v for k, v in j.items()} if isinstance(j, dict) else j"),
    Change("truth as number", (NOTE,), after="j = {k: int(v) if isinstance(v, bool) else v for k, v in j.items()} if isinstance(j, dict) else j"),
    Change("null for missing", (TODO,), after="j = {**j, 'note': None} if isinstance(j, dict) else j"),
    Change("a field lost", (TODO, TOTAL), after="j = dict(list(j.items())[:-1]) if isinstance(j, dict) else j"),
    Change("unicode escapes", (TODO, LIST), after="t = j and json.dumps(j, ensure_ascii='\\\\u' not in t) + '\\n' or t"),
    Change("white space", (LIST,), after="t = json.dumps(j, indent=1) + '\\n'"),
    Change("ordering", (LIST, POSTS), after="j = j[::-1] if isinstance(j, list) else j; t = t.replace('Zweiter', 'X').replace('First', 'Zweiter')"),
    Change("off by one", (LIST,), after="j = j[:-1] if isinstance(j, list) and len(j) > 1 else j"),
    Change("404 text", (TODO, NOTE), after="t = 'Not Found' if a['statusCode'] == 404 else t"),
    Change("leaked exception", (ADD,), after="t = t + '<!-- KeyError -->' if a['statusCode'] == 400 else t"),
    Change("400 as 500", (ADD, SEARCH), after="a['statusCode'] = 500 if a['statusCode'] == 400 else a['statusCode']"),
    Change("etag lost", (SEARCH,), after="drop(a, 'etag')"),
    Change("304 lost", (SEARCH,), before="drop(e, 'if-none-match')"),
    Change("zipped unasked", (SEARCH,), after="a['headers']['Content-Encoding'] = 'identity'"),
    Change("Location absolute", (ADD, CREATE), after="put(a, 'location', 'http://localhost' + get(a, 'location')) if get(a, 'location') else None"),
    Change("redirect lost", (CREATE, LOGIN), after="a['statusCode'] = 200 if a['statusCode'] == 302 else a['statusCode']"),
    Change("302 as 303", (CREATE,), after="a['statusCode'] = 303 if a['statusCode'] == 302 else a['statusCode']"),
    Change("cookie attribute lost", (LOGIN, NOTES), after="a['cookies'] = [c.replace('; HttpOnly', '') for c in a.get('cookies', [])]"),
    Change("cookie lost", (NOTES,), after="a['cookies'] = [c for c in a.get('cookies', []) if not c.startswith('last=')]"),
    Change("cookie age", (NOTES,), after="a['cookies'] = [c.replace('Max-Age=60', 'Max-Age=600') for c in a.get('cookies', [])]"),
    Change("Vary lost", (POSTS, TOTAL), after="drop(a, 'vary')"),
    Change("time zone", (POSTS,), after="t = t.replace('2024-01-01 12:00', '2024-01-01 13:00').replace('ü', 'u')"),
    Change("text not escaped", (POSTS,), after="t = t.replace('&lt;', '<')"),
    Change("last query key only", (SEARCH,), before="e['rawQueryString'] = last(e['rawQueryString'])"),
    Change("blank is missing", (SEARCH,), before="e['rawQueryString'] = '&'.join(p for p in e['rawQueryString'].split('&') if not p.endswith('='))"),
    Change("limit ignored", (LIST,), before="e['rawQueryString'] = ''"),
    Change("32 bits", (TODO, NOTE), before="e['rawPath'] = re.sub(r'\\d+', lambda m: str(int(m[0]) % 2**32), e['rawPath'])"),
    Change("HEAD lets all in", (TOTAL,), after="a['statusCode'] = 200 if e['requestContext']['http']['method'] == 'HEAD' else a['statusCode']"),
    Change("any token", (ADD,), before="put(e, 'x-token', 'for local runs only')"),
    Change("nobody is logged in", (CREATE, POSTS), before="e.pop('cookies', None); drop(e, 'cookie')"),
    Change("tampered sessions", (POSTS, CREATE), code="import itsdangerous.signer as s; s.Signer.verify_signature = lambda *a: True"),
    Change("sessions for ever", (POSTS, CREATE), code="import itsdangerous.timed as m; U = m.TimestampSigner; old = U.unsign; U.unsign = lambda self, v, max_age=None, return_timestamp=False: old(self, v, None, return_timestamp)"),
    Change("customers are staff", (STOCK,), code="from shop.domain.users import User; User.may = lambda self, role: True"),
    Change("stale cache", (LIST,), after="a = dict(CACHE.setdefault(e['rawPath'], dict(a))); t = a['body']; j = None"),
    Change("malformed is empty", (ADD, NOTES), before="t = plain(e); e['body'] = t if is_json(t) else '{\"text\": \"\"}'; fix(e)"),
    Change("any type is JSON", (ADD,), before="put(e, 'content-type', 'application/json')"),
    Change("lost write", (ADD,), code="import sqlite3; C = type('C', (sqlite3.Connection,), {'commit': lambda s: s.rollback()}); old = sqlite3.connect; sqlite3.connect = lambda *a, **k: old(*a, **{**k, 'factory': C})"),
    Change("doubled write", (ADD, NOTES), before="_inner(dict(e), context)"),
    Change("other value written", (CREATE, ADD), before="e['body'] = plain(e).replace('new', 'old').replace('A+title', 'Title'); fix(e)"),
    Change("a file written", (POSTS,), before="open('instance/trace.txt', 'w').close()"),
    Change("level one too low", (STOCK,), before="e['body'] = plain(e).replace('30', '29'); fix(e)"),
    Change("text cut", (NOTES,), after="j = {k: v[:2] if isinstance(v, str) else v for k, v in j.items()} if isinstance(j, dict) else j"),
    Change("html escaped twice", (POSTS,), after="t = t.replace('&lt;', '&amp;lt;')"),
    Change("hook skipped", (NOTE,), before="drop(e, 'x-blocked')"),
    Change("X-Left in one line", (NOTE,), after="put(a, 'x-left', 'notes')"),
)  # fmt: skip

BENIGN = (
    Change("nothing at all", (TODO, ADD, LIST, POSTS, NOTE, TOTAL, STOCK, SEARCH)),
    Change("answer made anew", (TODO, POSTS, NOTE, TOTAL, STOCK, SEARCH), after="a = json.loads(json.dumps(a))"),
    Change("headers in another order", (TODO, LOGIN, NOTES, TOTAL, SEARCH), after="a['headers'] = dict(reversed(a['headers'].items()))"),
    Change("header names in lower case", (TODO, POSTS, NOTE, TOTAL, SEARCH), after="a['headers'] = {k.lower(): v for k, v in a['headers'].items()}"),
    Change("body in base64", (TODO, POSTS, NOTE, SEARCH), after="binary = True"),
    Change("slower", (TODO, NOTE, STOCK), before="import time; time.sleep(0.002)"),
    Change("more memory and threads", (LIST, TOTAL), before="import threading; x = threading.Thread(target=list, args=(range(999),)); x.start(); x.join()"),
    Change("a debug log", (TODO, POSTS, STOCK), before="import logging; logging.getLogger('mine').debug('asked')"),
    Change("printed words", (NOTE, SEARCH), before="print('asked')"),
    Change("state read only", (ADD, STOCK, CREATE), before="[open(f, 'rb').read(9) for f in os.listdir('.') if os.path.isfile(f)]"),
    Change("a file written elsewhere", (TODO, NOTES), before="import tempfile; tempfile.TemporaryFile().close()"),
    Change("more random numbers drawn", (LOGIN, TOTAL, ADD), before="import random, uuid; random.random(); uuid.uuid4()"),
    Change("the clock read once more", (POSTS, TOTAL, NOTES), before="import time, datetime; time.time(); datetime.datetime.now()"),
    Change("answers kept, and not used", (LIST, SEARCH, NOTE), after="CACHE[e['rawPath']] = a"),
    Change("query put together anew", (SEARCH, LIST), before="e['rawQueryString'] = '&'.join(e['rawQueryString'].split('&'))"),
    Change("garbage collected", (TODO, CREATE), before="import gc; gc.collect()"),
)  # fmt: skip

FRAME = """

import base64, json, os, re

CACHE = {{}}
_inner = handler
{code}


def get(a, name):
    return next((v for k, v in a["headers"].items() if k.lower() == name), "")


def drop(a, name):
    for key in [k for k in a.get("headers", {{}}) if k.lower() == name]:
        del a["headers"][key]


def put(a, name, value):
    drop(a, name)
    a["headers"][name] = value


def last(query):
    return "&".join({{p.partition("=")[0]: p for p in query.split("&")}}.values())


def fix(e):
    if get(e, "content-length"):
        body = e.get("body") or ""
        size = len(base64.b64decode(body)) if e.get("isBase64Encoded") else len(body.encode())
        put(e, "content-length", str(size))


def plain(e):
    body = e.get("body") or ""
    if e.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body).decode()
        except UnicodeDecodeError:
            return body
        e["isBase64Encoded"] = False
    return body


def is_json(text):
    try:
        return bool(json.loads(text or "")) or True
    except ValueError:
        return False


def floats(value):
    if isinstance(value, dict):
        return {{k: floats(v) for k, v in value.items()}}
    return float(value) if type(value) is int else value


def handler(e, context):
    e = json.loads(json.dumps(e))
    {before}
    a = _inner(e, context)
    body, binary = a.get("body") or "", a.get("isBase64Encoded", False)
    t = base64.b64decode(body).decode("utf-8", "replace") if binary else body
    try:
        j = json.loads(t)
    except ValueError:
        j = None
    was = (t, json.dumps(j), list(j) if isinstance(j, dict) else j)
    binary = False
    {after}
    if t != was[0] or (j is not None and json.dumps(j) != was[1]):
        new = t if t != was[0] else json.dumps(j, sort_keys=False, separators=(",", ":")) + "\\n"
        a = {{**a, "body": new, "isBase64Encoded": False}}
        if get(a, "content-length"):
            put(a, "content-length", str(len(new.encode())))
    elif binary and not a.get("isBase64Encoded"):
        a = {{**a, "body": base64.b64encode(body.encode()).decode(), "isBase64Encoded": True}}
    return a
"""


def source(change: Change) -> str:
    """Give the lines to append to a handler."""
    return FRAME.format(
        code=change.code or "pass", before=change.before or "pass", after=change.after or "pass"
    )
