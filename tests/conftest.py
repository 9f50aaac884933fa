"""Holds for all tests: hypothesis measures no time, and CI tries the same things each time."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unlith",
    deadline=None,  # machines are noisy
    derandomize="CI" in os.environ,  # a push must not fail by another's luck
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unlith")
