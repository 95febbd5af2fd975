"""A lake that grows and shrinks, stitched as the runtime does it, without its audit and tracking."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyspark.sql import DataFrame, Row

from crosschannel.contracts.ops import IdentityActions
from crosschannel.contracts.silver import Identifiers, IdentityMap
from crosschannel.contracts.table import Table
from crosschannel.identity.decisions import without_blocked
from crosschannel.io.lake import Lake
from crosschannel.jobs.stitch_identities import JOB
from crosschannel.runtime.context import JobContext, LastSuccess
from crosschannel.settings.consent import ConsentSettings
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.stitching import Stitching
from tests.support.identity_rows import COOKIE, CRM, DAYS, EMAIL, PHONE, SETTINGS, Rows, event, identifiers
from tests.support.rows import row, rows

FIRST_DAY = dt.date(2026, 3, 1)
BY_RUN = {str(c) for c in (IdentityMap.customer_id, IdentityMap.exact_id, IdentityMap.loose_id, IdentityMap.valid_from)}  # what follows the runs before


class Silent:
    """A tracker that keeps nothing."""

    def log_metrics(self, values: Any) -> None:
        """Take no notice."""

    def log_text(self, text: str, name: str) -> None:
        """Take no notice."""


@dataclass
class GrowingLake:
    """A lake and what its last stitch left, as ``ops.runs`` would tell."""

    lake: Lake
    settings: IdentitySettings = SETTINGS
    day: dt.date = FIRST_DAY
    before: LastSuccess | None = None
    said: list[str] = field(default_factory=list)
    consent: ConsentSettings = field(default_factory=ConsentSettings)
    raw: str = ""

    def add(self, *events: Rows) -> None:
        """Append events."""
        self.lake.write(Identifiers.contract, identifiers(self.lake.spark, *events))

    def remove(self, condition: str) -> None:
        """Delete rows, as an erasure or an expiry does."""
        self.lake.spark.sql(f"DELETE FROM delta.`{self.lake.path(Identifiers.contract)}` WHERE {condition}")

    def decide(self, action: str, left: int, right: int, when: str, *, is_lifted: bool = False) -> None:
        """Book a decision."""
        names = dict(zip((1, 2, 3, 4, 5, 6), SETTINGS.namespaces, strict=True))
        one, other = sorted((left, right))
        decision = row(
            action_id=f"{action}{one}{other}{when}", action=action, is_lifted=is_lifted, left_key=one, right_key=other,
            left_namespace=names[one // 1000], right_namespace=names[other // 1000], acted_ts=dt.datetime.fromisoformat(when),
        )  # fmt: skip
        self.lake.write(IdentityActions.contract, rows(self.lake.spark, IdentityActions, decision))

    def context(self) -> JobContext:
        """Return the world of the next run, a day later."""
        self.said = []
        now = dt.datetime.combine(self.day, dt.time())
        return JobContext("stitch_identities", self.lake, self.raw, 7, now, Silent, self.said.append, self.day, self.before)  # type: ignore[arg-type]

    def stitch(self, *, is_success: bool = True) -> JobContext:
        """Run the job; afterwards the next run builds on it."""
        ctx = self.context()
        inputs = {c.name: self.lake.data_version(c) for c in (Identifiers.contract, IdentityActions.contract)}
        JOB.run(ctx, Stitching(identity=self.settings, consent=self.consent))
        assert all(check.passed for check in ctx.checks)
        if is_success:
            known = dict(self.before.outputs) if self.before else {}
            self.before = LastSuccess(inputs, known | ctx.outputs, same_rules=True, as_of=self.day)
            self.day += dt.timedelta(days=1)
        return ctx

    def rows(self, table: type[Table]) -> list[Row]:
        """Return a table, sorted."""
        return sorted(self.lake.read(table.contract).collect(), key=str)

    def ids(self) -> dict[int, str]:
        """Return the customer of each identifier."""
        return {r[IdentityMap.node_key]: r[IdentityMap.customer_id] for r in self.rows(IdentityMap)}

    def usable(self) -> DataFrame:
        """Return the identifiers nobody blocked."""
        found = self.lake.read(Identifiers.contract)
        from crosschannel.identity.decisions import only_standing

        standing = self.lake.read(IdentityActions.contract).transform(only_standing)
        return found.transform(without_blocked, standing)

    def numbers(self, line: str) -> dict[str, int]:
        """Return the numbers of the line that begins so."""
        (found,) = [s for s in self.said if s.startswith(line)]
        return {name: int(value.replace(",", "")) for name, _, value in (word.partition("=") for word in found.split()[1:]) if value}


def members(identity_map: DataFrame) -> list[str]:
    """Return what the evidence alone decides of each row, as exact text."""
    names = sorted(c for c in identity_map.columns if c not in BY_RUN and c in {str(x) for x in IdentityMap.contract.columns})
    return sorted(str(r.asDict()) for r in identity_map.select(*names).collect())


def town(seed: int, first: int, count: int, people: int = 24) -> list[Rows]:
    """Random events of people with addresses, phones that pass on, cookies, and a few shared tablets."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(first, first + count):
        person = int(random.integers(0, people))
        choices = {
            CRM + person: 0.25,
            EMAIL + 2 * person + int(random.random() < 0.2): 0.6,
            PHONE + person + int(random.random() < 0.15): 0.35,
            COOKIE + person: 0.4,
            COOKIE + 500 + person // 4: 0.15,
        }
        nodes = [key for key, share in choices.items() if random.random() < share] or [EMAIL + 2 * person]
        made.append(event(f"e{number}", *nodes, when=f"{DAYS[number % len(DAYS)]} 09:{number % 60:02d}"))
    return made
