"""A stage in an AWS account, put together: plan, deploy, look, switch, remove.

Calls go to the stage's endpoint where it names one.
"""

from __future__ import annotations

import functools
import json
import platform
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unlith.backends.aws.calls import outside
from unlith.backends.aws.http_api import HttpApi
from unlith.backends.aws.lambda_cloud import LambdaCloud
from unlith.backends.aws.stack_cloud import StackCloud
from unlith.backends.local.smoke import check_import
from unlith.backends.permissions import Permissions
from unlith.domain.cuts import cuts_of
from unlith.domain.function import FunctionInfo
from unlith.domain.iam.policy import Policy
from unlith.domain.names import cloud_name
from unlith.domain.routing import RoutingTable
from unlith.domain.stack.statements import statements
from unlith.domain.stack.template import as_text, template
from unlith.domain.stack.values import ALIAS, Artefact, Cut, Plan
from unlith.domain.stage import Stage
from unlith.domain.survey import Survey
from unlith.errors import OutsideError, UnlithError, UsageError
from unlith.files.settings import Settings
from unlith.ports import Bundle, Clock, Deployed, Reporter, TableStore
from unlith.usecases import stack as usecase
from unlith.usecases.switch import PointedStore

PING = {"source": "serverless-plugin-warmup"}
"""An event that every handler answers without reaching the app: it shows that init works."""


@dataclass(frozen=True)
class Here:
    """What a deploy takes from the workspace, each made on demand; *bundles* the whole first."""

    settings: Settings
    bundles: Callable[[], Mapping[str, Bundle]]
    functions: Callable[[], Iterable[FunctionInfo]]
    survey: Callable[[], Survey]
    clock: Clock
    reporter: Reporter


