"""How large the rate of mismatches may still be, said so that looking often does no harm; pure.

The bound is the upper end of a confidence sequence: with the stated confidence it holds at every
number of exchanges at once, so a run may be looked at, stopped or continued at any time. It
comes from the beta-binomial mixture: for a rate p the mixture's likelihood over that of p is a
martingale that starts at 1, and by Ville's inequality (1939) it ever reaches 1/alpha with a
probability of alpha at most; rates for which it did are ruled out. Robbins, Statistical methods
related to the law of the iterated logarithm, Ann. Math. Stat. 41(5), 1970; Howard, Ramdas,
McAuliffe and Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Ann. Stat.
49(2), 2021 (https://arxiv.org/abs/1810.08240, read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, lgamma, log, log1p

CONFIDENCE = 0.95

PRIOR = (0.5, 500.0)
"""The mixture: most weight on rates below 1 %, where sides that are nearly the same lie."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The bound of the mismatch rate after some distinct exchanges, some of them differing.

    Exchanges count once however often they were compared. The rate is that of exchanges like
    those compared: a kind of request that nobody sent says nothing.
    """

    mismatches: int = 0
    exchanges: int = 0
    confidence: float = CONFIDENCE

    @property
    def rate(self) -> float:
        """Give the bound: 1.0 where nothing is known."""
        return upper_rate(self.mismatches, self.exchanges, self.confidence)

    def __str__(self) -> str:
        """Say it in one sentence."""
        if not self.exchanges:
            return "no exchange was compared: nothing is known of the mismatch rate"
        exchanges = f"{self.exchanges:,} distinct exchange{'s' * (self.exchanges != 1)}"
        counted = f"{self.mismatches:,} of them with differences" if self.mismatches else ""
        seen = f"{exchanges}, {counted}" if counted else f"0 differences in {exchanges}"
        return (
            f"{seen}: mismatch rate below {percent(self.rate)} at "
            f"{self.confidence * 100:g} %, valid however often one looks"
        )

    def as_dict(self) -> dict[str, object]:
        """Give the fields as JSON values."""
        return {
            "distinct": self.exchanges,
            "mismatches": self.mismatches,
            "upper_rate": self.rate,
            "confidence": self.confidence,
            "words": str(self),
        }


def upper_rate(mismatches: int, exchanges: int, confidence: float = CONFIDENCE) -> float:
    """Give the largest rate of mismatches that is not ruled out, between 0 and 1."""
    if exchanges <= 0:
        return 1.0
    limit = -log(1.0 - confidence)
    mixed = _log_beta(PRIOR[0] + mismatches, PRIOR[1] + exchanges - mismatches) - _log_beta(*PRIOR)
    low, high = mismatches / exchanges, 1.0
    # Above the rate that was seen the martingale only grows with p.
    for _ in range(50):
        middle = (low + high) / 2
        if mixed - _log_likelihood(mismatches, exchanges, middle) < limit:
            low = middle
        else:
            high = middle
    return high


def percent(rate: float) -> str:
    """Give a rate in percent with two figures, rounded up: a bound must not be understated."""
    value = rate * 100
    for digits in range(0, 8):
        if value >= 10 ** (1 - digits) or digits == 7:
            scaled = value * 10**digits
            whole = int(scaled) + (scaled > int(scaled))
            return f"{whole / 10**digits:.{digits}f} %"
    return "0 %"


# Private


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_likelihood(mismatches: int, exchanges: int, rate: float) -> float:
    hits = mismatches * log(rate) if mismatches and rate > 0 else 0.0
    misses = exchanges - mismatches
    if misses and rate >= 1.0:
        return -inf
    return hits + (misses * log1p(-rate) if misses else 0.0)
