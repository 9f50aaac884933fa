"""LR511, LR601 to LR605: what answers, imports and packages weigh, against Lambda's limits."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from unlith.backends.distributions import (
    PROVIDED,
    compiled,
    needed,
    owners_of_imports,
    size_of,
)
from unlith.backends.readiness.rule import AppPage, E, Place, Rule, W

BUDGET_MS = 1000.0
"""A cold start that people notice: one second of imports, before anything else."""

INIT_MS = 10_000.0
"""How long INIT may take; then it is broken off and begun again within the invocation.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, read 2026-11-20.
"""

UNZIPPED_BYTES = 250 * 1024 * 1024
"""A function's code and layers, unzipped.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, read 2026-11-20.
"""

ANSWER_BYTES = 6 * 1024 * 1024 * 3 // 4
"""Of bytes that travel as base64 in an answer of 6 MB; text has a third more.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, read 2026-11-20.
"""

_NEAR = 0.7
_HEAVY_MS = 100.0
_HEAVY_BYTES = 20 * 1024 * 1024
_FRAMEWORK = frozenset({"flask", "werkzeug", "jinja2", "click", "itsdangerous", "markupsafe",
                        "blinker", "unlith"})  # fmt: skip
_GLIBC = (2, 34)
"""Of Amazon Linux 2023, under the runtimes python3.12 and later.

