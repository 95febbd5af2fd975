"""The report as one HTML page: no script, no font, no picture is fetched from anywhere."""

from __future__ import annotations

from crosschannel.contracts.ops import Files
from crosschannel.contracts.serving import Releases
from crosschannel.quality.report_facts import Facts
from crosschannel.quality.report_html import Html, count, element, joined, percent
from crosschannel.quality.report_intake import customers, intake, refused, tiles, totals
from crosschannel.quality.report_outcome import grades, release, scores, segments
from crosschannel.quality.report_style import EVIDENCE_STYLE, STYLE
from crosschannel.quality.report_tables import CUSTOMERS
from crosschannel.quality.report_value import value
from crosschannel.quality.report_worth import channels

ANCHORS = {
    "intake": "What came in",
    "refused": "Refused",
    "customers": "Customers",
    "segments": "Segments",
    "scores": "Scores",
    "channels": "Channels together",
    "value": "Customer value",
    "grades": "Grades",
    "release": "Release",
}
OPTIONAL = {"grades": "grades", "channels": "studies", "value": "values"}  # sections that are there if the facts are


def to_page(facts: Facts) -> str:
    """Return the whole page."""
    shown = (intake, refused, customers, segments, scores, channels, value, grades, release)
    body = [section(facts) for section in shown]
    title = f"{facts.project}: customers, segments and scores"
    policy = "default-src 'none'; style-src 'unsafe-inline'"  # a browser fetches nothing even if a value held a link
    head = joined(
        [
            Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            element("title", title),
            element("style", Html(STYLE + EVIDENCE_STYLE)),
        ]
    )
    whole = joined([_header(facts, title), element("main", joined(body)), _footer()])
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{whole}</body></html>\n'


def _header(facts: Facts, title: str) -> Html:
    total = totals(facts)
    bad = (total[Files.rows_quarantined] + total[Files.rows_duplicate]) / max(total[Files.rows_in], 1)
    links = joined(element("a", words, href=f"#{anchor}") for anchor, words in ANCHORS.items() if getattr(facts, OPTIONAL.get(anchor, ""), True))
    summary = tiles(
        (count(total[Files.rows_in]), "records in"),
        (percent(bad), "quarantined or duplicate"),
        (count(facts.customers[CUSTOMERS]), "customers"),
        (count(len(facts.segments)), "segments"),
        *(((f"{sum(g[4] is True for g in facts.grades)} of {sum(g[4] is not None for g in facts.grades)}", "grades held"),) if facts.grades else ()),
    )
    known = (
        f"As of {facts.release[Releases.as_of_date]}, release {facts.release[Releases.release_id]}." if facts.release else "Nothing is published yet."
    )
    return element("header", joined([element("h1", title), element("p", known, class_="quiet"), summary, element("nav", links)]))


def _footer() -> Html:
    return element("footer", "Made by crosschannel from aggregates; no row of a table is about a single customer, and the pictures of evidence name nobody.")
