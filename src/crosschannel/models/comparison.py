"""A challenger beside the champion on the same customers: differences with intervals, slice by slice, group by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crosschannel.models.bootstrap import DIGITS, Interval, auc_interval, differences
from crosschannel.models.drift_measures import psi
from crosschannel.models.gate import LOG_LOSS, Criterion, Verdict, verdict_on_score
from crosschannel.models.measures import measured
from crosschannel.models.paired import AS_IS, Pairs
from crosschannel.models.sample import Matrix
from crosschannel.models.slices import EVERYBODY, Slicing
from crosschannel.settings.review import Review

MIN_OUTCOMES = 10  # of either kind; an AUC of fewer says nothing
PSI_BINS = 10


@dataclass(frozen=True)
class SliceRow:
    """What one slice shows; differences are ours minus the champion's, ``None`` without one or with too few outcomes."""

    name: str
    rows: int
    share: float
    positive_rate: float
    mean_probability: float
    auc: Interval | None
    auc_difference: Interval | None = None
    log_loss_difference: Interval | None = None

    @property
    def gap(self) -> Interval:
        """Mean probability minus outcome rate, with a 95 % interval."""
        gap = self.mean_probability - self.positive_rate
        half = 1.96 * float(np.sqrt(max(self.mean_probability * (1 - self.mean_probability), 1e-9) / max(self.rows, 1)))
        return Interval(*(round(v, DIGITS) for v in (gap, gap - half, gap + half)))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"gap": asdict(self.gap)}


@dataclass(frozen=True)
class Comparison:
    """Everything measured on the pairs of two models, and the verdict; without a champion only the slices.

    Attributes
    ----------
    judged_fair, unfair
        The fairness groups, and those whose probabilities are off by more than allowed and by more than chance.
    """

    slices: tuple[SliceRow, ...]
    metrics: Mapping[str, Mapping[str, float]]
    differences: Mapping[str, Interval]
    score_psi: float
    verdict: Verdict | None
    judged_fair: tuple[SliceRow, ...] = ()
    unfair: tuple[SliceRow, ...] = ()


def compared(pairs: Mapping[str, Pairs], slicing: Slicing, review: Review, *, has_champion: bool, seed: int) -> Comparison:
    """Measure both models on every slice and judge the challenger."""
    everybody = pairs[EVERYBODY]
    names = sorted(pairs, key=lambda n: (n != EVERYBODY, n))
    slices = tuple(_slice_row(n, pairs[n], float(everybody.rows.sum()), review, has_champion, seed) for n in names)
    metrics = {"ours": measured(everybody.histogram(everybody.ours), AS_IS)}
    fair = tuple(s for s in slices if slicing.is_fairness(s.name))
    unfair = tuple(s for s in fair if is_unfair(s, review))
    if not has_champion:
        return Comparison(slices, metrics, {}, 0.0, None, fair, unfair)
    metrics["theirs"] = measured(everybody.histogram(everybody.theirs), AS_IS)
    gaps = differences(everybody, draws=review.draws, seed=seed)
    moved = score_psi(everybody)
    criteria = _criteria(metrics, gaps, slices, moved, review)
    verdict = verdict_on_score(criteria, gaps["log_loss"].value, review.max_log_loss_increase)
    return Comparison(slices, metrics, gaps, moved, verdict, fair, unfair)


def is_unfair(row: SliceRow, review: Review) -> bool:
    """Tell whether a group's probabilities are off by more than allowed, and by more than chance explains."""
    beyond_chance = row.gap.low > 0 or row.gap.high < 0
    return row.share >= review.min_slice_share and abs(row.gap.value) > review.max_group_gap and beyond_chance


def score_psi(pairs: Pairs) -> float:
    """Return the stability index between the two models' log-odds of the same customers, in tenths of the champion's."""
    order = np.argsort(pairs.theirs, kind="stable")
    middle = (np.cumsum(pairs.rows[order]) - pairs.rows[order] / 2) / pairs.rows.sum()
    edges = np.unique([pairs.theirs[order][np.searchsorted(middle, q)] for q in np.arange(1, PSI_BINS) / PSI_BINS])
    return psi(_binned(pairs.theirs, pairs.rows, edges), _binned(pairs.ours, pairs.rows, edges))


def _binned(values: Matrix, rows: Matrix, edges: Matrix) -> Matrix:
    return np.bincount(np.searchsorted(edges, values, side="right"), rows, len(edges) + 1).astype(np.float64)


def _slice_row(name: str, pairs: Pairs, all_rows: float, review: Review, has_champion: bool, seed: int) -> SliceRow:
    rows, positives = pairs.rows.sum(), (pairs.rows * pairs.outcomes).sum()
    mean = float((AS_IS.probabilities(pairs.ours) * pairs.rows).sum() / rows)
    enough = min(positives, rows - positives) >= MIN_OUTCOMES
    gaps = differences(pairs, draws=review.draws, seed=seed) if enough and has_champion else {}
    own = auc_interval(pairs, draws=review.draws, seed=seed) if enough else None
    share, rate, mean = (round(float(v), DIGITS) for v in (rows / all_rows, positives / rows, mean))
    return SliceRow(name, int(rows), share, rate, mean, own, gaps.get("auc"), gaps.get("log_loss"))


def _criteria(
    metrics: Mapping[str, Mapping[str, float]], gaps: Mapping[str, Interval], slices: Sequence[SliceRow], moved: float, review: Review
) -> list[Criterion]:
    ours, theirs = metrics["ours"], metrics["theirs"]
    loss = gaps["log_loss"]
    said = f"log loss {ours['log_loss']:.4f} against {theirs['log_loss']:.4f}, difference {loss}"
    criteria = [
        Criterion(LOG_LOSS, loss.high, review.max_log_loss_increase, note=said),
        Criterion(
            "calibration error", ours["ece"], max(review.max_ece, theirs["ece"] + review.max_ece_increase), note=f"champion {theirs['ece']:.4f}"
        ),
        Criterion("lift in the highest tenth", ours["lift_10"], review.min_lift_share * theirs["lift_10"], at_most=False),
        Criterion("stability index against the champion's probabilities", moved, review.max_score_psi),
    ]
    return [*criteria, *_slice_criteria(slices, review)]


def _slice_criteria(slices: Sequence[SliceRow], review: Review) -> list[Criterion]:
    """Hold every slice that is large enough to the bound; a loss its interval does not confirm is chance."""
    judged = [s for s in slices if s.name != EVERYBODY and s.share >= review.min_slice_share and s.auc_difference is not None]
    losses = [(s, s.auc_difference) for s in judged if s.auc_difference is not None and s.auc_difference.high < 0]
    return [Criterion(f"AUC lost in {s.name}", -gap.value, review.max_slice_auc_loss, note=f"difference {gap}") for s, gap in losses]
