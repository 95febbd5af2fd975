"""Keep, recalibrate or retrain: a verdict on a model in use, and what it rests on.

Each finding is a value with its bound and, where there is one, the level that chance alone reaches.
Retrain comes first: a model that ranks worse, or sees other people than it learned from, is not
mended by other probabilities. Findings that decide nothing are kept all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crosschannel.models.calibration import Calibration
from crosschannel.models.drift_counts import Counts, rebinned, weighted_quantiles
from crosschannel.models.drift_measures import BEYOND_CHANCE, auc_error, chance_ece, chance_psi, mean_probability, psi, rate_error
from crosschannel.models.histogram import Histogram
from crosschannel.models.measures import measured
from crosschannel.models.sample import Matrix
from crosschannel.settings.drift import Drift

Word = Literal["keep", "recalibrate", "retrain"]
RADIUS_SHARE = 0.99
DIGITS = 6
FEATURE, SCORE, RANKING, RATE, CALIBRATION, SHARE, RADIUS, AGE = "feature", "score", "ranking", "rate", "calibration", "segment_share", "radius", "age"
Cells = tuple[Matrix, Matrix]


@dataclass(frozen=True)
class Finding:
    """One thing measured: what, of which feature or segment, and whether it alarms."""

    measure: str
    subject: str
    value: float
    bound: float
    chance: float | None
    is_alarm: bool
    note: str = ""

    def __str__(self) -> str:
        """Say the finding in one line."""
        chance = f", {self.chance:.4f} by chance" if self.chance is not None else ""
        return f"{self.measure} {self.subject}: {self.value:.4f} (bound {self.bound:.4f}{chance})" + (f", {self.note}" if self.note else "")


@dataclass(frozen=True)
class DriftVerdict:
    """What to do with a model, and the findings the word rests on."""

    word: Word
    rests_on: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ScoreToday:
    """What is known of a score model on a day.

    Attributes
    ----------
    top
        Its features of largest gain, largest first.
    matured
        Margins and outcomes of a cohort whose horizon has ended since training; ``None`` if there is none yet.
    trained
        ``auc``, ``rows`` and ``positive_rate`` on the held-out rows of training.
    gone
        Features the model reads that are no longer declared.
    """

    features: Counts
    probabilities: Cells
    top: tuple[str, ...]
    matured: Histogram | None
    calibration: Calibration
    trained: Mapping[str, float]
    age_days: int
    gone: tuple[str, ...] = ()


def verdict_on_score_drift(before: Counts, score_before: Cells, today: ScoreToday, bounds: Drift, *, seed: int) -> DriftVerdict:
    """Judge a score: its features, its probabilities, and its outcomes where they have come in."""
    features = [_psi_finding(FEATURE, f, before[f], today.features[f], bounds.max_feature_psi, bounds) for f in sorted(today.features)]
    edges = weighted_quantiles(*score_before, np.arange(1, 10) / 10)
    score = _psi_finding(SCORE, "probability", rebinned(*score_before, edges), rebinned(*today.probabilities, edges), bounds.max_score_psi, bounds)
    outcomes = _outcome_findings(today, bounds, seed)
    age = _age(today.age_days, bounds)
    drifted = [f for f in features if f.is_alarm and f.subject in today.top]
    many = drifted if len(drifted) > bounds.max_drifted_features else []
    retrain = [str(f) for f in (*(o for o in outcomes if o.measure == RANKING), score, *many, age) if f.is_alarm]
    if today.gone:
        retrain.insert(0, f"it reads features that are no longer declared: {', '.join(today.gone)}")
    return _decided(retrain, [str(f) for f in outcomes if f.is_alarm], (*outcomes, score, age, *features), matured=today.matured is not None)


def verdict_on_segment_drift(before: Mapping[str, Cells], today: Mapping[str, Cells], age_days: int, bounds: Drift) -> DriftVerdict:
    """Judge a segmentation: the sizes of its segments, and how many customers lie beyond the radius they had in training."""
    names = sorted({*before, *today})
    old, new = (np.array([float(side[n][1].sum()) if n in side else 0.0 for n in names]) for side in (before, today))
    shares = _psi_finding(SHARE, "all segments", old, new, bounds.max_share_psi, bounds)
    by_name = [
        Finding(SHARE, n, round(float(b / max(new.sum(), 1.0)), DIGITS), 1.0, None, False, f"was {a / max(old.sum(), 1.0):.4f}")
        for n, a, b in zip(names, old, new, strict=True)
    ]
    radius, age = _radius(before, today, bounds), _age(age_days, bounds)
    findings = (shares, radius, age, *by_name)
    return _decided([str(f) for f in (shares, radius, age) if f.is_alarm], [], findings, matured=True)


def _decided(retrain: Sequence[str], recalibrate: Sequence[str], findings: tuple[Finding, ...], *, matured: bool) -> DriftVerdict:
    if retrain:
        return DriftVerdict("retrain", "; ".join(retrain), findings)
    if recalibrate:
        return DriftVerdict("recalibrate", "; ".join(recalibrate), findings)
    waiting = "" if matured else "; no outcomes have come in since training"
    return DriftVerdict("keep", f"none of {len(findings)} findings is beyond its bound and beyond chance{waiting}", findings)


def _psi_finding(measure: str, subject: str, before: Matrix, now: Matrix, bound: float, bounds: Drift) -> Finding:
    value, chance = psi(before, now), chance_psi(before, now)
    limit = max(bound, bounds.times_chance * chance)
    return Finding(measure, subject, value, round(limit, DIGITS), chance, value > limit)


def _outcome_findings(today: ScoreToday, bounds: Drift, seed: int) -> list[Finding]:
    """Compare what was foretold with what happened; nothing, if nothing has happened yet."""
    counts = today.matured
    if counts is None or not counts.is_two_sided:
        return []
    now = measured(counts, today.calibration)
    foretold, rate = mean_probability(counts, today.calibration), now["positive_rate"]
    gap, by_chance = abs(rate / foretold - 1), BEYOND_CHANCE * rate_error(counts, today.calibration) / foretold
    ece_chance = chance_ece(counts, today.calibration, seed=seed)
    said = f"{rate:.4f} happened, {foretold:.4f} foretold"
    return [
        _ranking(now["auc"], counts, today.trained, bounds),
        Finding(RATE, "outcome", round(gap, DIGITS), bounds.max_rate_gap, round(by_chance, DIGITS), gap > max(bounds.max_rate_gap, by_chance), said),
        Finding(CALIBRATION, "error", now["ece"], bounds.max_ece, ece_chance, now["ece"] > max(bounds.max_ece, ece_chance)),
    ]


def _ranking(auc: float, counts: Histogram, trained: Mapping[str, float], bounds: Drift) -> Finding:
    positives, negatives = (trained["rows"] * share for share in (trained["positive_rate"], 1 - trained["positive_rate"]))
    errors = (auc_error(auc, counts.positives.sum(), counts.negatives.sum()), auc_error(trained["auc"], positives, negatives))
    loss, by_chance = trained["auc"] - auc, BEYOND_CHANCE * float(np.hypot(*errors))
    note = f"AUC {auc:.3f}, {trained['auc']:.3f} in training"
    return Finding(RANKING, "AUC lost", round(loss, DIGITS), bounds.max_auc_loss, round(by_chance, DIGITS), loss > max(bounds.max_auc_loss, by_chance), note)


def _radius(before: Mapping[str, Cells], today: Mapping[str, Cells], bounds: Drift) -> Finding:
    radii = {name: weighted_quantiles(*cells, np.array([RADIUS_SHARE]))[-1] for name, cells in before.items()}
    (was, all_before), (now, all_now) = (_beyond(side, radii) for side in (before, today))
    share_before, share = was / max(all_before, 1.0), now / max(all_now, 1.0)
    error = np.sqrt(max(share_before, 1 / max(all_before, 1.0)) * (1 / max(all_before, 1.0) + 1 / max(all_now, 1.0)))
    limit = max(bounds.max_outlier_ratio * share_before, share_before + BEYOND_CHANCE * float(error))
    note = f"{share_before:.4f} in training"
    return Finding(RADIUS, "customers beyond the training radius", round(share, DIGITS), round(limit, DIGITS), round(share_before, DIGITS), share > limit, note)


def _beyond(side: Mapping[str, Cells], radii: Mapping[str, float]) -> tuple[float, float]:
    beyond = sum(float(rows[distances > radii.get(name, np.inf)].sum()) for name, (distances, rows) in side.items())
    return beyond, sum(float(rows.sum()) for _, rows in side.values())


def _age(days: int, bounds: Drift) -> Finding:
    return Finding(AGE, "days since training", float(days), float(bounds.max_age_days), None, days > bounds.max_age_days)
