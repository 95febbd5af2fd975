"""The part of a report about what scores are made of: whether joining channels pays, and what one act weighs."""

from __future__ import annotations

from crosschannel.contracts.acting import ModelStudies
from crosschannel.contracts.ml import ModelMetrics
from crosschannel.quality.report_facts import Facts, Record
from crosschannel.quality.report_html import Html, bar, element, number, section, table

CHANNEL, WITHOUT, AUC, ACT = "channel", "without_family", "auc", "act="
CHANCE = 0.5  # an AUC that knows nothing


def channels(facts: Facts) -> Html:
    """Show each single channel beside all, and what each family is worth; nothing without a study."""
    rows = [r for r in facts.studies if r[ModelStudies.metric] == AUC]
    if not rows:
        return Html("")
    intro = "The same score, learned from one channel only and from all, judged on the same customers. Differences are of a paired bootstrap over customers."
    parts: list[object] = [element("p", facts.answer), element("p", intro, class_="quiet"), _single(rows)]
    if without := [r for r in rows if r[ModelStudies.study] == WITHOUT]:
        lines = [(r[ModelStudies.variant_name].replace("_", "-"), number(_gap(r))) for r in without]
        parts += [element("h3", "What each family of features is worth"), table(("without", "AUC lost"), lines)]
    return section("Does joining channels pay?", "channels", *parts)


def weights(facts: Facts) -> Html:
    """Show what one act weighs in the omnichannel score, up the ladder of each channel; nothing without one."""
    rows = [(r[ModelMetrics.slice].removeprefix(ACT), r[ModelMetrics.value]) for r in facts.weights]
    if not rows:
        return Html("")
    most = max(value for _, value in rows) or 1.0
    lines = [(act, number(f"{value:.3f}"), bar([(value / most, "main")], f"{act}: weight {value:.3f}")) for act, value in rows]
    return Html(element("h3", "What one act weighs in the omnichannel score") + table(("act", "weight", ""), lines))


def _single(rows: list[Record]) -> Html:
    lines = []
    for r in (r for r in rows if r[ModelStudies.study] == CHANNEL):
        auc = r[ModelStudies.variant_auc]
        said = f"{r[ModelStudies.variant_name]}: AUC {auc:.3f}"
        drawn = bar([(max(auc - CHANCE, 0.0) / (1 - CHANCE), "main")], said)
        own = f"{auc:.3f} ({r[ModelStudies.variant_auc_low]:.3f} to {r[ModelStudies.variant_auc_high]:.3f})"
        lines.append((r[ModelStudies.variant_name], r[ModelStudies.features], number(own), drawn, number(_gap(r))))
    return table(("channel", "features", "AUC alone", "above chance", "AUC gained by all"), lines)


def _gap(row: Record) -> str:
    return f"{row[ModelStudies.whole_minus_variant]:+.3f} ({row[ModelStudies.low]:+.3f} to {row[ModelStudies.high]:+.3f})"
