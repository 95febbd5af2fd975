"""The second half of a report: segments, scores, grades, and how to look further."""

from __future__ import annotations

from collections.abc import Sequence

from crosschannel.contracts.ml import ModelMetrics
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, Releases
from crosschannel.quality.report_facts import Facts, Record
from crosschannel.quality.report_html import Html, bar, columns, count, element, figure, heat, joined, number, percent, section, table
from crosschannel.quality.report_tables import BIN, BINS, MEAN, ROWS
from crosschannel.quality.report_worth import weights

CARD_TRAITS = 5
MIN_EFFECT = 0.3  # weaker traits are no news
HEAT_FEATURES = 14
MEASURES = ("rows", "positive_rate", "auc", "pr_auc", "ece", "brier", "lift_10", "capture_10")
MEASURE_WORDS = {
    "rows": "customers", "positive_rate": "outcome rate", "auc": "AUC", "pr_auc": "PR AUC", "ece": "calibration error", "brier": "Brier", "lift_10": "lift at 10 %", "capture_10": "caught at 10 %",
}  # fmt: skip
SHARES = ("positive_rate", "capture_10")
COUNTS = ("rows",)


def segments(facts: Facts) -> Html:
    """Show sizes, cards and what sets segments apart."""
    rows = sorted(facts.segments, key=lambda s: (-s[PublishedProfiles.customers], s[PublishedProfiles.segment_id]))
    most = max((s[PublishedProfiles.share] for s in rows), default=0) or 1
    sizes = [
        (
            s[PublishedProfiles.segment_name], element("code", s[PublishedProfiles.segment_id]), s[PublishedProfiles.customers], number(percent(s[PublishedProfiles.share])),
            bar([(s[PublishedProfiles.share] / most, "main")], f"{s[PublishedProfiles.segment_name]}: {percent(s[PublishedProfiles.share])} of customers"),
        )
        for s in rows
    ]  # fmt: skip
    return section(
        "Segments", "segments",
        element("p", "Names are computed from behaviour; ids stay the same through retraining."),
        table(("segment", "id", "customers", "share", ""), sizes),
        element("div", joined(_card(s) for s in rows), class_="cards"),
        element("h3", "What sets them apart"), _heat_map(rows, facts),
        element("h3", "Mean scores by segment"), _mean_scores(rows),
    )  # fmt: skip


def scores(facts: Facts) -> Html:
    """Show each score's distribution and deciles, and what training measured."""
    names = sorted({d[PublishedScores.score_name] for d in facts.deciles})
    parts: list[object] = []
    for name in names:
        parts += [
            element("h3", name.replace("_", " ").capitalize()),
            element("div", joined([_histogram(facts, name), _deciles(facts, name)]), class_="pair"),
        ]
    intro = "Decile 1 is the tenth of customers with the highest score. Measures are of customers the model had not seen, at the latest date whose outcomes are known."
    return section("Scores", "scores", element("p", intro), *parts, element("h3", "Measured on held-out customers"), _metrics(facts), weights(facts))


def grades(facts: Facts) -> Html:
    """Show grades against planted truth; nothing without them."""
    if not facts.grades:
        return Html("")
    marks = {None: "", True: element("span", "held", class_="held"), False: element("span", "missed", class_="missed")}
    lines = [(group, measure, number(value), bound, marks[held]) for group, measure, value, bound, held in facts.grades]
    intro = "The logs are synthetic: who did what, and why, is known. Only this comparison reads that truth."
    return section("Grades against the truth", "grades", element("p", intro), table(("graded", "measure", "value", "bar", ""), lines))


def release(facts: Facts) -> Html:
    """Say what exactly the report describes and how to look further."""
    further = element(
        "ul",
        joined(
            element("li", joined([f"{words}: ", element("code", command)]))
            for words, command in (
                ("one customer and the evidence behind it", f"crosschannel explain CUSTOMER-OR-IDENTIFIER --lake {facts.lake}"),
                ("models, figures and model cards", "make ui"),
                ("the last attempt of each job", f"crosschannel status --lake {facts.lake}"),
                ("what each table holds", "docs/tables.md"),
            )
        ),
    )
    if facts.release is None:
        return section("Release", "release", element("p", "Nothing is published yet."), further)
    versions = [
        (name, number(str(v)), number(count(facts.release[Releases.row_counts][name])))
        for name, v in sorted(facts.release[Releases.table_versions].items())
    ]
    models = [(name, element("code", v)) for name, v in sorted(facts.release[Releases.model_versions].items())]
    changed = ", ".join(f"{count(n)} {change}" for change, n in sorted(facts.changes.items())) or "none"
    return section(
        "Release", "release",
        element("p", joined(["Release ", element("code", facts.release[Releases.release_id]), f", number {facts.release[Releases.release_number]}, as of {facts.release[Releases.as_of_date]}. Changes against the one before: {changed}."])),
        element("div", joined([table(("table", "Delta version", "rows"), versions), table(("model", "version"), models)]), class_="pair"),
        element("h3", "Look further"), further,
    )  # fmt: skip


