"""A million routing decisions on the url_maps of real apps, each held against Werkzeug's own.

Usage: ``python bench/routing/verify.py [MAP …] [--paths N] [--tables N]``. For every map some
random tables are compiled for every target, and every request of the map's own grammar and around
it is decided; every other table trusts that nobody sends encoded slashes, and gets none. Writes
``results.json``; exit code 1 if a decision is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from routing.kept_maps import KeptMap, all_maps
from routing.random_tables import table_at_random
from unlith.domain.targets.proof import IN_PROCESS, TARGETS, Proof, shrunk
from unlith.domain.targets.urls import requests

HERE = Path(__file__).parent


def verified(kept: KeptMap, paths: int, tables: int) -> dict[str, Any]:
    """Give the counts of one map, and what was wrong."""
    counts: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(tables):
        trusts = seed % 2 == 1
        table = table_at_random(kept.rules, seed)
        proof = Proof(kept.rules, table, options=kept.options, trusts_slashes=trusts)
        wanted = len(proof.owners.wanted())
        moved["wanted"] += wanted
        for target in TARGETS:
            moved[target] += wanted - len(proof.compiled[target].kept)
        for method, path in requests(kept.rules, paths, seed):
            if trusts and "%2F" in path.upper():
                continue
            truth = kept.match(unquote(path), method)
            for one in proof.judge(method, path, truth, counts):
                wrong.append(str(one) if len(wrong) > 4 else _smallest(kept, proof, one))
    decisions = sum(counts[name] for name in (IN_PROCESS, *TARGETS))
    return {
        "version": kept.version,
        "rules": len(kept.rules),
        "decisions": decisions,
        "wrong": len(wrong),
        "first_wrong": wrong[:5],
        "counts": dict(counts),
        "moved": dict(moved),
    }


def _smallest(kept: KeptMap, proof: Proof, wrong: Any) -> str:
    def again(path: str) -> list[Any]:
        truth = kept.match(unquote(path), wrong.method)
        found = proof.judge(wrong.method, path, truth)
        return [one for one in found if one.target == wrong.target]

    return str(again(shrunk(wrong.path, lambda path: bool(again(path))))[0])


def main() -> int:
    """Verify all maps, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--paths", type=int, default=600)
    parser.add_argument("--tables", type=int, default=4)
    given = parser.parse_args()
    results = {}
    for kept in all_maps():
        if given.names and kept.name not in given.names:
            continue
        one = results[kept.name] = verified(kept, given.paths, given.tables)
        said = f"{one['rules']} rules, {one['decisions']} decisions, {one['wrong']} wrong"
        print(f"{kept.name}: {said}, {one['moved']}", *one["first_wrong"], sep="\n  ", flush=True)
    names = ("rules", "decisions", "wrong")
    total = {"maps": len(results)} | {n: sum(r[n] for r in results.values()) for n in names}
    print(", ".join(f"{value} {name}" for name, value in total.items()))
    if not given.names:
        text = json.dumps({"total": total, "maps": results}, indent=1)
        (HERE / "results.json").write_text(text + "\n", "utf-8")
    return 1 if total["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