@dataclass(frozen=True)
class RemoteStage:
    """One stage as unlith works on it."""

    stage: Stage
    here: Here
    store: TableStore

    @property
    def toggles(self) -> PointedStore:
        """Give the stage's table, whose changes reach its gateway."""
        return PointedStore(self.store, self.point, self.here.clock)

    def template(self) -> str:
        """Give the text of the stage's template.

        Raises:
            UsageError: if it does not fit the limits of the cloud.
        """
        return self._body(tuple(self.here.bundles().values()))

    def deploy(self, *, only_plan: bool, allow_replace: bool) -> usecase.Deploy:
        """Send the zips and make a change set; unless told otherwise carry it out.

        Raises:
            UsageError: if data would be lost and that was not allowed.
            FunctionFailed: if a handler does not import from its zip; nothing was changed.
            Conflict, OutsideError: what was before is in place then, or the error says what not.
        """
        bundles = tuple(self.here.bundles().values())
        for bundle in bundles:
            check_platform(self.stage, bundle)
        body, reporter = self._body(bundles), self.here.reporter
        proposal = usecase.propose(self.stage, body, bundles, self.cloud, reporter)
        if only_plan or not proposal.changes:
            self.cloud.withdraw(proposal.stack, proposal.name)
            return usecase.Deploy(self.stage.name, proposal.changes, False, self.url)
        try:
            usecase.check_data(proposal, allow_replace=allow_replace)
            for bundle in bundles:
                reporter.step(f"importing {bundle.name} from its zip")
                check_import(self.here.settings, bundle)
        except UnlithError:
            self.cloud.withdraw(proposal.stack, proposal.name)
            raise
        self._carry_out(proposal, [bundle.name for bundle in bundles])
        return usecase.Deploy(self.stage.name, proposal.changes, True, self.url)

    def deployed(self, names: Iterable[str]) -> dict[str, Deployed | None]:
        """Give each function as the stage has it."""
        cloud = LambdaCloud(self.client("lambda"), "")
        return {name: cloud.describe(cloud_name(self.stage.name, name)) for name in names}

    @functools.cached_property
    def cloud(self) -> StackCloud:
        """Give the stack's cloud."""
        return StackCloud(self.client, self.stage, poll_s=_poll_s(self.stage))

    @functools.cached_property
    def client(self) -> Callable[[str], Any]:
        """Give a maker of clients: one client a service.

        Raises:
            UsageError: if the profile is not known here.
        """
        import boto3  # heavy, and most commands need no cloud
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        named = {"profile_name": self.stage.profile} if self.stage.profile else {}
        try:
            session = boto3.Session(region_name=self.stage.region, **named)
        except BotoCoreError as error:
            raise UsageError(f"stage {self.stage.name}: {error}") from None
        retries: Any = {"mode": "standard", "total_max_attempts": 5}
        endpoint = self.stage.endpoint or None

        @functools.cache
        def client(service: str) -> Any:
            return session.client(
                service,
                endpoint_url=endpoint,
                config=Config(
                    retries=retries, s3={"addressing_style": "path"} if endpoint else {}
                ),
            )

        return client

    def cuts(self, table: RoutingTable) -> tuple[Cut, ...]:
        """Give the gateway routes of a table. Raises: UsageError."""
        return cuts_of(self.here.survey().rules, table)

    def ping(self, name: str) -> None:
        """Call a function's live version with an event that never reaches the app.

        Raises:
            OutsideError: if it does not answer, with the function's own error.
        """
        function = cloud_name(self.stage.name, name)
        with outside("lambda", "Invoke"):
            found = self.client("lambda").invoke(
                FunctionName=function, Qualifier=ALIAS, Payload=json.dumps(PING).encode()
            )
            payload = found["Payload"].read()
        if found.get("FunctionError"):
            said = payload.decode("utf-8", "replace")[:2000]
            raise OutsideError(
                "lambda", "Invoke", str(found["FunctionError"]), f"{function}: {said}"
            )

    @property
    def url(self) -> str:
        """Give the address that the stage serves at, or an empty text."""
        return str(self.cloud.state(self.stage.stack).outputs.get("Url", ""))

    def gateway(self) -> HttpApi | None:
        """Give the deployed gateway's switch, or None before the first deploy."""
        api = self.cloud.state(self.stage.stack).outputs.get("ApiId", "")
        return HttpApi(self.client("apigatewayv2"), api, self.stage) if api else None

    def serving(self, table: RoutingTable) -> Mapping[str, str]:
        """Give, by group, the function that the gateway calls now, as the cloud names it."""
        gateway = self.gateway()
        return gateway.serving(self.cuts(table)) if gateway else {}

    def point(self, table: RoutingTable) -> None:
        """Make the deployed gateway do what a table says.

        Raises:
            UsageError: if the stage was never deployed, or a phase cannot be served there.
        """
        cuts = self.cuts(table)
        usecase.check_account(self.stage, self.cloud)
        gateway = self.gateway()
        if gateway is None:
            raise UsageError(
                f"stage {self.stage.name} is not deployed",
                hint=f"unlith deploy {self.stage.name}",
            )
        gateway.point(cuts)

    def resources(self) -> tuple[str, ...]:
        """Name what the stack holds."""
        return self.cloud.resources(self.stage.stack)

    def destroy(self) -> None:
        """Remove the stack; zips and what the app keeps elsewhere stay."""
        usecase.check_account(self.stage, self.cloud)
        usecase.remove(self.stage.stack, self.cloud, self.here.reporter)

    # Private

    def _body(self, bundles: Iterable[Bundle]) -> str:
        known = {function.name: function for function in self.here.functions()}
        every = tuple(sorted({*self.stage.environ, *self.stage.secrets}))
        permissions = Permissions(self.here.settings, self.here.survey, self.here.functions)
        artefacts = tuple(
            Artefact(
                name=bundle.name,
                key=usecase.artefact_key(bundle),
                handler=bundle.handler,
                digest=bundle.sha256,
                environ=known[bundle.name].environ if bundle.name in known else every,
                statements=self._statements(permissions.policy(bundle.name, self.stage)),
            )
            for bundle in bundles
        )
        table = self.store.read().table
        return as_text(template(Plan(self.stage, artefacts, self.cuts(table))))

    def _statements(self, made: Policy) -> tuple[Mapping[str, object], ...]:
        if made.missing:
            left = ", ".join(dict.fromkeys(one.action for one in made.missing))
            self.here.reporter.warn(
                f"{made.function}: its role lacks {left} for resources that are not known; "
                f"`unlith iam {made.function} --stage {self.stage.name}` says where"
            )
        return tuple(statements(made))

    def _carry_out(self, proposal: usecase.Proposal, names: Sequence[str]) -> None:
        # Each function is called once; if one does not start, the old template comes back.
        reporter, stack = self.here.reporter, self.stage.stack
        before = self.cloud.template(stack)
        usecase.carry_out(proposal, self.cloud, reporter)
        try:
            for name in reporter.progress(names, total=len(names), label="calling"):
                self.ping(str(name))
        except OutsideError as error:
            reporter.warn(f"{error.message}; going back to what was before")
            usecase.go_back(stack, before, self.cloud, reporter)
            raise


def _poll_s(stage: Stage) -> float:
    return 0.2 if stage.endpoint else 2.0


def check_platform(stage: Stage, bundle: Bundle) -> None:
    """Refuse a zip with compiled code that the stage's runtime cannot load.

    Raises:
        UsageError: if it holds extension modules of another Python or processor.
    """
    with zipfile.ZipFile(bundle.path) as archive:
        compiled = [name for name in archive.namelist() if name.endswith((".so", ".pyd"))]
    here = (
        f"python{sys.version_info[0]}.{sys.version_info[1]}",
        _MACHINES.get(platform.machine()),
    )
    if compiled and here != (stage.runtime, str(stage.architecture)):
        raise UsageError(
            f"{bundle.name} holds compiled code for {here[0]} on {here[1]}, and stage "
            f"{stage.name} runs {stage.runtime} on {stage.architecture}: {compiled[0]}",
            hint="set runtime and architecture of the stage to these, or deploy from a machine "
            "like the stage",
        )


_MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
