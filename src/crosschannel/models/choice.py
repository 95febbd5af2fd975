"""How many segments: every k of a range is tried on sample rows, measured, and judged in words.

Stability is the mean adjusted Rand index between the fit on all rows and fits on resamples;
silhouette says how clearly the groups stand apart. Silhouette alone would go on splitting people by
shades; so among the ks that are about as clear as the clearest, the most stable wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from crosschannel.models.nearest import Labels, squared_distances
from crosschannel.models.sample import Matrix
from crosschannel.models.threads import one_thread
from crosschannel.settings.segments import ChoiceOfK

SILHOUETTE_ROWS = 2_000
STABILITY_TIE = 0.02  # resamples of a few thousand rows tell no finer difference apart
WARM_MARGIN = 1.02
DIGITS = 6


@dataclass(frozen=True)
class Candidate:
    """One k: what was measured on the sample, and what is said of it."""

    k: int
    silhouette: float
    stability: float
    min_share: float
    cost: float
    verdict: str = ""


@dataclass(frozen=True)
class Choice:
    """The chosen k, why, and every candidate."""

    k: int
    reason: str
    candidates: tuple[Candidate, ...]

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {"k": self.k, "reason": self.reason, "candidates": [asdict(c) for c in self.candidates]}


def choice_of_k(rows: Matrix, settings: ChoiceOfK, *, restarts: int, seed: int, current_k: int | None = None) -> Choice:
    """Measure every k of the range and choose one; ``current_k`` is kept while it is as good as the best."""
    largest = min(settings.largest, len(np.unique(rows, axis=0)) - 1)
    candidates = [_measured(rows, k, settings.resamples, restarts, seed) for k in range(settings.smallest, largest + 1)]
    chosen, reason = _chosen(candidates, settings, current_k)
    judged = tuple(replace(c, verdict="chosen: " + reason if c.k == chosen.k else _verdict(c, chosen, settings)) for c in candidates)
    return Choice(chosen.k, reason, judged)


def fitted_centres(rows: Matrix, k: int, *, restarts: int, seed: int, starts: Sequence[Matrix] = ()) -> Matrix:
    """Return the best centres of several k-means++ starts; a given start wins unless it costs 2 % more."""
    from sklearn.cluster import KMeans

    with one_thread():  # sums differ by thread count
        fresh = KMeans(k, n_init=restarts, random_state=seed).fit(rows)
        carried = [KMeans(k, init=start, n_init=1).fit(rows) for start in starts]
    best = next((fit for fit in carried if fit.inertia_ <= WARM_MARGIN * fresh.inertia_), fresh)
    return np.asarray(best.cluster_centers_, dtype=np.float64)


def labels_of(rows: Matrix, centres: Matrix) -> Labels:
    """Return the nearest centre of each row."""
    return np.asarray(squared_distances(rows, centres).argmin(axis=1), dtype=np.int64)


def _measured(rows: Matrix, k: int, resamples: int, restarts: int, seed: int) -> Candidate:
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    centres = fitted_centres(rows, k, restarts=restarts, seed=seed)
    labels = labels_of(rows, centres)
    draw = np.random.default_rng([seed, k])
    agreements = []
    for _ in range(resamples):
        resample = rows[draw.integers(0, len(rows), len(rows))]
        other = fitted_centres(resample, k, restarts=restarts, seed=seed)
        agreements.append(adjusted_rand_score(labels, labels_of(rows, other)))
    with one_thread():
        silhouette = silhouette_score(rows[:SILHOUETTE_ROWS], labels[:SILHOUETTE_ROWS]) if len(set(labels[:SILHOUETTE_ROWS])) > 1 else 0.0
    cost = float(((rows - centres[labels]) ** 2).sum() / len(rows))
    share = float(np.bincount(labels, minlength=k).min() / len(rows))
    silhouette, stability, share, cost = (round(float(v), DIGITS) for v in (silhouette, np.mean(agreements), share, cost))
    return Candidate(k, silhouette, stability, share, cost)


def _chosen(candidates: Sequence[Candidate], settings: ChoiceOfK, current_k: int | None) -> tuple[Candidate, str]:
    sound = [c for c in candidates if c.stability >= settings.min_stability and c.min_share >= settings.min_share]
    if not sound:
        best = max(candidates, key=lambda c: (c.stability, c.k))
        return best, f"no k is sound (stability {settings.min_stability:.2f} and shares asked); k={best.k} is the most stable at {best.stability:.3f}"
    clearest = max(c.silhouette for c in sound)
    clear = [c for c in sound if c.silhouette >= settings.min_clarity * clearest]
    kept = next((c for c in clear if c.k == current_k), None)
    steadiest = max(c.stability for c in clear)
    steady = [c for c in clear if c.stability >= steadiest - STABILITY_TIE]
    best = kept or max(steady, key=lambda c: c.k)
    why = "kept from the model before" if kept else f"the finest of the {len(steady)} clear and steady ones"
    return best, f"{why}: stability {best.stability:.3f}, silhouette {best.silhouette:.3f}, smallest share {best.min_share:.1%}"


def _verdict(candidate: Candidate, chosen: Candidate, settings: ChoiceOfK) -> str:
    if candidate.stability < settings.min_stability:
        return f"unstable: resamples agree to {candidate.stability:.2f}, {settings.min_stability:.2f} asked"
    if candidate.min_share < settings.min_share:
        return f"a segment holds only {candidate.min_share:.1%}, {settings.min_share:.1%} asked"
    if candidate.silhouette < settings.min_clarity * chosen.silhouette:
        return f"less clear: silhouette {candidate.silhouette:.3f} against {chosen.silhouette:.3f}"
    return f"clear, but neither steadier nor finer: stability {candidate.stability:.3f} against {chosen.stability:.3f}"
