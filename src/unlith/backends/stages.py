"""Where the app can be deployed to: ``local``, and the stages of ``infra/stages.toml``.

A stage other than ``local`` has a routing table of its own, in ``infra/stages/NAME/``: stages
move at their own pace. It begins as the groups of ``infra/routes.toml`` with the monolith
serving all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from unlith.backends.local.stage import LOCAL
from unlith.backends.remote_stage import Here, RemoteStage
from unlith.backends.table_store import FileTableStore
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.domain.stage import Stage
from unlith.errors import UsageError
from unlith.files.settings import Settings
from unlith.files.stages_toml import FILE, read_stages
from unlith.ports import JournalEntry, StoredTable


def stages(settings: Settings) -> Mapping[str, Stage]:
    """Give the stages by name, without ``local``.

    Raises:
        ConfigError: if the file is malformed.
    """
    return read_stages(settings.infra / FILE)


def stage(settings: Settings, name: str) -> Stage:
    """Give one stage.

    Raises:
        UsageError: if there is none of that name.
        ConfigError: if the file is malformed.
    """
    known = stages(settings)
    if name not in known:
        listed = ", ".join([LOCAL, *known])
        raise UsageError(
            f"no stage {name!r}: there is {listed}",
            hint=f"unlith deploy local, or describe it in {settings.infra.name}/{FILE}: see "
            "docs/reference/deploy.md",
        )
    return known[name]


def remote(here: Here, name: str) -> RemoteStage:
    """Give a stage in an AWS account.

    Raises:
        UsageError: if there is none of that name.
        ConfigError: if the file of stages is malformed.
    """
    return RemoteStage(stage(here.settings, name), here, stage_table(here.settings, name))


class StageTable:
    """The routing table of a stage: its own file once it has one, else the seed of one."""

    def __init__(self, file: Path, seed: FileTableStore) -> None:
        self._own = FileTableStore(file)
        self._seed = seed

    def read(self) -> StoredTable:
        """Give the table; groups that were extracted since come in with the monolith serving."""
        own = self._own.read()
        known = {group.name for group in own.table.groups}
        new = [g for g in self._seed.read().table.groups if g.name not in known]
        groups = (*own.table.groups, *(_at_home(group) for group in new))
        return StoredTable(RoutingTable(own.table.version, groups), own.digest)

    def write(self, table: RoutingTable, *, expected: str, entry: JournalEntry) -> StoredTable:
        """Replace the table whose digest was *expected*. Raises: Conflict."""
        return self._own.write(table, expected=expected, entry=entry)

    def journal(self) -> tuple[JournalEntry, ...]:
        """Give all entries, oldest first."""
        return self._own.journal()


def stage_table(settings: Settings, name: str) -> StageTable:
    """Give the table of a stage other than ``local``."""
    file = settings.infra / "stages" / name / settings.table.name
    return StageTable(file, FileTableStore(settings.table))


# Private


def _at_home(group: Group) -> Group:
    return replace(group, phase=Phase.MONOLITH, share_pct=0)
