"""Compares what two sides did with the same request in the same state; pure.

``expect`` learns from one or more runs of the control what is the same each time and what is
noise at which place. ``Expectation.check`` then names every difference of a candidate: where the
control never varied the candidate must be equal, where it varied the candidate must keep the
form. No place is ever ignored. Types count: ``1``, ``1.0``, ``"1"`` and ``true`` all differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from unlith.domain.difference import (
    NOTHING,
    Difference,
    blob_difference,
    difference,
    text_difference,
)
from unlith.domain.effects import ORDER, noun_of
from unlith.domain.exchange import Observation
from unlith.domain.observed import Blob, Observed, Rows, Text, observed
from unlith.domain.patterns import text_pattern
from unlith.domain.sameness import all_same, is_same, keeps_form, same_elements

Samples = Mapping[str, Sequence[object]]
"""Places that varied, each with the small values it had."""

REORDERED = " (order)"
"""Ends the name of a place whose elements varied in order only."""

SMALL = 64
"""The longest text kept as a sample: small values say what a place can be, pages do not."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a check found, where the control varied, and which tolerances were used."""

    differences: tuple[Difference, ...]
    noisy: Samples = field(default_factory=dict)
    tolerated: Mapping[str, int] = field(default_factory=dict)


class Expectation:
    """What the control's runs leave for a candidate to be."""

    def __init__(self, runs: Sequence[Observed]) -> None:
        self._runs = runs

    def check(self, candidate: Observed, known: Samples | None = None) -> Comparison:
        """Compare a candidate's run; *known* are values that other runs gave for a place."""
        walk = _Walk(known or {})
        found = list(walk.at("", [run.tree for run in self._runs], candidate.tree))
        if not walk.is_helped and not any(one.path.startswith("body") for one in found):
            found += walk.raw([run.raw for run in self._runs], candidate.raw)
        if not any(one.path.startswith("effects") for one in found):
            orders: list[object] = [list(run.order) for run in self._runs]
            found += walk.at(ORDER, orders, list(candidate.order))
        tolerated = Counter(self._runs[0].tolerated or {})
        return Comparison(tuple(found), walk.noisy, tolerated)


def expect(controls: Sequence[Observation]) -> Expectation:
    """Learn from the control's runs of one request, all from the same state."""
    return Expectation([observed(control) for control in controls])


def compare(control: Observation, candidate: Observation) -> tuple[Difference, ...]:
    """Give every difference between one run of each side, without knowing any noise."""
    return expect([control]).check(observed(candidate)).differences


# Private


