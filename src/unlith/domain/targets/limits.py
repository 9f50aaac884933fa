"""What each gateway allows, with where that is said.

Read 2026-11-26 below https://docs.aws.amazon.com: HTTP APIs in
/apigateway/latest/developerguide/http-api-quotas.html, REST APIs in
/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html, load balancers
in /elasticloadbalancing/latest/application/load-balancer-limits.html and
/elasticloadbalancing/latest/application/rule-condition-types.html.
"""

from __future__ import annotations

HTTP_ROUTES = 300
"""Routes of an HTTP API, ``$default`` among them; can be raised."""
HTTP_INTEGRATIONS = 300
"""Integrations of an HTTP API; cannot be raised."""
REST_RESOURCES = 300
"""Resources of a REST API, ``/`` among them; can be raised."""
ALB_RULES = 100
"""Rules of a load balancer, default rules aside; can be raised."""
ALB_TARGET_GROUPS = 100
"""Target groups of a load balancer; cannot be raised. A Lambda function is alone in its group."""
ALB_VALUES_PER_CONDITION = 3
"""Match evaluations of one condition."""
ALB_VALUES_PER_RULE = 5
"""Match evaluations of one rule, over all its conditions."""
ALB_PATTERN = 128
"""Characters of a path pattern or of a regular expression."""
