"""What a reviewer sees of groups by density, beside the segments."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosschannel.models.density import OUTLIER, Groups
from crosschannel.models.figures import axes
from crosschannel.models.segment_model import SegmentModel


def density_metrics(groups: Groups) -> dict[str, float]:
    """Return how many groups there are, how many customers belong to none, and how far the segments cut as they do."""
    return {
        "density/groups": float(len(set(groups.sizes) - {OUTLIER})), "density/outlier_share": groups.outlier_share, "density/agreement": groups.agreement,
    }  # fmt: skip


def density_figure(groups: Groups, model: SegmentModel) -> Any:
    """Draw which share of each group lies in each segment."""
    sizes = groups.sizes
    shares = np.array([[groups.counts.get((g, s), 0) / n for s in model.segment_ids] for g, n in sizes.items()])
    figure, ax = axes((2.5 + 1.1 * shares.shape[1], 2.0 + 0.5 * shares.shape[0]))
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(shares.shape[1]), list(model.segment_ids))
    ax.set_yticks(range(shares.shape[0]), [f"{_named(g)}: {n:,}" for g, n in sizes.items()], fontsize=8)
    for (i, j), share in np.ndenumerate(shares):
        if share >= 0.005:
            ax.text(j, i, f"{share:.0%}", ha="center", va="center", fontsize=8, color="white" if share > 0.6 else "black")
    ax.set(xlabel="segment", title="Where the groups found by density lie")
    return figure


def density_section(groups: Groups) -> list[str]:
    """Return the section of the card."""
    found = len(set(groups.sizes) - {OUTLIER})
    said = (
        f"HDBSCAN finds {found} dense groups of any shape; {groups.outlier_share:.1%} of the customers belong to none. Among the others it agrees with the "
        f"segments to {groups.agreement:.2f} (adjusted Rand index; 1 is the same cut, 0 is chance)."
    )
    return [said, "Shown for comparison: no published id rests on it."]


def _named(group: int) -> str:
    return "outliers" if group == OUTLIER else f"group {group + 1}"
