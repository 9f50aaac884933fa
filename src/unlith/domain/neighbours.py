"""Which rules of an app a function must know beside its own to answer as the app does."""

from __future__ import annotations

from collections.abc import Iterable

from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.shapes import may_reach, shape_of
from unlith.domain.targets.template import key_of


def neighbours(
    rules: Iterable[SurveyedRule], own: Iterable[SurveyedRule]
) -> tuple[SurveyedRule, ...]:
    """Give, in their order, the rules that a gateway's keys for the *own* rules may reach.

    Those are needed to answer 404, 405, ``Allow`` and OPTIONS as the app does, and to know what is
    not the function's to answer. A gateway sees no types: ``/a/<int:x>`` reaches ``/a/new``. A
    rule is named rather twice than never.
    """
    mine = tuple(own)
    keys = tuple(key_of(shape_of(rule)) for rule in mine)
    return tuple(
        rule
        for rule in rules
        if not rule.build_only
        and not rule.websocket
        and (rule in mine or any(may_reach(key, shape_of(rule), spans=True) for key in keys))
    )
