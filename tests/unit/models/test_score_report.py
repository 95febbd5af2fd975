"""What MLflow and the tables show of the omnichannel score: every act with its interval, and what the score rests on."""

import numpy as np

from crosschannel.contracts.ml import ModelMetrics
from crosschannel.models.bootstrap import Interval
from crosschannel.models.calibration import Calibration
from crosschannel.models.comparison import compared
from crosschannel.models.gate import same_verdict
from crosschannel.models.histogram import Histogram
from crosschannel.models.ladder import Ladder, Step
from crosschannel.models.ladder_checks import AUC_LEARNED, AUC_WITHOUT, GAP_TO_TREES
from crosschannel.models.measures import measured
from crosschannel.models.score_model import JSON, ScoreModel
from crosschannel.models.score_report import metric_rows, score_evidence
from crosschannel.models.scores import TrainedScore
from crosschannel.models.slices import Slicing
from crosschannel.settings.review import Review
from tests.support.judging import planted_pairs

LADDER = Ladder((Step("web", "view", (("v", 1.0),), 0.1), Step("web", "purchase", (("p", 1.0),), 0.6)), -2.0, (-2.0, 1.0))
WEIGHTS = {"web view": Interval(0.1, 0.05, 0.2), "web purchase": Interval(0.7, 0.5, 0.9)}
CHECKS = {AUC_LEARNED: 0.8, AUC_WITHOUT: 0.6, GAP_TO_TREES: 0.05}
COMPARISON = compared({"all": planted_pairs(3_000, 0.5, 0.5, 1)}, Slicing(groups=(), fair=frozenset()), Review(draws=200), has_champion=False, seed=7)


def trained() -> TrainedScore:
    facts = {"label": "purchase", "horizon_days": 28, "dates": ["2026-01-31", "2026-02-28"], "weights": LADDER.weights()}
    model = ScoreModel("omnichannel", JSON, LADDER.content, LADDER.features, {}, Calibration(1.0, 0.0), 84, facts)
    margins = np.linspace(-4, 2, 200)
    test = Histogram(margins, np.full(200, 10.0), np.round(10 / (1 + np.exp(-margins))))
    return TrainedScore(model, measured(test, model.calibration), test, None, None, None, LADDER, {"test_rows": 2_000}, WEIGHTS, CHECKS)


def test_the_weight_table_is_shown_with_its_intervals():
    evidence = score_evidence(trained(), same_verdict(), COMPARISON)
    metrics = {name: value for name, value, _ in evidence.metrics}
    assert [metrics[f"omnichannel/weight/web_purchase{end}"] for end in ("", "_lo", "_hi")] == [0.7, 0.5, 0.9]
    assert evidence.dicts["omnichannel/weight_table.json"][0] == {"act": "web view", "weight": 0.1, "low": 0.05, "high": 0.2}
    assert "omnichannel/weights.png" in evidence.figures
    assert "| web purchase | 0.700 | 0.500 to 0.900 |" in evidence.card


def test_the_card_says_what_the_score_rests_on():
    evidence = score_evidence(trained(), same_verdict(), COMPARISON)
    assert "## What it rests on" in evidence.card
    assert "**The score is mostly loyalty.**" in evidence.card
    assert {"omnichannel/auc_without_purchases", "omnichannel/auc_gap_to_trees"} <= {name for name, *_ in evidence.metrics}


def test_the_table_of_metrics_holds_weights_and_their_bounds():
    rows = [r for r in metric_rows([trained()], [COMPARISON.slices]) if str(r[ModelMetrics.slice]).startswith("act=")]
    assert {(r[ModelMetrics.slice], r[ModelMetrics.metric], r[ModelMetrics.value]) for r in rows} >= {
        ("act=web view", "weight", 0.1), ("act=web view", "weight_lo", 0.05), ("act=web purchase", "weight_hi", 0.9),
    }  # fmt: skip
