"""``labels.yaml``: one outcome, one horizon, one population each."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from crosschannel.errors import UsageError
from crosschannel.settings.labels import LabelsSettings
from crosschannel.settings.load import validated


def labels_of(*outcomes: dict[str, Any]) -> LabelsSettings:
    labels = [{"name": f"l{n}", "outcome": o, "horizon_days": 28, "population": {"active_within_days": 84}} for n, o in enumerate(outcomes)]
    return validated({"labels": labels}, LabelsSettings, Path("labels.yaml"))


def test_an_outcome_is_met_by_an_event_or_by_its_absence() -> None:
    bought, silent = labels_of({"any_of": {"verb": "purchase"}}, {"none_of": {"verb": "view"}}).labels
    assert (bought.outcome.value_if_met, silent.outcome.value_if_met) == (1, 0)
    assert bought.outcome.where != silent.outcome.where


@pytest.mark.parametrize("outcome", [{}, {"any_of": {"verb": "view"}, "none_of": {"verb": "add"}}, {"any_of": {"verb": "buy"}}])
def test_an_outcome_says_exactly_one_thing(outcome: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        labels_of(outcome)


def test_a_horizon_is_complete_when_its_last_day_lies_inside_the_data() -> None:
    (label,) = labels_of({"any_of": {"verb": "purchase"}}).labels
    assert label.is_complete(dt.date(2026, 3, 1), dt.date(2026, 3, 29))
    assert not label.is_complete(dt.date(2026, 3, 2), dt.date(2026, 3, 29))


def test_two_labels_may_not_share_a_name() -> None:
    one = {"name": "x", "outcome": {"any_of": {"verb": "view"}}, "horizon_days": 7, "population": {"active_within_days": 7}}
    with pytest.raises(UsageError, match="same name"):
        validated({"labels": [one, one]}, LabelsSettings, Path("labels.yaml"))
