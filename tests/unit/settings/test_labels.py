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


SENT, READ = {"channel": "email", "verb": "send"}, {"channel": "email", "verb": "engage"}


@pytest.mark.parametrize(
    "outcome",
    [
        {},
        {"any_of": {"verb": "view"}, "none_of": {"verb": "add"}},
        {"any_of": {"verb": "buy"}},
        {"spend": {"where": {"verb": "purchase"}, "at_least": 0}},
        {"response": {"to": SENT}},
        {"attribute": {"property": "churned", "is_in": []}},
    ],
)
def test_an_outcome_says_exactly_one_thing(outcome: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        labels_of(outcome)


def test_a_horizon_is_complete_when_its_last_day_lies_inside_the_data() -> None:
    (label,) = labels_of({"any_of": {"verb": "purchase"}}).labels
    assert label.is_complete(dt.date(2026, 3, 1), dt.date(2026, 3, 29))
    assert not label.is_complete(dt.date(2026, 3, 2), dt.date(2026, 3, 29))


def test_gap_and_time_for_a_response_put_off_the_day_an_outcome_is_known() -> None:
    (label,) = labels_of({"response": {"to": SENT, "by": READ, "within_days": 7}}).labels
    assert label.days_until_known == 35
    later = label.model_copy(update={"gap_days": 3})
    assert later.is_complete(dt.date(2026, 3, 1), dt.date(2026, 4, 8))
    assert not later.is_complete(dt.date(2026, 3, 1), dt.date(2026, 4, 7))


def test_only_a_stated_property_may_have_a_horizon_of_0_days_and_must_be_known_of_half_the_population() -> None:
    stated = {"name": "churned", "outcome": {"attribute": {"property": "Churn", "is_in": ["Yes"]}}, "horizon_days": 0}
    (label,) = validated({"labels": [stated]}, LabelsSettings, Path("labels.yaml")).labels
    assert (label.least_coverage, label.population.active_within_days) == (0.5, None)
    with pytest.raises(UsageError, match="0 days is for an attribute"):
        validated({"labels": [stated | {"outcome": {"any_of": {"verb": "view"}}}]}, LabelsSettings, Path("labels.yaml"))


def test_two_labels_may_not_share_a_name() -> None:
    one = {"name": "x", "outcome": {"any_of": {"verb": "view"}}, "horizon_days": 7, "population": {"active_within_days": 7}}
    with pytest.raises(UsageError, match="same name"):
        validated({"labels": [one, one]}, LabelsSettings, Path("labels.yaml"))