def _card(segment: Record) -> Html:
    strong = [t for t in segment[PublishedProfiles.traits] if abs(t["effect"]) >= MIN_EFFECT][:CARD_TRAITS]
    traits = (
        element(
            "li",
            joined(
                [
                    element("code", t["feature"]),
                    f" {'more' if t['effect'] > 0 else 'less'}: {_amount(t['segment_mean'])} against {_amount(t['population_mean'])} for everybody",
                ]
            ),
        )
        for t in strong
    )
    chips = [
        segment[PublishedProfiles.preferred_channel],
        f"{count(segment[PublishedProfiles.customers])} customers",
        percent(segment[PublishedProfiles.share]),
    ]
    head = [element("h3", segment[PublishedProfiles.segment_name]), joined(element("span", chip, class_="chip") for chip in chips)]
    return element("article", joined([*head, element("p", segment[PublishedProfiles.description]), element("ul", joined(traits))]), class_="card")


def _heat_map(rows: Sequence[Record], facts: Facts) -> Html:
    effects = {s[PublishedProfiles.segment_id]: {t["feature"]: t for t in s[PublishedProfiles.traits]} for s in rows}
    strongest: dict[str, float] = {}
    for traits in effects.values():
        for feature, trait in traits.items():
            strongest[feature] = max(strongest.get(feature, 0.0), abs(trait["effect"]))
    shown = sorted(strongest, key=lambda f: (-strongest[f], f))[:HEAT_FEATURES]
    lines = []
    for feature in shown:
        cells: list[object] = [Html(element("td", element("code", feature), title=facts.meanings.get(feature, feature)))]
        for s in rows:
            trait = effects[s[PublishedProfiles.segment_id]].get(feature)
            cells.append(heat(trait["effect"], f"{s[PublishedProfiles.segment_name]}: mean {_amount(trait['segment_mean'])}") if trait else "")
        lines.append(cells)
    caption = "Segment mean minus the mean of everybody, in standard deviations: orange above, blue below. Columns by id."
    return table(("feature", *[s[PublishedProfiles.segment_id] for s in rows]), lines, caption)


def _mean_scores(rows: Sequence[Record]) -> Html:
    names = sorted({name for s in rows for name in s[PublishedProfiles.mean_scores]})
    top = {name: max(s[PublishedProfiles.mean_scores].get(name, 0.0) for s in rows) or 1.0 for name in names}
    lines = []
    for s in rows:
        cells: list[object] = [s[PublishedProfiles.segment_name]]
        for name in names:
            mean = s[PublishedProfiles.mean_scores].get(name, 0.0)
            label = f"mean {name} of {s[PublishedProfiles.segment_name]}: {_score(mean, top[name])}"
            cells.append(joined([element("div", _score(mean, top[name])), bar([(mean / top[name], "main")], label)]))
        lines.append(cells)
    return table(("segment", *names), lines)


def _histogram(facts: Facts, name: str) -> Html:
    counts = {h[BIN]: h[ROWS] for h in facts.histogram if h[PublishedScores.score_name] == name}
    span = facts.spans[name]
    values = [float(counts.get(n, 0)) for n in range(BINS)]
    ends = [_score(span * at, span) for at in (0, 0.5, 1)]
    return figure(
        columns(values, ends, f"Customers by {name} score, from {ends[0]} to {ends[2]}"),
        f"Customers by score ({count(sum(values))} in all, the tallest column holds {count(max(values))})",
    )


def _deciles(facts: Facts, name: str) -> Html:
    mine = sorted((d for d in facts.deciles if d[PublishedScores.score_name] == name), key=lambda d: d[PublishedScores.decile])
    values = [float(d[MEAN]) for d in mine]
    said = ", ".join(f"decile {d[PublishedScores.decile]}: {percent(d[MEAN])}" for d in mine)
    caption = f"Mean probability by decile: {percent(values[0])} in decile {mine[0][PublishedScores.decile]}, {percent(values[-1])} in decile {mine[-1][PublishedScores.decile]}"
    return figure(
        columns(values, ("decile 1", "", f"decile {mine[-1][PublishedScores.decile]}"), f"Mean probability by decile of {name}; {said}"), caption
    )


def _metrics(facts: Facts) -> Html:
    by_model: dict[tuple[str, str], dict[str, float]] = {}
    for m in facts.metrics:
        by_model.setdefault((m[ModelMetrics.model_name], m[ModelMetrics.model_version]), {})[m[ModelMetrics.metric]] = m[ModelMetrics.value]
    shown = [m for m in MEASURES if any(m in values for values in by_model.values())]
    lines = [(name, element("code", version), *[_measure(m, values.get(m)) for m in shown]) for (name, version), values in sorted(by_model.items())]
    return table(("model", "version", *[MEASURE_WORDS[m] for m in shown]), lines)


def _measure(measure: str, value: float | None) -> Html:
    if value is None:
        return number("")
    return number(count(value) if measure in COUNTS else percent(value) if measure in SHARES else f"{value:.3f}")


def _score(value: float, top: float) -> str:
    return f"{value:.0f}" if top > 1 else percent(value)


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")
