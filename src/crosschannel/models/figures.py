"""Pictures for the model review: drawn without a screen, readable at the size the MLflow page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from crosschannel.models.bootstrap import Interval
from crosschannel.models.calibration import Calibration
from crosschannel.models.choice import Candidate
from crosschannel.models.histogram import Histogram
from crosschannel.models.measures import ranked_bins, roc
from crosschannel.models.migration import Migration
from crosschannel.models.profile import Profile
from crosschannel.models.sample import Matrix

SIZE = (8.0, 5.0)
DOTS_PER_INCH = 110
INK, ACCENT, PALE = "#1f3b57", "#d1495b", "#c9d3dc"
MOST_FEATURES = 20


def axes(size: tuple[float, float] = SIZE) -> tuple[Any, Any]:
    """Return a new figure and its axes; no window, no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    ax.spines[["top", "right"]].set_visible(False)
    return figure, ax


def choice_figure(candidates: Sequence[Candidate], chosen: int) -> Any:
    """Draw silhouette and stability by number of segments."""
    figure, ax = axes()
    ks = [c.k for c in candidates]
    ax.plot(ks, [c.stability for c in candidates], "o-", color=INK, label="stability (agreement of resamples)")
    ax.plot(ks, [c.silhouette for c in candidates], "s-", color=ACCENT, label="silhouette (how clearly groups stand apart)")
    ax.axvline(chosen, color=PALE, linewidth=8, zorder=0, label=f"chosen: {chosen}")
    ax.set(xlabel="number of segments", ylabel="0 to 1, higher is better", ylim=(0, 1.05), title="Choice of the number of segments", xticks=ks)
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 0.7))
    return figure


def profile_figure(names: Sequence[str], profiles: Sequence[Profile]) -> Any:
    """Draw how far each segment lies from the average customer, by feature."""
    strength: dict[str, float] = {}
    for profile in profiles:
        for effect in profile.effects:
            strength[effect.feature] = max(strength.get(effect.feature, 0.0), abs(effect.effect))
    features = sorted(sorted(strength, key=lambda f: (-strength[f], f))[:MOST_FEATURES])
    values = np.array([[p.effect_of(f) for f in features] for p in profiles])
    figure, ax = axes((11.0, 2.5 + 0.55 * len(names)))
    image = ax.imshow(values, cmap="RdBu_r", vmin=-2, vmax=2, aspect="auto")
    ax.set_xticks(range(len(features)), features, rotation=45, ha="right", fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=9)
    for (i, j), value in np.ndenumerate(values):
        ax.text(j, i, f"{value:.1f}", ha="center", va="center", fontsize=7, color="white" if abs(value) > 1.2 else "black")
    ax.set_title("Segments against the average customer (standard deviations)")
    figure.colorbar(image, ax=ax, shrink=0.8)
    return figure


def sizes_figure(names: Sequence[str], profiles: Sequence[Profile]) -> Any:
    """Draw the customers of each segment."""
    figure, ax = axes((8.0, 1.5 + 0.5 * len(names)))
    bars = ax.barh(range(len(names)), [p.customers for p in profiles], color=INK)
    ax.bar_label(bars, [f"{p.customers:,} ({p.share:.0%})" for p in profiles], padding=4)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set(xlabel="customers", title="Size of the segments", xlim=(0, max(p.customers for p in profiles) * 1.2))
    return figure


def migration_figure(migration: Migration) -> Any:
    """Draw which share of each segment of the model before goes to which of the new one."""
    shares = np.array(migration.shares())
    figure, ax = axes((2.5 + 1.1 * shares.shape[1], 2.0 + 0.5 * shares.shape[0]))
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(shares.shape[1]), list(migration.after))
    ax.set_yticks(range(shares.shape[0]), [f"{old} {name}" for old, name in migration.before.items()], fontsize=8)
    for (i, j), share in np.ndenumerate(shares):
        if share >= 0.005:
            ax.text(j, i, f"{share:.0%}", ha="center", va="center", fontsize=8, color="white" if share > 0.6 else "black")
    ax.set(xlabel="segment now", title=f"Who moves: {migration.kept:.1%} of the customers keep their segment")
    return figure


