"""The measured process: imports a handler, and calls it once if an event is given.

``start.py PATHS HANDLER [EVENT]``, PATHS with ``:`` between them. Prints the memory used, in KB.
The runtime client of AWS is left out: it costs the same whatever it starts.
"""

import importlib
import sys

sys.path[:0] = sys.argv[1].split(":")
module, _, name = sys.argv[2].rpartition(".")
handler = getattr(importlib.import_module(module), name)
if len(sys.argv) > 3:
    import json

    answer = handler(json.loads(sys.argv[3]), None)
    assert int(answer["statusCode"]) < 500, answer
import resource  # noqa: E402

print("\nRSS", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
