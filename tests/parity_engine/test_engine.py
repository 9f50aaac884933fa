"""The engine on a tiny app: each seeded fault is found, an unchanged function is the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unlith.domain.verdict import ParityResult, Verdict

Compare = Callable[..., ParityResult]


@pytest.mark.parametrize("is_pinned", [True, False])
def test_an_unchanged_function_is_the_same_with_every_probe(
    compare_fault: Compare, is_pinned: bool
) -> None:
    result = compare_fault(with_probes=True, is_pinned=is_pinned)

    assert result.differences == ()
    assert result.verdict is Verdict.SAME
    assert result.probes > 50
    assert result.served > 100
    assert any("ref" in path for path in result.noisy) is not is_pinned


@pytest.mark.parametrize(
    ("fault", "path", "kind"),
    [
        ("status", "status", "value"),
        ("header", "headers/x-orders", "missing"),
        ("header value lost", "headers/vary", "length"),
        ("cookie attribute", "cookies/seen/httponly", "missing"),
        ("cookie lost", "cookies/seen", "missing"),
        ("json key", "body/item", "missing"),
        ("json key dropped", "body/price", "missing"),
        ("null for missing", "body/extra", "extra"),
        ("number type", "body/id", "type"),
        ("number as text", "body/n", "type"),
        ("key order", "body", "key-order"),
        ("escapes", "body", "bytes"),
        ("white space", "body", "bytes"),
        ("trailing newline", "body", "bytes"),
        ("charset", "headers/content-type", "value"),
        ("etag", "headers/etag", "missing"),
        ("lost write", "effects/data/app.db:orders", "lost-write"),
        ("doubled write", "effects/data/app.db:orders", "extra-write"),
        ("other value written", "effects/data/app.db:orders/insert/0/n", "value"),
        ("zone lost", "body/at", "form"),
        ("precision lost", "body/at", "form"),
        ("constant id", "body/ref", "constant"),
        ("stopped clock", "body/at", "constant"),
        ("constant code", "body/code", "constant"),
        ("constant token", "body", "constant"),
    ],
)
def test_a_seeded_fault_is_found(compare_fault: Compare, fault: str, path: str, kind: str) -> None:
    result = compare_fault(fault)

    assert result.verdict is Verdict.DIFFERENT
    found = {(d.path, d.kind) for d in result.differences}
    assert any(p.startswith(path) and k == kind for p, k in found), found


@pytest.mark.parametrize("fault", ["lost auth", "lost auth on HEAD"])
def test_lost_authentication_is_found_by_probes_alone(compare_fault: Compare, fault: str) -> None:
    result = compare_fault(fault, routes="GET /orders/<int:id>", with_probes=True)

    found = [d for d in result.differences if d.path == "status"]
    assert any("401" in d.control and "curl" in d.curl for d in found), result.differences


def test_a_function_that_no_request_reaches_is_not_comparable(compare_fault: Compare) -> None:
    result = compare_fault(routes="GET /nowhere")

    assert result.verdict is Verdict.NOT_COMPARABLE
    assert result.exit_code == 3
    assert result.reasons == ("no request of the cases reached the function",)


@pytest.mark.parametrize(
    ("fault", "path", "kind"),
    [
        ("zone lost", "body/at", "form"),
        ("precision lost", "body/at", "form"),
        ("constant id", "body/ref", "constant"),
        ("constant code", "body/code", "constant"),
    ],
)
def test_faults_of_noisy_values_are_found_where_nothing_is_pinned(
    compare_fault: Compare, fault: str, path: str, kind: str
) -> None:
    result = compare_fault(fault, is_pinned=False)

    assert (path, kind) in {(d.path, d.kind) for d in result.differences}


def test_a_toss_that_was_decided_is_found_by_many_exchanges(compare_fault: Compare) -> None:
    result = compare_fault("constant toss", routes="GET /noise", with_probes=True)

    assert ("body/toss", "constant") in {(d.path, d.kind) for d in result.differences}
