"""Contributions of a fitted model add up to its margin, whatever is missing and whichever way they are counted."""

import numpy as np
import pytest
from xgboost import DMatrix, train

from crosschannel.models.calibration import Calibration
from crosschannel.models.contributions import contributions
from crosschannel.models.ladder import Ladder, Step
from crosschannel.models.reasons import Families, Family, families_of, strongest
from crosschannel.models.score_model import JSON, UBJ, ScoreModel, Scorer
from crosschannel.settings.acting import ReasonFamily, Reasons
from crosschannel.settings.recipes import FeatureColumn, Latest

NAMES = ("web_view_count_28d", "order_count_28d", "region", "age_years")
FEATURES = [FeatureColumn(n, "behaviour" if n != "region" else "demographics", "", "", Latest("x", "number")) for n in NAMES]


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    draw = np.random.default_rng(3)
    found = draw.poisson(3.0, (800, 4)).astype(float)
    found[:, 2] = draw.integers(0, 4, 800)
    found[draw.random(found.shape) < 0.1] = np.nan
    return found


@pytest.fixture(scope="module")
def model(rows: np.ndarray) -> ScoreModel:
    outcome = np.nan_to_num(rows[:, 0]) + 3 * (rows[:, 2] == 2) > 3.5
    teaching = DMatrix(rows.astype(np.float32), outcome.astype(int), feature_types=["float", "float", "c", "float"], enable_categorical=True)
    booster = train({"objective": "binary:logistic", "nthread": 1, "seed": 1}, teaching, 40)
    return ScoreModel("purchase", UBJ, bytes(booster.save_raw("ubj")), NAMES, {"region": ("a", "b", "c")}, Calibration(1.0, 0.0), None)


@pytest.mark.parametrize("exact", [True, False])
def test_contributions_and_bias_add_up_to_the_margin(model: ScoreModel, rows: np.ndarray, exact: bool) -> None:
    found, margins = contributions(Scorer(model), rows, exact=exact)
    assert found.shape == rows.shape
    bias = margins - found.sum(axis=1)
    assert np.abs(bias - bias.mean()).max() < 1e-4
    assert np.abs(found[:, [0, 2]]).mean() > 10 * np.abs(found[:, [1, 3]]).mean()


def test_a_row_is_explained_alike_alone_and_among_others(model: ScoreModel, rows: np.ndarray) -> None:
    together, _ = contributions(Scorer(model), rows, exact=True)
    alone, _ = contributions(Scorer(model), rows[17:18], exact=True)
    assert (alone[0] == together[17]).all()


def test_what_only_adds_is_explained_by_its_steps() -> None:
    ladder = Ladder((Step("web", "view", (("web_view", 1.0),), 0.5), Step("web", "purchase", (("web_purchase", 1.0),), 1.5)), -2.0, (0.0, 1.0))
    model = ScoreModel("omnichannel", JSON, ladder.content, ladder.features, {}, Calibration(1.0, 0.0), None)
    rows = np.array([[0.0, 0.0], [3.0, 1.0], [np.nan, 2.0]])
    found, margins = contributions(Scorer(model), rows, exact=False)
    assert found.sum(axis=1) - 2.0 == pytest.approx(margins)
    assert found[1] == pytest.approx([0.5 * np.log(5), 1.5 * np.log(2)])


def test_features_count_under_the_first_family_that_takes_them_and_else_under_their_own(model: ScoreModel) -> None:
    declared = Reasons(
        families=(
            ReasonFamily(name="other_score", include=("*",), raises="a", lowers="b", scores=("churn",)),
            ReasonFamily(name="orders", include=("order_*", "web_*"), raises="they buy", lowers="they do not buy"),
        )
    )
    families = families_of(model, FEATURES, declared, frozenset({"age_years"}))
    assert [families.members[i].name for i in families.of_feature] == ["orders", "orders", "demographics", "withheld"]
    assert families.sums(np.array([[0.25, 0.5, -1.0, 2.0]])).tolist() == [[0.75, -1.0, 2.0]]


def test_the_strongest_families_are_said_with_their_sign_and_the_withheld_never() -> None:
    members = (Family("a", "a up", "a down"), Family("withheld", "", ""), Family("b", "b up", "b down"), Family("c", "c up", "c down"))
    families = Families(members, (0, 1, 2, 3), top=2)
    said = strongest(np.array([[0.1, 9.0, -0.5, 0.3], [0.2, 9.0, 0.2, 0.2], [0.0, 9.0, 0.0, -0.1], [0.0, 1.0, 0.0, 0.0]]), families).to_pylist()
    assert [[(r["family"], r["sign"], r["contribution"], r["phrase"]) for r in row] for row in said] == [
        [("b", -1, -0.5, "b down"), ("c", 1, 0.3, "c up")],
        [("a", 1, 0.2, "a up"), ("b", 1, 0.2, "b up")],
        [("c", -1, -0.1, "c down")],
        [],
    ]
