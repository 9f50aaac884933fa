"""Finds values that vary on the control and stand still on the candidate; pure.

A random value that became a constant keeps the form of a random value, so that form alone never
shows it. Whether standing still can be chance is judged by a permutation test: given all values
of both sides, how likely are the candidate's to be all the same one? Texts are looked at token by
token, where all runs have the same number of tokens.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from unlith.domain.difference import Difference, difference
from unlith.domain.observed import Blob, Observed, Rows, Text
from unlith.domain.patterns import tokens_of

CHANCE = 1e-4
"""What is less likely than this is no chance."""

Leaves = dict[str, object]


def standing_still(
    controls: Sequence[Observed], candidates: Sequence[Observed]
) -> tuple[tuple[Difference, ...], bool]:
    """Give values that stand still on the candidate only, and whether more runs can tell more."""
    theirs, ours = _aligned([run.tree for run in controls], [run.tree for run in candidates])
    found: dict[str, Difference] = {}
    is_open = False
    for path, value in ours[0].items():
        values = [leaves.get(path) for leaves in theirs]
        if len(set(map(repr, values))) < 2 or any(run.get(path) != value for run in ours[1:]):
            continue
        if _chance(values, value, len(ours)) > CHANCE:
            is_open = True
        else:
            place = path.partition("\n")[0]
            shown = ", ".join(dict.fromkeys(str(value) for value in values[:3]))
            found.setdefault(place, difference(place, "constant", f"varies: {shown}", value))
    return tuple(found.values()), is_open


# Private


def _chance(values: Sequence[object], constant: object, runs: int) -> float:
    same = sum(value == constant for value in values)
    return math.comb(same + runs, runs) / math.comb(len(values) + runs, runs)


def _aligned(
    controls: Sequence[object], candidates: Sequence[object]
) -> tuple[list[Leaves], list[Leaves]]:
    runs = [dict(_leaves("", tree)) for tree in (*controls, *candidates)]
    split: list[Leaves] = [{} for _ in runs]
    for path in runs[0]:
        if not all(path in run for run in runs):
            continue
        tokens = [_tokens(run[path]) for run in runs]
        is_even = len({len(one) for one in tokens}) == 1
        for leaves, run, parts in zip(split, runs, tokens, strict=True):
            if is_even and len(parts) > 1:
                # After the line break: which token; the place shown is what is before.
                leaves.update({f"{path}\n{n}": part for n, part in enumerate(parts)})
            else:
                leaves[path] = run[path]
    return split[: len(controls)], split[len(controls) :]


def _tokens(value: object) -> list[str]:
    return tokens_of(value) if isinstance(value, str) else []


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(f"{path}/{key}" if path else str(key), child)
    elif isinstance(value, list | Rows):
        for index, child in enumerate(value.rows if isinstance(value, Rows) else value):
            yield from _leaves(f"{path}/{index}", child)
    else:
        yield path, value.value if isinstance(value, Text | Blob) else value
