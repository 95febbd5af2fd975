"""The grades as people read them: a row per measure, beside the bar it is held to."""

from __future__ import annotations

from typing import Any

F1_BAR = 0.95
OVER_MERGE_BAR = 0.005
ARI_BAR = 0.8
AUC_GAP_BAR = 0.03

GradeRow = tuple[str, str, str, str, bool | None]


def grade_rows(grades: dict[str, Any]) -> list[GradeRow]:
    """Return group, measure, value, bar and whether it held (``None`` without a bar)."""
    identity, segments, rows = grades["identity"], grades["segments"], grades["rows"]
    made: list[GradeRow] = [
        ("identity", "pairwise precision", f"{identity['pairwise_precision']:.4f}", "", None),
        ("identity", "pairwise recall", f"{identity['pairwise_recall']:.4f}", "", None),
        ("identity", "pairwise F1", f"{identity['pairwise_f1']:.4f}", f">= {F1_BAR}", identity["pairwise_f1"] >= F1_BAR),
        ("identity", "B-cubed F1", f"{identity['bcubed_f1']:.4f}", "", None),
        (
            "identity",
            "over-merge rate",
            f"{identity['over_merge_rate']:.3%}",
            f"<= {OVER_MERGE_BAR:.1%}",
            identity["over_merge_rate"] <= OVER_MERGE_BAR,
        ),
        ("identity", "largest cluster", f"{identity['largest_cluster']:,.0f}", "", None),
        ("segments", "adjusted Rand index", f"{segments['ari']:.3f}", f">= {ARI_BAR}", segments["ari"] >= ARI_BAR),
        ("segments", "k (planted)", f"{segments['k']:.0f} ({segments['true_k']:.0f})", "", None),
    ]
    for name, score in grades["scores"].items():
        if not score["customers"]:
            made.append((name, "AUC (best possible)", "nobody was scored", "a champion", False))
            continue
        gap = score["best_auc"] - score["auc"]
        bar, held = (f"best - {AUC_GAP_BAR}", gap <= AUC_GAP_BAR) if name == "purchase" else ("", None)
        made.append((name, "AUC (best possible)", f"{score['auc']:.3f} ({score['best_auc']:.3f})", bar, held))
        made.append((name, "calibration error (of the truth)", f"{score['ece']:.4f} ({score['best_ece']:.4f})", "", None))
        made.append((name, "gap to the true chances", f"{score['true_gap']:.4f}", "", None))
    adds_up = rows["in"] == rows["good"] + rows["quarantined"] + rows["duplicate"]
    parts = f"{rows['in']:,} = {rows['good']:,} + {rows['quarantined']:,} + {rows['duplicate']:,}"
    made.append(("rows", "in = good + quarantined + duplicate", parts, "exact", adds_up and rows["in"] == rows.get("planted_in", rows["in"])))
    return made
