"""Calls a handler with each event of a file; prints the processor time in seconds.

Usage: ``python -S bare.py FOLDER MODULE.NAME EVENTS``; the first calls warm it up.
"""

import importlib
import json
import sys
import time

sys.path.insert(0, sys.argv[1])
module, _, name = sys.argv[2].rpartition(".")
handler = getattr(importlib.import_module(module), name)
with open(sys.argv[3], encoding="utf-8") as file:
    events = json.load(file)
for event in events[:50]:
    handler(event, None)
started = time.process_time()
for event in events:
    handler(event, None)
print(time.process_time() - started)
