"""The catalogue of features as one HTML page: meaning, unit, window, coverage and drift of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from crosschannel.contracts.gold import FeatureStatistics
from crosschannel.quality.report_html import Html, bar, count, element, joined, number, percent, section, table
from crosschannel.quality.report_style import STYLE
from crosschannel.settings.recipes import FeatureColumn, windows_of

DRIFTED = 0.1  # a stability index above this and above five times its chance level is worth a look
TIMES_CHANCE = 5
HEAD = ("feature", "meaning", "unit", "window", "coverage", "", "other than 0", "median", "drift", "by chance")
Known = Mapping[str, Any]


def to_feature_page(features: Sequence[FeatureColumn], statistics: Sequence[Known]) -> str:
    """Return the page.

    Parameters
    ----------
    statistics
        Rows of ``gold.feature_statistics`` of one date; none before the first run.
    """
    known = {row[FeatureStatistics.feature_name]: row for row in statistics}
    families = [(family, list(group)) for family, group in groupby(features, key=lambda f: f.family)]
    sections = [section(family.replace("_", " "), f"{family}-{n}", _table(group, known)) for n, (family, group) in enumerate(families)]
    title = "Catalogue of features"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = joined(
        [
            Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            element("title", title),
            element("style", Html(STYLE)),
        ]
    )
    header = element("header", joined([element("h1", title), element("p", _said(features, statistics), class_="quiet")]))
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{header}{element("main", joined(sections))}</body></html>\n'


def is_drifted(row: Known) -> bool:
    """Tell whether a feature moved further than chance explains."""
    psi, chance = row[FeatureStatistics.drift_psi], row[FeatureStatistics.chance_psi]
    return psi is not None and psi > max(DRIFTED, TIMES_CHANCE * chance)


def window_of(feature: FeatureColumn) -> str:
    """Say the window of a feature."""
    return " and ".join(f"{days} days" for days in sorted(set(windows_of(feature.recipe)))) or "any time"


def _said(features: Sequence[FeatureColumn], statistics: Sequence[Known]) -> str:
    if not statistics:
        return f"{len(features)} features are declared; coverage and drift are measured by build_features."
    first = statistics[0]
    day, customers, before = (first[c] for c in (FeatureStatistics.as_of_date, FeatureStatistics.customers, FeatureStatistics.compared_date))
    drifted = sum(is_drifted(row) for row in statistics)
    compared = f" Since {before}, {drifted} of them drifted further than chance explains." if before else ""
    return f"{len(features)} features of {count(customers)} customers as of {day}.{compared}"


def _table(features: Sequence[FeatureColumn], known: Mapping[str, Known]) -> Html:
    return table(HEAD, [_line(f, known.get(f.name)) for f in features])


def _line(feature: FeatureColumn, row: Known | None) -> list[object]:
    declared: list[object] = [element("code", feature.name), feature.meaning, feature.unit, window_of(feature)]
    if row is None:
        return [*declared, *[number("")] * (len(HEAD) - len(declared))]
    coverage, middle, psi = row[FeatureStatistics.coverage], row[FeatureStatistics.middle], row[FeatureStatistics.drift_psi]
    drift = number("") if psi is None else number(f"{psi:.3f}{' drifted' if is_drifted(row) else ''}")
    return [
        *declared,
        number(percent(coverage)),
        bar([(coverage, "main")], f"{percent(coverage)} of customers have {feature.name}"),
        number(percent(row[FeatureStatistics.nonzero])),
        number("" if middle is None else f"{middle:,.2f}"),
        drift,
        number("" if psi is None else f"{row[FeatureStatistics.chance_psi]:.3f}"),
    ]
