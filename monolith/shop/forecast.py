"""How many pieces to keep so that they last: needed by one report, and slow to import.

SIN: the table is computed when the module is imported, and so paid for by whoever imports the app.
"""

from __future__ import annotations

import math

SERVICE_LEVEL = 0.99
MOST_SOLD = 600
STEPS = 20


def _quantile(mean: float) -> int:
    chance = total = math.exp(-mean)
    pieces = 0
    while total < SERVICE_LEVEL:
        pieces += 1
        chance *= mean / pieces
        total += chance
    return pieces


# The 99 % quantile of Poisson's distribution for each mean from 0 to 600, in steps of 0.05.
REORDER_LEVELS = tuple(_quantile(step / STEPS) for step in range(MOST_SOLD * STEPS + 1))


def reorder_level(mean: float) -> int:
    """Give the stock that lasts a period in which *mean* pieces are sold, in 99 of 100 cases."""
    return REORDER_LEVELS[round(min(mean, MOST_SOLD) * STEPS)]
