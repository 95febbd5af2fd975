"""Does joining channels pay? The same task learned from each single channel, from all, and without each family.

All variants are fitted and judged alike: the same rows, rounds, constraints and calibration, on a
sample. A feature belongs to a channel if every filter it is computed by names that channel alone;
what is stated of a customer, such as the region, goes to every channel; everything else needs all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crosschannel.contracts.silver import Events
from crosschannel.models.baseline import calibrated
from crosschannel.models.boosted import constraints_of
from crosschannel.models.bootstrap import Interval, auc_interval, differences
from crosschannel.models.paired import GRID, MAX_LOG_ODDS, Pairs
from crosschannel.models.sample import Matrix
from crosschannel.models.split import CALIBRATE, STOP, TEST, TRAIN
from crosschannel.models.study_rows import Mask, StudyRows
from crosschannel.settings.recipes import FeatureColumn, filters_of
from crosschannel.settings.scores import Score
from crosschannel.settings.study import Study

CHANNEL, WITHOUT, BASELINE = "channel", "without_family", "baseline"
EVERYTHING, LOGISTIC = "all", "logistic"
PATIENCE = 10
PARTS = (TRAIN, STOP, CALIBRATE, TEST)


@dataclass(frozen=True)
class Finding:
    """One variant beside the whole: its own AUC, and the whole minus the variant, with 95 % intervals.

    ``gaps`` holds ``auc``, ``log_loss`` and ``lift_10``: joining pays where AUC and lift are above 0,
    and log loss below.
    """

    study: str
    variant: str
    features: int
    rows: int
    auc: Interval
    gaps: Mapping[str, Interval]


def channel_of(feature: FeatureColumn) -> str | None:
    """Return the one channel a feature needs, ``""`` if it needs none, ``None`` if it needs several."""
    filters = filters_of(feature.recipe)
    named = [next((c.values for c in where if c.field == Events.channel and not c.is_property), ()) for where in filters]
    if not filters:
        return ""
    channels = {channel for values in named for channel in values}
    return channels.pop() if all(named) and len(channels) == 1 else None


def studied(rows: StudyRows, features: Sequence[FeatureColumn], score: Score, study: Study, *, draws: int, seed: int) -> list[Finding]:
    """Train every variant and hold it beside the whole on the same customers."""
    known = [f for f in features if f.name in rows.features]
    whole = _log_odds(rows, known, score, study, seed)
    found = [_finding(CHANNEL, EVERYTHING, len(known), rows, whole, whole, draws=draws, seed=seed)]
    for kind, name, some in _variants(known):
        mine = _log_odds(rows, some, score, study, seed)
        found.append(_finding(kind, name, len(some), rows, whole, mine, draws=draws, seed=seed))
    return found


def beside_baseline(rows: StudyRows, ours: Matrix, theirs: Matrix, *, draws: int, seed: int) -> Finding:
    """Hold a model's log-odds of the test rows beside the logistic baseline's."""
    return _finding(BASELINE, LOGISTIC, len(rows.features), rows, ours, theirs, draws=draws, seed=seed)


def best_channel(findings: Sequence[Finding]) -> Finding | None:
    """Return the single channel with the highest AUC; ``None`` if no feature belongs to a channel."""
    single = [f for f in findings if f.study == CHANNEL and f.variant != EVERYTHING]
    return max(single, key=lambda f: (f.auc.value, f.variant), default=None)


def _variants(features: Sequence[FeatureColumn]) -> list[tuple[str, str, list[FeatureColumn]]]:
    channels = {f.name: channel_of(f) for f in features}
    single = sorted({c for c in channels.values() if c})
    families = list(dict.fromkeys(f.family for f in features))
    without = [(WITHOUT, family, [f for f in features if f.family != family]) for family in families] if len(families) > 1 else []
    return [(CHANNEL, c, [f for f in features if channels[f.name] in (c, "")]) for c in single] + without


def _log_odds(rows: StudyRows, features: Sequence[FeatureColumn], score: Score, study: Study, seed: int) -> Matrix:
    """Fit few trees on one thread of the driver, and return the calibrated log-odds of the test rows."""
    from xgboost import DMatrix, train

    places = [rows.features.index(f.name) for f in features]
    types = ["c" if f.dtype == "string" else "float" for f in features]

    def matrix(mine: Mask) -> DMatrix:
        values = rows.values[mine][:, places].astype(np.float32)
        return DMatrix(values, rows.outcomes[mine], feature_types=types, enable_categorical=True, nthread=1)

    stopping = rows.of(STOP)
    watched = [(matrix(stopping), STOP)] if stopping.any() else []
    parameters = {
        "objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist", "nthread": 1, "seed": seed, "verbosity": 0,
        "learning_rate": study.learning_rate, "max_depth": score.max_depth, "min_child_weight": score.min_child_weight, "lambda": score.l2,
        "subsample": score.row_share, "colsample_bytree": score.column_share, "monotone_constraints": constraints_of(features, score),
    }  # fmt: skip
    booster = train(
        parameters, matrix(rows.of(TRAIN)), study.rounds, evals=watched, early_stopping_rounds=PATIENCE if watched else None, verbose_eval=False
    )
    last = booster.best_iteration + 1 if watched else booster.num_boosted_rounds()
    margins = booster.predict(matrix(rows.of(*PARTS)), output_margin=True, iteration_range=(0, last))
    return calibrated(rows, np.asarray(margins, dtype=np.float64))


def _finding(study: str, variant: str, features: int, rows: StudyRows, ours: Matrix, theirs: Matrix, *, draws: int, seed: int) -> Finding:
    mine = rows.of(TEST)
    ours, theirs = (np.rint(np.clip(v, -MAX_LOG_ODDS, MAX_LOG_ODDS) * GRID) / GRID for v in (ours, theirs))
    cells, counts = np.unique(np.column_stack([ours, theirs, rows.outcomes[mine]]), axis=0, return_counts=True)
    beside = Pairs(cells[:, 0], cells[:, 1], cells[:, 2], counts.astype(np.float64))
    alone = Pairs(beside.theirs, beside.ours, beside.outcomes, beside.rows)
    own = auc_interval(alone, draws=draws, seed=seed)
    return Finding(study, variant, features, int(mine.sum()), own, differences(beside, draws=draws, seed=seed))
