"""One attempt at a job: what decided its result, what it wrote, how it ended; as a row, and as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from crosschannel.runtime.context import CheckResult


@dataclass(frozen=True)
class Inputs:
    """All that decides a job's result, and a digest of it."""

    versions: dict[str, int]
    settings: str
    manifest: str


@dataclass(frozen=True)
class Attempt:
    """One attempt at a job, as it is kept."""

    run_id: str
    job: str
    pipeline_id: str
    state: str
    inputs: Inputs
    as_of: date | None
    outputs: dict[str, int]
    rows_written: dict[str, int]
    seconds: float
    started: datetime
    error: str | None
    code: str
    checks: tuple[CheckResult, ...]

    def as_row(self) -> tuple[object, ...]:
        """Return the row of ``ops.runs``."""
        return (
            self.run_id, self.job, self.pipeline_id, self.state, self.inputs.manifest, self.as_of, self.inputs.versions, self.outputs,
            self.rows_written, self.inputs.settings, self.code, self.seconds, self.started, self.error,
        )  # fmt: skip

    def as_facts(self) -> dict[str, Any]:
        """Return the attempt as the ledger keeps it."""
        return asdict(self)

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Attempt:
        """Take what the ledger kept."""
        plain = dict(facts)
        plain["inputs"] = Inputs(**plain["inputs"])
        plain["as_of"] = date.fromisoformat(plain["as_of"]) if plain["as_of"] else None
        plain["started"] = datetime.fromisoformat(plain["started"])
        plain["checks"] = tuple(CheckResult(**check) for check in plain["checks"])
        return cls(**plain)
