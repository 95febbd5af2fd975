"""What a reviewer sees of the trees on customer value: whether they are in use, why, and what they read."""

from __future__ import annotations

from crosschannel.models.cards import to_markdown
from crosschannel.models.evidence import Evidence, step_zero
from crosschannel.models.figures import bars_figure
from crosschannel.models.value_boost import Boosted
from crosschannel.models.value_judgement import ORDERS, Judgement

TOP = 8


def boost_evidence(boosted: Boosted) -> Evidence:
    """Gather measures under ``boosted/`` and what the trees used."""
    evidence = Evidence(tags={"boosted": "in use" if boosted.boost else f"not in use: {boosted.refusal}"})
    if boosted.judgement:
        evidence.metrics += step_zero({f"boosted/{name}": value for name, value in boosted.judgement.measures.items()})
    if boosted.gap:
        gap = boosted.gap
        evidence.metrics += step_zero({"boosted/deviance_gap": gap.value, "boosted/deviance_gap_lo": gap.low, "boosted/deviance_gap_hi": gap.high})
    evidence.metrics += [("boosted/stopping_loss", loss, i) for i, loss in enumerate(boosted.losses)]
    if boosted.boost:
        evidence.figures["boosted_gains.png"] = bars_figure(boosted.boost.gains, "What the trees on top used", "total gain")
    return evidence


def boost_section(boosted: Boosted, plain: Judgement | None) -> list[str]:
    """Return the section of the card."""
    if boosted.gap is None or boosted.judgement is None or plain is None:
        return [f"Not in use: {boosted.refusal}."]
    said = f"Poisson deviance a customer, with the trees minus without, on the days held out: {boosted.gap}; below 0 is better."
    rows = [
        (name, *(f"{m[f'{ORDERS}/{key}']:,.3f}" for key in ("total_ratio", "gini", "mae", "rmse", "between_bounds")))
        for name, m in (("closed form", plain.measures), ("with trees", boosted.judgement.measures))
    ]
    table = to_markdown(("orders", "total, of what came", "normalised Gini", "mean error", "root mean square error", "between bounds"), rows)
    if not boosted.boost:
        return [f"Not in use: {boosted.refusal}.", said, table]
    trees = boosted.boost
    learned = (
        f"In use: {trees.rounds} rounds, learned from {trees.lessons:,} customers of the days held out, {trees.buyers:,} of whom ordered"
        f"{f'; {boosted.set_aside:,} who have become one since are set aside' if boosted.set_aside else ''}."
    )
    return [learned, said, table, "What they read most: " + ", ".join(list(trees.gains)[:TOP]) + "."]