https://docs.aws.amazon.com/linux/al2023/ug/glibc-gcc-and-binutils.html, read 2026-11-26.
"""


def slow_import(app: AppPage) -> Iterator[Place]:
    """Yield, once for the app, an import that takes longer than its budget."""
    took = app.profile.total_ms if app.profile else 0.0
    if BUDGET_MS < took < _NEAR * INIT_MS:
        yield Place(f"importing the app takes {took / 1000:.1f} s here: {_slowest(app)}")


def init_limit(app: AppPage) -> Iterator[Place]:
    """Yield, once for the app, an import that comes near the limit of INIT."""
    took = app.profile.total_ms if app.profile else 0.0
    if took >= _NEAR * INIT_MS:
        said = f"importing the app takes {took / 1000:.1f} s here, INIT ends at 10 s"
        yield Place(f"{said}: {_slowest(app)}")


def imported_not_used(app: AppPage) -> Iterator[Place]:
    """Yield heavy distributions that the app imports for all routes and few routes use.

    Heavy is 100 ms of imports or, where nothing was measured, 20 MB; few is less than half.
    """
    known = [one for one in app.facts if not one.route.endswith("/<path:filename>")]
    users: dict[str, set[str]] = defaultdict(set)
    imported: set[str] = set()
    for one in known:
        imported.update(one.closure.used, one.closure.pulled)
        for name in one.closure.used:
            users[name].add(one.route)
    spent = _by_distribution(app)
    common = {name for name in users if 2 * len(users[name]) >= len(known)}
    for name in sorted(imported - _FRAMEWORK - PROVIDED - _with_requirements(common)):
        weight = _weight(name, spent, measured=app.profile is not None)
        if not weight:
            continue
        place = _first_import(app, name)
        if place is not None:
            without = tuple(sorted(one.route for one in known if one.route not in users[name]))
            said = f"{name} ({weight}) is imported for all and used by {len(users[name])}"
            yield Place(f"{said} of {len(known)} routes", *place, without)


def too_big(app: AppPage) -> Iterator[Place]:
    """Yield, once for the app, a package of more than 250 MB."""
    sizes = {name: size_of(name) for name in _shipped(app)}
    whole = sum(sizes.values())
    if whole > UNZIPPED_BYTES:
        heavy = sorted(sizes, key=lambda name: -sizes[name])[:3]
        named = ", ".join(f"{name} {sizes[name] >> 20} MB" for name in heavy)
        yield Place(
            f"its distributions are {whole >> 20} MB unzipped, 250 MB is the limit: {named}"
        )


def wrong_platform(app: AppPage) -> Iterator[Place]:
    """Yield compiled distributions whose installed build does not run on Lambda."""
    for name, tags in compiled(_shipped(app)):
        reason = "" if any(map(_runs_on_lambda, tags)) else tags[0]
        if reason:
            place = _first_import(app, name) or ("", 0)
            said = "made on this machine" if "-linux_" in reason else "of another platform"
            yield Place(f"{name} is compiled and {said} ({reason})", *place)


def big_answer(app: AppPage) -> Iterator[Place]:
    """Yield files that the app serves itself and Lambda cannot answer with: 6 MB, with base64."""
    root = Path(app.survey.facts.root_path or ".", "static")
    rules = [rule for rule in app.survey.rules if rule.endpoint == "static"]
    if not rules or not app.survey.facts.root_path or not root.is_dir():
        return
    sizes = {file: file.stat().st_size for file in root.rglob("*") if file.is_file()}
    big = sorted((file for file in sizes if sizes[file] > ANSWER_BYTES), key=lambda f: -sizes[f])
    if big:
        name = big[0].relative_to(root).as_posix()
        said = f"{len(big)} static files pass {ANSWER_BYTES / 2**20:.1f} MB"
        yield Place(f"{said}, such as {name} ({sizes[big[0]] / 2**20:.1f} MB)",
                    routes=app.routes_of(rules[0]))  # fmt: skip


# Private


def _runs_on_lambda(tag: str) -> bool:
    """Say whether a wheel's tag is of a Linux with a C library no newer than Lambda's.

    Some builders write several platforms as one tag, with dots between (PEP 425).

    >>> _runs_on_lambda("cp312-cp312-manylinux_2_28_x86_64"), _runs_on_lambda("a-b-linux_x86_64")
    (True, False)
    >>> _runs_on_lambda("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
    True
    """
    return any(map(_is_of_lambda, tag.rpartition("-")[2].split(".")))


def _is_of_lambda(platform: str) -> bool:
    if platform == "any" or re.match(r"manylinux(1|2010|2014)_(x86_64|aarch64)$", platform):
        return True
    found = re.match(r"manylinux_(\d+)_(\d+)_(x86_64|aarch64)$", platform)
    return found is not None and (int(found.group(1)), int(found.group(2))) <= _GLIBC


def _shipped(app: AppPage) -> tuple[str, ...]:
    if not app.is_live:
        return ()
    tops = {
        found.module.partition(".")[0]
        for page in app.pages
        for definition in page.everywhere()
        for found in definition.imports.values()
        if found.module and not app.index.tree.owns(found.module.partition(".")[0])
    }
    return needed(sorted({*tops, "flask"} - set(sys.stdlib_module_names) - {"unlith"}))[0]


def _with_requirements(names: set[str]) -> set[str]:
    # What a distribution requires comes along with it.
    owners = owners_of_imports()
    return set(needed([top for top, found in owners.items() if names & set(found)])[0])


def _by_distribution(app: AppPage) -> dict[str, float]:
    # Own times only, so that nothing counts twice.
    owners = owners_of_imports()
    found: dict[str, float] = defaultdict(float)
    for one in app.profile.modules if app.profile else ():
        for owner in owners.get(one.name.partition(".")[0], ())[:1]:
            found[owner] += one.self_us / 1000
    return found


def _slowest(app: AppPage) -> str:
    spent = _by_distribution(app)
    top = sorted(spent, key=lambda name: -spent[name])[:3]
    return ", ".join(f"{name} {spent[name]:.0f} ms" for name in top) or "the app's own modules"


def _weight(name: str, spent: dict[str, float], *, measured: bool) -> str:
    if measured:
        return f"{spent[name]:.0f} ms" if spent.get(name, 0.0) >= _HEAVY_MS else ""
    size = size_of(name)
    return f"{size >> 20} MB" if size >= _HEAVY_BYTES else ""


def _first_import(app: AppPage, distribution: str) -> tuple[str, int] | None:
    """Give where the project imports a distribution while it starts: file and line."""
    owners = owners_of_imports()
    for page in sorted(app.pages, key=lambda page: page.module):
        for found in page.reading.body.imports.values():
            top = found.module.partition(".")[0]
            source = app.index.tree.find(page.module)
            if distribution in owners.get(top, ()) and source is not None:
                return str(source.file), found.line
    return None


_PROFILED = "# measured: {}\ndef view(): pass\n"

RULES = (
    Rule("LR511", W, "Answer that may pass 6 MB", "a presigned S3 link",
         "# static/film.mp4: 80 MB\ndef view(): pass\n",
         "# static/logo.png: 10 kB\ndef view(): pass\n", app=big_answer,
         dynamic="the size of each answer"),
    Rule("LR601", W, "Import over its budget", "import what few routes need in their functions",
         _PROFILED.format("importing takes 3.5 s"), _PROFILED.format("importing takes 0.4 s"),
         app=slow_import, dynamic="fresh processes under -X importtime"),
    Rule("LR602", W, "Imported for all, used by few", "import it in the function that needs it",
         "# measured: 900 ms\nimport pandas\n@app.get('/report')\ndef report(): "
         "return pandas.DataFrame().to_csv()\n@app.get('/a')\ndef a(): return ''\n"
         "@app.get('/health')\ndef view(): return ''\n",
         "@app.get('/report')\ndef report():\n    import pandas\n"
         "    return pandas.DataFrame().to_csv()\n@app.get('/health')\ndef view(): return ''\n",
         app=imported_not_used),
    Rule("LR603", E, "INIT near its limit of 10 s", "import later, extract, or another machine",
         _PROFILED.format("importing takes 8 s"), _PROFILED.format("importing takes 3 s"),
         app=init_limit, dynamic="fresh processes under -X importtime"),
    Rule("LR604", E, "Package over 250 MB unzipped", "leave out what no route uses, or an image",
         "# installed: 300 MB\ndef view(): pass\n", "# installed: 30 MB\ndef view(): pass\n",
         app=too_big),
    Rule("LR605", E, "Compiled for another platform", "a manylinux wheel of the same version",
         "import psycopg2  # built here: cp312-cp312-linux_x86_64\ndef view(): pass\n",
         "import psycopg2  # a wheel: cp312-cp312-manylinux_2_17_x86_64\ndef view(): pass\n",
         app=wrong_platform),
)  # fmt: skip
