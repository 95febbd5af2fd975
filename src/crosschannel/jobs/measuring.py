"""What control groups show: whether the arms were alike, and what the treatment brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.activation.balance import Balance, balance_of, to_feature_totals
from crosschannel.activation.lift import Arm, Lift, lift_of
from crosschannel.activation.totals import to_arm_totals
from crosschannel.contracts.activation import CONTROL, EVERYTHING, TREATMENT, ArmTotals, HoldoutEvents, HoldoutRules, Holdouts
from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.settings.features import features_contract
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.project import Project

NUMERIC = ("int", "bigint", "double", "decimal")


@dataclass(frozen=True)
class Measured:
    """A lift, and what it rests on."""

    holdout: str
    label: str
    as_of_date: date
    spent: bool
    lift: Lift
    mixed_customers: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        said = {"holdout": self.holdout, "label": self.label, "as_of_date": self.as_of_date.isoformat(), "outcome": "spent" if self.spent else "rate"}
        return said | {"mixed_customers": self.mixed_customers} | self.lift.as_dict()


def balance_at(lake: Lake, project: Project, holdout: str) -> Balance:
    """Compare the arms of a holdout by all numeric features of the day they were last drawn for."""
    rule, arms = _rule(lake, holdout), _arms(lake, holdout)
    day = arms.agg(F.max(Holdouts.as_of_date)).collect()[0][0]
    contract = features_contract(project.features)
    names = [str(c) for c in contract.columns[len(CustomerFeatures.contract.columns) :] if c.spec.dtype.startswith(NUMERIC)]
    of_day = lake.read(contract).where(F.col(CustomerFeatures.as_of_date) == F.lit(day))
    rows = to_feature_totals(of_day, arms, names).collect()  # one row per arm
    return balance_of(rows, names, float(rule[HoldoutRules.control_share]))


def lift_at(lake: Lake, holdout: str, label: str, as_of_date: date | None, *, spent: bool) -> Measured:
    """Measure what a treatment brought after a day, for customers whose arm was drawn by then.

    Parameters
    ----------
    label
        Outcome of ``labels.yaml``.
    as_of_date
        Day whose outcomes count; the latest one on which they are known, if left out.
    spent
        Measure the amount spent instead of how many met the outcome.
    """
    rule = _rule(lake, holdout)
    labels = lake.read(CustomerLabels.contract).where(F.col(CustomerLabels.label_name) == label)
    days = sorted(row[0] for row in labels.select(CustomerLabels.as_of_date).distinct().collect())  # one row per date
    if not days:
        known = {row[0] for row in lake.read(CustomerLabels.contract).select(CustomerLabels.label_name).distinct().collect()}
        raise UsageError(f"gold.customer_labels holds no outcome {label!r}; {choose_from(label, known)}")
    day, began = as_of_date or days[-1], rule[HoldoutRules.since_date]
    if day not in days or day < began:
        usable = ", ".join(str(d) for d in days if d >= began) or f"none yet: run again when a date from {began} on has its outcomes"
        raise UsageError(f"holdout {holdout} began on {began}; no outcomes of {label} after {day} can be laid to it; usable dates: {usable}")
    arms = _arms(lake, holdout).where(F.col(Holdouts.since_date) <= F.lit(day))
    if rule[HoldoutRules.covers] != EVERYTHING:
        arms = arms.join(_left_alone(lake), on=Holdouts.customer_id, how="left_anti")  # they never were to get it, whatever their arm
    outcome = CustomerLabels.spent_amount if spent else CustomerLabels.label_value
    totals = to_arm_totals(labels.where(F.col(CustomerLabels.as_of_date) == F.lit(day)), arms, outcome).collect()  # one row per arm
    by_arm = {row[ArmTotals.arm]: _arm(row) for row in totals}
    none = Arm(0, 0.0, 0.0)
    lift = lift_of(by_arm.get(TREATMENT, none), by_arm.get(CONTROL, none))
    return Measured(holdout, label, day, spent, lift, _mixed(lake, holdout))


def _rule(lake: Lake, holdout: str) -> Row:
    rows = {row[HoldoutRules.holdout]: row for row in lake.read(HoldoutRules.contract).collect()}  # one row per holdout
    if holdout not in rows:
        raise UsageError(f"gold.holdout_rules knows no holdout {holdout!r}; {choose_from(holdout, rows)}")
    return rows[holdout]


def _arms(lake: Lake, holdout: str) -> DataFrame:
    return lake.read(Holdouts.contract).where(F.col(Holdouts.holdout) == holdout)


def _left_alone(lake: Lake) -> DataFrame:
    holdouts = lake.read(Holdouts.contract)
    return holdouts.where((F.col(Holdouts.covers) == EVERYTHING) & (F.col(Holdouts.arm) == CONTROL)).select(Holdouts.customer_id)


def _mixed(lake: Lake, holdout: str) -> int:
    events = lake.read(HoldoutEvents.contract).where(F.array_contains(HoldoutEvents.mixed_holdouts, holdout))
    return events.select(HoldoutEvents.customer_id).distinct().count()


def _arm(row: Row) -> Arm:
    return Arm(row[ArmTotals.customers], float(row[ArmTotals.total]), float(row[ArmTotals.total_squares]))
