"""``features.yaml`` expands into named features, and refuses what cannot be meant."""

import datetime as dt
import json
from pathlib import Path

import pytest
import yaml

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.errors import UsageError
from crosschannel.settings.features import FeaturesSettings, features_contract
from crosschannel.settings.labels import LabelsSettings
from crosschannel.settings.load import load_settings, validated
from crosschannel.settings.recipes import Sequence, Together
from crosschannel.shipped import shipped_conf

AS_OF = dt.date(2026, 4, 12)


def settings_of(text: str) -> FeaturesSettings:
    return validated(yaml.safe_load(text), FeaturesSettings, Path("features.yaml"))


def names_of(text: str) -> list[str]:
    return [f.name for f in settings_of(text).feature_columns()][1:]


def test_channels_verbs_statistics_and_windows_multiply() -> None:
    assert names_of("behaviour: [{channel: [web, app], verb: [view, add], stats: [count], window_days: [7, 28]}]") == [
        "web_view_count_7d", "web_view_count_28d", "web_add_count_7d", "web_add_count_28d",
        "app_view_count_7d", "app_view_count_28d", "app_add_count_7d", "app_add_count_28d",
    ]  # fmt: skip


def test_a_name_takes_the_verbs_together() -> None:
    assert names_of("behaviour: [{name: look, verb: [view, click], stats: [count, recency_days], window_days: [7]}]") == ["look_count_7d", "look_recency_days"]


def test_names_are_measure_statistic_and_window() -> None:
    assert names_of("purchase: [{stats: [order_count, order_amount_sum, order_recency_days], window_days: [90]}]") == [
        "order_count_90d", "order_amount_sum_90d", "order_recency_days",
    ]  # fmt: skip
    assert names_of("interest: [{name: view, category: [Drug GM, hats], window_days: [90]}]") == ["view_drug_gm_share_90d", "view_hats_share_90d"]


def test_a_conjunction_with_order_or_gap_is_a_sequence_and_says_so() -> None:
    parts = "all: [{channel: email, verb: engage}, {channel: web, verb: view}]"
    text = f"cross_channel: {{conjunctions: [{{name: a, within_days: 14, {parts}, ordered: true, max_gap_hours: 72, none: [{{verb: unsubscribe}}], output: recency_days}}]}}"
    feature = settings_of(text).feature_columns()[-1]
    assert isinstance(feature.recipe, Sequence)
    assert (feature.recipe.window_days, feature.recipe.max_gap_hours, feature.unit) == (14, 72, "days")
    assert "; then channel is web and verb is view, each within 72 hours; without verb is unsubscribe" in feature.meaning
    plain = settings_of(f"cross_channel: {{conjunctions: [{{name: a, within_days: 14, {parts}}}]}}").feature_columns()[-1]
    assert isinstance(plain.recipe, Together)


def test_own_action_recency_is_always_there() -> None:
    assert [f.name for f in settings_of("families: []").feature_columns()] == ["own_action_recency_days"]


def test_text_is_categorical_and_everything_else_a_number() -> None:
    columns = settings_of("demographics: [{property: region}, {property: birth_year, type: age}]").feature_columns()
    assert [(f.name, f.dtype) for f in columns[1:]] == [("region", "string"), ("age_years", "double")]


def test_recency_moves_a_score_the_other_way() -> None:
    columns = settings_of("purchase: [{stats: [order_count, order_recency_days], window_days: [7], direction: 1}]").feature_columns()
    assert [f.direction for f in columns[1:]] == [1, -1]


def test_the_contract_holds_the_features_at_its_end_all_nullable() -> None:
    contract = features_contract(settings_of("behaviour: [{channel: [web], verb: [view], stats: [count], window_days: [7]}]"))
    assert contract.name == CustomerFeatures.contract.name
    assert [str(c) for c in contract.columns[-2:]] == ["own_action_recency_days", "web_view_count_7d"]
    assert all(c.spec.nullable for c in contract.columns[-2:])
    assert "channel is web and verb is view" in contract.columns[-1].spec.meaning


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("behaviour: [{channel: [wep], verb: [view], stats: [count], window_days: [7]}]", "did you mean web"),
        ("behaviour: [{name: x, where: {catgory: a}, stats: [count], window_days: [7]}]", "did you mean category"),
        ("behaviour: [{where: {category: a}, stats: [count], window_days: [7]}]", "needs a name"),
        ("behaviour: [{channel: [web], stats: [count]}]", "need window_days"),
        ("purchase: [{verb: return, stats: [order_count], window_days: [7]}]", "needs a name"),
        ("purchase: [{stats: [order_count], window_days: [7]}, {stats: [order_count], window_days: [7]}]", "declared twice: order_count_7d"),
        ("demographics: [{property: x, name: customer_id}]", "declared twice: customer_id"),
        ("behavior: []", "did you mean behaviour"),
        ("behaviour: [{channel: [web], stats: [count], window_days: [0]}]", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_hint(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settings_of(text)


def test_snapshots_step_back_while_there_is_enough_history() -> None:
    settings = settings_of("snapshots: {count: 4, step_days: 28, min_history_days: 35}")
    assert settings.as_of_dates(AS_OF) == (AS_OF, dt.date(2026, 3, 15), dt.date(2026, 2, 15), dt.date(2026, 1, 18))
    assert settings.as_of_dates(AS_OF, dt.date(2026, 1, 5)) == (AS_OF, dt.date(2026, 3, 15), dt.date(2026, 2, 15))
    assert settings.as_of_dates(AS_OF, AS_OF) == (AS_OF,)


def test_anchored_snapshots_stay_the_same_until_the_anchors_grid_moves_on() -> None:
    settings = settings_of("snapshots: {count: 3, step_days: 7, anchor_date: 2026-05-03}")
    before, on, after = (settings.as_of_dates(AS_OF + dt.timedelta(days=days)) for days in (-1, 0, 1))
    assert before == (dt.date(2026, 4, 11), dt.date(2026, 4, 5), dt.date(2026, 3, 29))
    assert on == (AS_OF, dt.date(2026, 4, 5), dt.date(2026, 3, 29))
    assert after == (dt.date(2026, 4, 13), AS_OF, dt.date(2026, 4, 5))


@pytest.mark.parametrize(("project", "fewest", "most"), [("demo", 60, 120), ("completejourney", 30, 60)])
def test_the_shipped_projects_declare_a_sane_number_of_features(project: str, fewest: int, most: int) -> None:
    settings = load_settings(shipped_conf(project) / "features.yaml", FeaturesSettings)
    labels = load_settings(shipped_conf(project) / "labels.yaml", LabelsSettings)
    assert fewest <= len(settings.feature_columns()) <= most
    assert [label.name for label in labels.labels] == ["purchase", "churn"]


def test_resolved_settings_are_written_as_yaml_would_write_them() -> None:
    settings = settings_of("behaviour: [{name: x, where: {property: {kind: promo}}, stats: [count], window_days: [7]}]")
    written = json.loads(settings.model_dump_json())
    assert written["behaviour"][0]["where"] == {"property": {"kind": ["promo"]}}
    assert FeaturesSettings.model_validate_json(settings.model_dump_json()) == settings
