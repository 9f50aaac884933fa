"""Says which rule Flask would choose, from the survey, wherever that is sure without asking.

The monolith's worker need not be asked about a plain request to an app whose matching is all in
its rules. What is not plain (encoded characters, upgrades, converters of the app's own), and apps
that put code before Flask's matching, are left to Flask itself.
"""

from __future__ import annotations

import re

from unlith.domain.exchange import HttpRequest
from unlith.domain.survey import AppFacts, Survey
from unlith.domain.targets.router import Ends, Router
from unlith.ports import Match

_PLAIN = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/-]*\Z")
# Settings and methods of the app that take part in matching.
_SETTINGS = ("SERVER_NAME", "TRUSTED_HOSTS")
_METHODS = {"create_url_adapter", "request_context", "wsgi_app", "__call__"}
_REQUEST = "flask.wrappers:Request"


class KnownMatch:
    """Matches requests by the surveyed rules; any number of threads may ask."""

    def __init__(self, survey: Survey) -> None:
        self._router = Router(survey.rules, merges=survey.facts.merge_slashes)
        self.is_usable = _is_plain(survey.facts) and not any(
            rule.host or rule.subdomain for rule in survey.rules
        )

    def __call__(self, request: HttpRequest) -> Match | None:
        """Give what Flask would do with a request, or None where only Flask can say."""
        if not self.is_usable or not _PLAIN.match(request.path) or request.header("upgrade"):
            return None
        found = self._router.find(request.path, request.method)
        if found.ends is Ends.ASK:
            return None
        if found.rule is None:
            return Match(str(found.ends), method=request.method)
        return Match("match", found.rule.endpoint, found.rule.rule, request.method)


# Private


def _is_plain(facts: AppFacts) -> bool:
    settings = dict(facts.config)
    return (
        not facts.wsgi_wrapped
        and not facts.host_matching
        and facts.request_class == _REQUEST
        and not _METHODS & set(facts.overrides)
        and not any(settings.get(name) for name in _SETTINGS)
    )