class _Walk:
    """Walks the control's trees and a candidate's tree together."""

    def __init__(self, known: Samples) -> None:
        self.noisy: dict[str, list[object]] = {}
        self.is_helped = False
        self._known = known

    def at(self, path: str, controls: Sequence[object], found: object) -> Iterator[Difference]:
        """Yield the differences at and below a place."""
        if (helped := self._known.get(path)) and not isinstance(found, dict | list | Rows):
            self.is_helped |= path.startswith("body")
            controls = [*controls, *helped]
        first = controls[0]
        kinds = {type(control) for control in controls}
        if len(kinds) > 1:
            yield from self._of_several_types(path, controls, found)
        elif type(found) is not type(first):
            yield difference(path, "type", first, found)
        elif isinstance(first, dict):
            yield from self._dicts(path, controls, found)
        elif isinstance(first, list):
            yield from self._lists(path, controls, found)
        elif isinstance(first, Rows):
            yield from self._rows(path, controls, found)
        else:
            yield from self._leaves(path, controls, found)

    def raw(self, controls: Sequence[str | None], found: str | None) -> Iterator[Difference]:
        """Compare the texts of bodies whose values agree: white space, escapes, number form."""
        texts = [text for text in controls if text is not None]
        if found is None or len(texts) < len(controls) or found in texts:
            return
        if len(set(texts)) > 1:
            if any(path.endswith(REORDERED) for path in self.noisy):
                return
            pattern = text_pattern(texts)
            if pattern.is_loose or pattern.accepts(found):
                return
        yield text_difference("body", "bytes", texts[0], found)

    # Private

    def _note(self, path: str, controls: Sequence[object] = ()) -> None:
        small = [
            c
            for c in controls
            if c is None or isinstance(c, int | float) or (isinstance(c, str) and len(c) <= SMALL)
        ]
        self.noisy.setdefault(path, []).extend(small)

    def _of_several_types(
        self, path: str, controls: Sequence[object], found: object
    ) -> Iterator[Difference]:
        self._note(path, controls)
        same = [control for control in controls if type(control) is type(found)]
        if same:
            yield from self.at(path, same, found)
        else:
            yield difference(path, "type", controls[0], found)

    def _dicts(self, path: str, controls: Sequence[object], found: object) -> Iterator[Difference]:
        dicts = [control for control in controls if isinstance(control, dict)]
        assert isinstance(found, dict)
        first, always = dicts[0], set.intersection(*(set(d) for d in dicts))
        ever = {key: None for d in dicts for key in d}
        for key in ever:
            place = f"{path}/{key}" if path else str(key)
            present = [d[key] for d in dicts if key in d]
            if key not in always:
                self._note(place)
            if key in found:
                yield from self.at(place, present, found[key])
            elif key in always:
                yield from _gone(place, present[0])
        for key in found:
            # Where even the control's keys have nothing in common they are data, as ids are.
            if key not in ever and (always or not ever):
                yield from _new(f"{path}/{key}" if path else str(key), found[key])
        if list(found) != list(first) and set(found) == set(first) and _keeps_order(path):
            if all(list(d) == list(first) for d in dicts):
                yield difference(path, "key-order", list(first), list(found))
            else:
                self._note(path + REORDERED)

    def _lists(self, path: str, controls: Sequence[object], found: object) -> Iterator[Difference]:
        lists = [control for control in controls if isinstance(control, list)]
        assert isinstance(found, list)
        lengths = {len(control) for control in lists}
        is_mixed = not all_same(lists) or path + REORDERED in self._known
        if len(lengths) == 1 and is_mixed and same_elements(lists):
            self.is_helped |= path + REORDERED in self._known
            self._note(path + REORDERED)
            if not same_elements([lists[0], found]):
                yield difference(path, "form", lists[0], found)
        elif len(lengths) > 1:
            self._note(path)
            every = [element for control in lists for element in control]
            for index, element in enumerate(found):
                yield from self.at(f"{path}/{index}", every or [element], element)
        elif len(found) != len(lists[0]):
            yield difference(path, "length", lists[0], found)
        elif all_same(lists) and found != lists[0] and same_elements([lists[0], found]):
            yield difference(path, "order", lists[0], found)
        else:
            for index, element in enumerate(found):
                yield from self.at(f"{path}/{index}", [c[index] for c in lists], element)

    def _rows(self, path: str, controls: Sequence[object], found: object) -> Iterator[Difference]:
        runs = [control.rows for control in controls if isinstance(control, Rows)]
        assert isinstance(found, Rows)
        rows = found.rows
        if len({len(run) for run in runs}) > 1:
            yield from self._lists(path, [list(run) for run in runs], list(rows))
            return
        places = list(zip(*runs, strict=True))
        straight = list(self._in_place(path, places, rows))
        if not straight and len(rows) == len(places):
            return
        lost, extra = _unmatched(places, rows)
        if lost or extra:
            if len(rows) == len(places):
                yield from straight
                return
            yield from (difference(path, f"lost-{noun_of(path)}", one[0], NOTHING) for one in lost)
            yield from (difference(path, f"extra-{noun_of(path)}", NOTHING, one) for one in extra)
        elif _varies_in_order(runs):
            self._note(path + REORDERED)
        else:
            yield difference(path, "order", list(runs[0]), list(rows))

    def _in_place(
        self, path: str, places: Sequence[Sequence[object]], rows: Sequence[object]
    ) -> Iterator[Difference]:
        for index, (place, row) in enumerate(zip(places, rows, strict=False)):
            yield from self.at(f"{path}/{index}", place, row)

    def _leaves(
        self, path: str, controls: Sequence[object], found: object
    ) -> Iterator[Difference]:
        first = controls[0]
        if all_same(controls):
            if is_same(first, found):
                return
            if isinstance(first, Text) and isinstance(found, Text):
                yield text_difference(path, "bytes", first.value, found.value)
            elif isinstance(first, Blob) and isinstance(found, Blob):
                yield blob_difference(path, first.value, found.value)
            else:
                yield difference(path, "value", first, found)
            return
        self._note(path, controls)
        if not any(is_same(control, found) for control in controls) and not keeps_form(
            controls, found
        ):
            yield difference(path, "form", first, found)


def _unmatched(
    places: Sequence[Sequence[object]], rows: Sequence[object]
) -> tuple[list[Sequence[object]], list[object]]:
    left, extra = list(places), list(rows)
    # What is equal belongs together, before what has the same form.
    for fits in (_is_one_of, _has_form_of):
        unmatched = []
        for row in extra:
            index = next((i for i, place in enumerate(left) if fits(place, row)), None)
            if index is None:
                unmatched.append(row)
            else:
                del left[index]
        extra = unmatched
    return left, extra


def _is_one_of(place: Sequence[object], row: object) -> bool:
    return any(is_same(one, row) for one in place)


def _has_form_of(place: Sequence[object], row: object) -> bool:
    return not any(_Walk({}).at("", place, row))


def _keeps_order(path: str) -> bool:
    # Headers, cookies and effects are put in order by us; JSON objects are as they were sent.
    return path.startswith("body") or "/session" in path


def _gone(path: str, value: object) -> Iterator[Difference]:
    yield from _alone(path, "lost", value) or [difference(path, "missing", value, NOTHING)]


def _new(path: str, value: object) -> Iterator[Difference]:
    yield from _alone(path, "extra", value) or [difference(path, "extra", NOTHING, value)]


def _alone(path: str, kind: str, value: object) -> list[Difference]:
    """Give a difference for each effect where all of a place or a kind are on one side only."""
    if not path.startswith("effects/"):
        return []
    if isinstance(value, dict):
        return [d for key, rows in value.items() for d in _alone(f"{path}/{key}", kind, rows)]
    if not isinstance(value, Rows):
        return []
    pairs = [(row, NOTHING) if kind == "lost" else (NOTHING, row) for row in value.rows]
    return [difference(path, f"{kind}-{noun_of(path)}", *pair) for pair in pairs]


def _varies_in_order(runs: Sequence[Sequence[object]]) -> bool:
    """Say whether the control itself does the same things in different orders."""
    for index, run in enumerate(runs if len(runs) > 1 else ()):
        others = list(zip(*runs[:index], *runs[index + 1 :], strict=True))
        walk = _Walk({})
        if any(walk._in_place("", others, run)) and not any(_unmatched(others, run)):
            return True
    return False
