"""Says which rule Flask would choose, from the survey, wherever that is sure without asking.

The monolith's worker need not be asked about a plain request to an app whose matching is all in
its rules. What is not plain (encoded characters, odd methods and hosts, upgrades, converters of
the app's own), and apps that put code before Flask's matching, are left to Flask itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from unlith.domain.exchange import HttpRequest
from unlith.domain.survey import AppFacts, Survey
from unlith.domain.targets.router import Ends, Router
from unlith.ports import Match

_PLAIN = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/-]*\Z")
_METHOD = re.compile(r"[A-Z]+\Z")
# Werkzeug answers 400 before it matches where a host's label is empty or longer than 63 letters.
_LABEL = "[A-Za-z0-9_-]{1,63}"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?\Z")
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
        if not self.is_usable or not _is_plain_request(request):
            return None
        found = self._router.find(request.path, request.method)
        if found.ends is Ends.ASK:
            return None
        if found.rule is None:
            return Match(str(found.ends), method=request.method)
        return Match("match", found.rule.endpoint, found.rule.rule, request.method)


class CheckedMatch:
    """Trusts a :class:`KnownMatch` as long as Flask says the same about the first of each kind.

    A kind is a rule, a method and how matching ends. At the first word that Flask does not share
    it is asked about every request from then on. For one thread.
    """

    def __init__(self, known: Callable[[HttpRequest], Match | None]) -> None:
        self._known, self._seen = known, set[Match]()
        self._is_trusted = True

    def __call__(self, request: HttpRequest, ask: Callable[[], Match]) -> Match:
        """Give what Flask would do with a request; *ask* asks it."""
        match = self._known(request) if self._is_trusted else None
        if match is None:
            return ask()
        if match not in self._seen:
            said = ask()
            self._is_trusted = said == match
            self._seen.add(match)
            return said
        return match


# Private


def _is_plain_request(request: HttpRequest) -> bool:
    return (
        _PLAIN.match(request.path) is not None
        and _METHOD.match(request.method) is not None
        and all(_HOST.match(v) for name, v in request.headers if name.lower() == "host")
        and not request.header("upgrade")
    )


def _is_plain(facts: AppFacts) -> bool:
    settings = dict(facts.config)
    return (
        not facts.wsgi_wrapped
        and not facts.host_matching
        and facts.request_class == _REQUEST
        and not _METHODS & set(facts.overrides)
        and not any(settings.get(name) for name in _SETTINGS)
    )
