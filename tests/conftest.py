"""Holds for all tests: hypothesis measures no time, because machines are noisy."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("unlith", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unlith")
