"""Single channels, all channels and a logistic baseline on planted rows: the answer is the planted one."""

import numpy as np
import pytest

from crosschannel.models.baseline import baseline_log_odds
from crosschannel.models.study_report import study_evidence, study_rows_of, study_sections, verdict_on_channels
from crosschannel.models.study_rows import StudyRows
from crosschannel.models.variants import BASELINE, CHANNEL, WITHOUT, beside_baseline, best_channel, channel_of, studied
from crosschannel.settings.cross_channel import CrossChannel, Spreads
from crosschannel.settings.families import Behaviour, Demographic, Purchase
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.scores import Score
from crosschannel.settings.study import Study

CHANNELS = ("web", "app", "store")
SETTINGS = FeaturesSettings(
    behaviour=(
        Behaviour(channel=CHANNELS, verb=("view",), stats=("count", "recency_days"), window_days=(28,), direction=1),
        Behaviour(verb=("view",), name="any_view", stats=("active_days",), window_days=(28,)),
    ),
    purchase=(Purchase(channel=("web",), stats=("order_count",), window_days=(28,)),),
    demographics=(Demographic(property="region"),),
    cross_channel=CrossChannel(spreads=(Spreads(channel=CHANNELS, stats=("share", "active"), window_days=(28,)),)),
)
FEATURES = SETTINGS.feature_columns()
NAMES = tuple(f.name for f in FEATURES)
SCORE, STUDY = Score(name="purchase", min_child_weight=1.0), Study(rounds=25, learning_rate=0.2)


def planted(weights: dict[str, float], rows: int = 3_000) -> StudyRows:
    draw = np.random.default_rng(5)
    values = draw.poisson(2.0, (rows, len(NAMES))).astype(float)
    values[:, NAMES.index("region")] = draw.integers(0, 3, rows)
    margin = sum((weight * values[:, NAMES.index(name)] for name, weight in weights.items()), np.zeros(rows))
    outcomes = (draw.random(rows) < 1 / (1 + np.exp(-(margin - margin.mean())))).astype(float)
    values[draw.random(values.shape) < 0.05] = np.nan
    return StudyRows(NAMES, values, outcomes, draw.choice(np.array(["train", "stop", "calibrate", "test"]), rows, p=[0.45, 0.1, 0.15, 0.3]))


@pytest.fixture(scope="module")
def both():
    return studied(planted({"web_view_count_28d": 0.7, "app_view_count_28d": 0.7}), FEATURES, SCORE, STUDY, draws=200, seed=7)


def test_a_feature_belongs_to_the_one_channel_it_within_window_in() -> None:
    found = {f.name: channel_of(f) for f in FEATURES}
    assert {n: c for n, c in found.items() if c} == {
        **{f"{c}_{what}": c for c in CHANNELS for what in ("view_count_28d", "view_recency_days")}, "web_order_count_28d": "web",
    }  # fmt: skip
    assert found["region"] == ""
    assert {found[n] for n in ("own_action_recency_days", "any_view_active_days_28d", "web_share_28d", "channels_active_28d")} == {None}


def test_joining_pays_where_two_channels_know_half_each(both) -> None:
    channels = {f.variant: f for f in both if f.study == CHANNEL}
    assert set(channels) == {"all", *CHANNELS}
    best = best_channel(both)
    assert best is not None
    assert best.variant in {"web", "app"}
    assert best.gaps["auc"].low > 0.03
    assert best.gaps["log_loss"].high < 0
    assert channels["store"].gaps["auc"].value > best.gaps["auc"].value
    assert channels["all"].gaps["auc"].value == 0
    assert verdict_on_channels(both).startswith("Yes: AUC +")


def test_joining_does_not_pay_where_one_channel_knows_everything() -> None:
    found = studied(planted({"web_view_count_28d": 1.0}), FEATURES, SCORE, STUDY, draws=200, seed=7)
    best = best_channel(found)
    assert best is not None
    assert best.variant == "web"
    assert not verdict_on_channels(found).startswith("Yes")


def test_a_family_is_worth_what_is_lost_without_it(both) -> None:
    lost = {f.variant: f.gaps["auc"] for f in both if f.study == WITHOUT}
    assert set(lost) == {"behaviour", "purchase", "demographics", "cross_channel"}
    assert lost["behaviour"].low > 0.1
    assert abs(lost["purchase"].value) < 0.02


def test_the_same_rows_give_the_same_figures(both) -> None:
    assert studied(planted({"web_view_count_28d": 0.7, "app_view_count_28d": 0.7}), FEATURES, SCORE, STUDY, draws=200, seed=7) == both


def test_the_baseline_reads_numbers_texts_and_what_is_missing() -> None:
    rows = planted({"web_view_count_28d": 0.8, "region": 1.5})
    ours = baseline_log_odds(rows, {"region"})
    blind = baseline_log_odds(StudyRows(rows.features, np.where(np.arange(len(NAMES)) == NAMES.index("region"), np.nan, rows.values), rows.outcomes, rows.slices), {"region"})
    found = beside_baseline(rows, ours, blind, draws=200, seed=7)
    assert found.study == BASELINE
    assert found.gaps["auc"].low > 0.02
    assert found.gaps["log_loss"].high < 0


def test_a_reviewer_gets_rows_pictures_and_a_sentence(both) -> None:
    class Model:
        name, version = "purchase", "v1"

    rows = list(study_rows_of(Model(), both, None))  # type: ignore[arg-type]
    assert len(rows) == 3 * len(both)
    evidence = study_evidence(both)
    assert set(evidence.figures) == {"channels.png", "without_family.png"}
    assert {"channel/web/auc_lo", "channel/web/whole_minus_it_auc_hi", "without_family/behaviour/whole_minus_it_log_loss"} <= {m[0] for m in evidence.metrics}
    assert "Does joining channels pay?" in study_sections(both)
