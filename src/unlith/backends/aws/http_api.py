"""The switch of an API Gateway HTTP API: stage variables, or the targets of routes.

Sources, read 2026-11-26:
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.stage-variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from unlith.backends.aws.calls import outside
from unlith.domain.names import cloud_name
from unlith.domain.stack.values import ALIAS, Cut, variables
from unlith.domain.stage import Stage, Switch

GATEWAY_STAGE = "$default"
_FUNCTION = re.compile(r":function:([A-Za-z0-9_-]+)(?::[A-Za-z0-9_$-]+)?(?:/invocations)?\Z")


class HttpApi:
    """One HTTP API, by its id."""

    def __init__(self, client: Any, api_id: str, stage: Stage) -> None:
        self._client = client
        self._api = api_id
        self._stage = stage

    def serving(self, cuts: tuple[Cut, ...]) -> Mapping[str, str]:
        """Give, for each group, the function that serves it now, as the cloud names it."""
        if self._stage.switch is Switch.VARIABLES:
            live = self._variables()
            groups = dict.fromkeys(cut.group for cut in cuts if cut.group)
            return {g: live[g].removesuffix(f":{ALIAS}") for g in groups if g in live}
        functions = self._functions()
        targets = {key: functions.get(target, "") for key, (_, target) in self._routes().items()}
        found: dict[str, str] = {}
        for cut in cuts:
            if cut.group and cut.key in targets:
                there = targets[cut.key]
                found[cut.group] = there if found.get(cut.group, there) == there else "mixed"
        return found

    def point(self, cuts: tuple[Cut, ...]) -> None:
        """Make each group's routes go to the function that its cuts name."""
        if self._stage.switch is Switch.VARIABLES:
            live = self._variables()
            wanted = {**live, **variables(self._stage, cuts)}
            if wanted != live:
                with outside("apigatewayv2", "UpdateStage"):
                    self._client.update_stage(
                        ApiId=self._api, StageName=GATEWAY_STAGE, StageVariables=wanted
                    )
            return
        targets = {name: target for target, name in self._functions().items()}
        routes = self._routes()
        for cut in cuts:
            route, target = routes.get(cut.key, ("", ""))
            wanted_target = targets.get(cloud_name(self._stage.name, cut.function), target)
            if route and target != wanted_target:
                with outside("apigatewayv2", "UpdateRoute"):
                    self._client.update_route(
                        ApiId=self._api, RouteId=route, Target=f"integrations/{wanted_target}"
                    )

    # Private

    def _variables(self) -> dict[str, str]:
        with outside("apigatewayv2", "GetStage"):
            found = self._client.get_stage(ApiId=self._api, StageName=GATEWAY_STAGE)
        return dict(found.get("StageVariables") or {})

    def _routes(self) -> dict[str, tuple[str, str]]:
        # Route key to route id and the id of the integration.
        return {
            item["RouteKey"]: (
                item["RouteId"],
                item.get("Target", "").removeprefix("integrations/"),
            )
            for item in self._all("get_routes")
        }

    def _functions(self) -> dict[str, str]:
        # Id of an integration to the name of the function behind it.
        return {
            item["IntegrationId"]: found[1]
            for item in self._all("get_integrations")
            if (found := _FUNCTION.search(item.get("IntegrationUri", "")))
        }

    def _all(self, operation: str) -> Iterable[Any]:
        token: dict[str, str] = {}
        while True:
            with outside("apigatewayv2", operation):
                page = getattr(self._client, operation)(ApiId=self._api, **token)
            yield from page["Items"]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}