def calibration_figure(test: Histogram, calibration: Calibration) -> Any:
    """Draw what was foretold against what happened, in bins of equally many held-out customers."""
    figure, ax = axes()
    bins = ranked_bins(test, calibration, 10)
    top = max(max(b.expected, b.observed) for b in bins) * 1.1
    ax.plot([0, top], [0, top], color=PALE, linewidth=3, label="perfect")
    ax.plot([b.expected for b in bins], [b.observed for b in bins], "o-", color=INK, label="held-out customers")
    ax.set(xlabel="mean probability given", ylabel="share in whom it happened", title="Calibration", xlim=(0, top), ylim=(0, top))
    ax.legend()
    return figure


def lift_figure(test: Histogram, calibration: Calibration) -> Any:
    """Draw how much more often the outcome happened, by tenth of the ranking."""
    figure, ax = axes()
    bins = ranked_bins(test, calibration, 10)[::-1]
    rate = test.positives.sum() / test.rows.sum()
    lifts = [b.observed / rate for b in bins]
    ax.bar_label(ax.bar(range(1, len(bins) + 1), lifts, color=INK), [f"{v:.1f}" for v in lifts])
    ax.axhline(1, color=ACCENT, linestyle="--", label=f"everybody: {rate:.1%}")
    ax.set(xlabel="decile, 1 is the highest score", ylabel="times the average rate", title="Lift by decile", xticks=range(1, len(bins) + 1))
    ax.legend()
    return figure


def roc_figure(test: Histogram, auc: float) -> Any:
    """Draw true positives against false positives."""
    figure, ax = axes((6.0, 5.5))
    ax.plot([0, 1], [0, 1], color=PALE, linewidth=3)
    ax.plot(*roc(test), color=INK)
    ax.set(xlabel="share of the others reached", ylabel="share of the outcomes reached", title=f"ROC on held-out customers, AUC {auc:.3f}")
    return figure


def bars_figure(values: Mapping[str, float], title: str, unit: str) -> Any:
    """Draw named values, largest first: feature gains, weights of acts."""
    shown = sorted(values.items(), key=lambda v: (-v[1], v[0]))[:MOST_FEATURES]
    figure, ax = axes((8.0, 1.5 + 0.3 * len(shown)))
    ax.barh([name for name, _ in shown], [value for _, value in shown], color=INK)
    ax.invert_yaxis()
    ax.set(xlabel=unit, title=title)
    ax.tick_params(axis="y", labelsize=8)
    return figure


def intervals_figure(rows: Sequence[tuple[str, Interval]], title: str, unit: str, *, middle: float | None) -> Any:
    """Draw a value and its interval per row, first row on top; ``middle`` is where no difference lies."""
    figure, ax = axes((8.0, 1.6 + 0.28 * len(rows)))
    places = range(len(rows))
    ax.hlines(places, [i.low for _, i in rows], [i.high for _, i in rows], color=PALE, linewidth=5)
    ax.plot([i.value for _, i in rows], places, "o", color=INK)
    if middle is not None:
        ax.axvline(middle, color=ACCENT, linestyle="--")
    ax.set_yticks(places, [name for name, _ in rows], fontsize=8)
    ax.invert_yaxis()
    ax.set(xlabel=unit, title=title)
    return figure


def drift_figure(rows: Sequence[tuple[str, float, float, float]]) -> Any:
    """Draw the stability index of each feature beside its bound and its chance level."""
    figure, ax = axes((9.0, 1.8 + 0.3 * len(rows)))
    places = np.arange(len(rows))
    ax.barh(places, [value for _, value, _, _ in rows], color=[ACCENT if value > bound else INK for _, value, bound, _ in rows])
    ax.plot([bound for _, _, bound, _ in rows], places, "|", color="black", markersize=14, label="bound")
    ax.plot([chance for _, _, _, chance in rows], places, "|", color=PALE, markersize=14, markeredgewidth=3, label="chance, one case of twenty")
    ax.set_yticks(places, [name for name, *_ in rows], fontsize=8)
    ax.invert_yaxis()
    ax.set(xlabel="population stability index against the day of training", title="Features that moved most")
    ax.legend(loc="lower right")
    return figure


def losses_figure(losses: Sequence[float], kept: int) -> Any:
    """Draw log loss on the stopping rows by round, and the round at which the model was cut."""
    figure, ax = axes()
    ax.plot(np.arange(1, len(losses) + 1, dtype=np.float64), _floats(losses), color=INK)
    ax.axvline(kept, color=ACCENT, linestyle="--", label=f"kept: {kept} rounds")
    ax.set(xlabel="boosting round", ylabel="log loss on stopping rows", title="When to stop")
    ax.legend()
    return figure


def _floats(values: Sequence[float]) -> Matrix:
    return np.array(values, dtype=np.float64)
