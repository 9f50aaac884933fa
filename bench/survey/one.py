"""Surveys the app of one workspace and prints its figures as one line of JSON.

Runs inside the app's own environment; ``verify.py`` starts it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from unlith.backends.flask_inspector import FlaskInspector, run_child
from unlith.backends.readiness.engine import findings
from unlith.backends.survey.analysis import Analysis
from unlith.domain.survey_route import RouteClosure
from unlith.errors import UnlithError
from unlith.files.settings import read_settings

REGISTRIES = """
import json, sys
target, paths = sys.argv[1:]
sys.path[:0] = json.loads(paths)
sys.argv[:] = [target]  # an app may read it
from unlith.backends.inspect_child import load_app
app, _ = load_app(target)
hooks = sum(len(f) for r in (app.before_request_funcs, app.after_request_funcs,
    app.teardown_request_funcs, app.url_value_preprocessors, app.url_default_functions,
    app.template_context_processors) for f in r.values()) + len(app.teardown_appcontext_funcs)
hooks -= sum(f.__name__ == "_default_template_ctx_processor"
    for fs in app.template_context_processors.values() for f in fs)
hooks += sum(len(c) for b in app.error_handler_spec.values() for c in b.values())
print("\\nFIGURES", json.dumps([len(list(app.url_map.iter_rules())), hooks]), flush=True)
import os
os._exit(0)
"""


def main() -> None:
    """Measure the workspace named by the job."""
    job = json.loads(sys.argv[1])
    settings = read_settings(Path(job["root"]))
    started = time.perf_counter()
    survey = FlaskInspector(settings).inspect()
    result: dict[str, Any] = {"import_s": round(time.perf_counter() - started, 2)}
    analysis = Analysis(survey, settings.sources)
    started = time.perf_counter()
    analysis.read_all(survey.modules)
    closures = analysis.closures()
    result["closures_s"] = round(time.perf_counter() - started, 2)
    reachable = {m for c in closures.values() for m in (*c.modules, *c.imported)}
    reachable |= set(survey.modules)
    paths = [str(path) for path in settings.sources]
    told = subprocess.run(
        [sys.executable, "-P", "-c", REGISTRIES, settings.app, json.dumps(paths)],
        capture_output=True, text=True, cwd=settings.root, check=False,
        env={**os.environ, **settings.environ},
    )  # fmt: skip
    lines = [x for x in told.stdout.splitlines() if x.startswith("FIGURES")]
    rules, hooks = json.loads(lines[-1].removeprefix("FIGURES"))
    result |= {
        "rules_found": len(survey.rules),
        "rules_in_url_map": rules,
        "hooks_found": len(survey.hooks),
        "hooks_in_registries": hooks,
        "registered": len(survey.registered),
        "modules": len(survey.modules),
        "kept_share_median": round(
            statistics.median(len(c.modules) / len(reachable) for c in closures.values()), 3
        ),
    }
    result["rules"] = dict(sorted(Counter(f.rule for f in findings(analysis)).items()))
    missed: list[str] = []
    for name, tests in (("requests", None), ("tests", job["tests"])):
        if (name == "tests" and not tests) or not job["trace"]:
            continue
        child = {"target": settings.app, "paths": paths, "roots": paths, "tests": tests}
        try:
            answer = run_child("unlith.backends.survey.trace_child", child, settings)
        except UnlithError as error:
            answer = {"message": str(error)}
        if "ok" not in answer:
            result[name] = str(answer.get("message"))
            continue
        result[name], lost = compared(closures, answer["ok"], tuple(job.get("doubles", ())))
        missed += lost
        if not answer["ok"]:
            missed.append(f"no route was served by the {name}: {answer['said']}")
    result["missed"] = missed[:20]
    result["missed_count"] = len(missed)
    print("\n" + json.dumps(result))


def compared(
    closures: dict[tuple[str, str], RouteClosure], traced: Any, doubles: tuple[str, ...]
) -> tuple[dict[str, int], list[str]]:
    """Count executed modules that are in the closure, named unknown, or missed.

    A function's module must hold something the closure uses; a module of which only the body ran
    may also be among those imported. *Unknown* counts where the route's closure names a dynamic
    import or a getattr() and the module is on no static path from the route.
    """
    counts: Counter[str] = Counter()
    missed = []
    known = {endpoint for endpoint, _ in closures}
    for endpoint, method, modules in traced:
        if endpoint not in known:  # tests make apps and routes of their own
            counts["of_other_apps"] += 1
            continue
        counts["routes"] += 1
        closure = closures.get((endpoint, method)) or closures.get((endpoint, ""))
        if closure is None:
            closure = next((c for (e, _), c in closures.items() if e == endpoint), RouteClosure())
        dynamic = any("run time" in unknown for unknown in closure.unknown)
        for module, names in modules:
            if ".tests." in module or module.startswith("test") or module.endswith(doubles):
                continue
            counts["executed"] += 1
            only_body = names == ["<module>"]
            if module in closure.modules or (only_body and module in closure.imported):
                counts["in_closure"] += 1
            elif dynamic and module not in closure.imported:
                counts["named_unknown"] += 1
            else:
                missed.append(f"{endpoint} {method}: {module}: {names}")
    return dict(counts), missed


if __name__ == "__main__":
    main()
