"""The stage ``local``: AWS Lambda's API as moto has it, in this process, kept between runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unlith.backends.local.cloud import local_cloud
from unlith.backends.local.smoke import check_import
from unlith.domain.names import cloud_name
from unlith.files.settings import Settings
from unlith.ports import Bundle, Deployed, Reporter
from unlith.usecases import deploy as usecase

LOCAL = "local"


@dataclass(frozen=True)
class LocalStage:
    """The local stage of a workspace."""

    settings: Settings
    reporter: Reporter

    def deploy(
        self, bundles: Mapping[str, Bundle], *, only_plan: bool
    ) -> tuple[tuple[usecase.Step, ...], tuple[Deployed, ...]]:
        """Plan, and unless told otherwise carry out, a deploy of everything.

        Raises:
            FunctionFailed: if a handler does not import from its zip; nothing was changed.
            OutsideError: at the first call that fails.
        """
        with local_cloud(self.settings.work / "local-cloud") as cloud:
            steps = usecase.plan(LOCAL, bundles.values(), cloud)
            if only_plan:
                return steps, ()
            for step in steps:
                if step.action != "keep":
                    self.reporter.step(f"importing {step.bundle.name} from its zip")
                    check_import(self.settings, step.bundle)
            return steps, usecase.execute(steps, cloud, {}, self.reporter)

    def deployed(self, names: Iterable[str]) -> dict[str, Deployed | None]:
        """Give each function as the stage has it; nothing before the first deploy."""
        folder = self.settings.work / "local-cloud"
        if not (folder / "functions.json").is_file():
            return {}
        with local_cloud(folder) as cloud:
            return {name: cloud.describe(cloud_name(LOCAL, name)) for name in names}
