"""Pictures of the identity gate: customers by size, and every measure against its limit.

The same pictures stand in the report and, as a page of their own, beside the run in MLflow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crosschannel.quality.report_html import Html, bar, columns, count, element, figure, joined, percent, section, table
from crosschannel.quality.report_style import STYLE

Gate = Sequence[tuple[str, float, float]]  # measure, what was observed, the most it may be
WORDS = {
    "largest_customer": "person identifiers in the largest customer",
    "most_identifiers": "identifiers of any kind in one customer",
    "supersized_percent": "% of customers above half the largest size",
    "links_per_identifier": "person links per person identifier: how dense the graph is",
    "refused_percent": "% of person links no customer could take",
    "moved_percent": "% of known identifiers that would bear another id",
    "label_f1_loss": "1 - F1 over labelled people; at most what it was in the map before, and the drop allowed",
}


def sizes_picture(sizes: Mapping[str, int]) -> Html:
    """Return customers by number of identifiers, on a scale on which the few largest can be seen."""
    names = list(sizes)
    label = "customers by number of identifiers: " + ", ".join(f"{count(n)} of {name}" for name, n in sizes.items())
    # a thousand customers of one identifier would hide one of 60: square roots keep both in sight
    drawn = columns([n**0.5 for n in sizes.values()], (names[0], names[len(names) // 2], names[-1]), label)
    return figure(drawn, "Customers by number of identifiers; heights are square roots, so that the few large ones are seen.")


def sizes_table(sizes: Mapping[str, int]) -> Html:
    """Return the numbers of that picture."""
    whole = max(1, sum(sizes.values()))
    return table(("identifiers", "customers", "share"), [(name, n, percent(n / whole, 2)) for name, n in sizes.items()])


def gate_table(gate: Gate) -> Html:
    """Return each measure with how far it is from its limit."""
    rows = [
        (WORDS.get(name, name), f"{observed:,.4g}", f"{limit:,.4g}", _towards(name, observed, limit), _verdict(observed <= limit))
        for name, observed, limit in gate
    ]
    return table(("measure", "observed", "at most", "", ""), rows)


def to_gate_page(sizes: Mapping[str, int], gate: Gate, groups: Mapping[str, Mapping[str, int]]) -> str:
    """Return a page of its own: measures, sizes, and counts by group such as links and refusals by rule."""
    parts = [
        section("Gate", "gate", gate_table(gate)),
        section("Sizes", "sizes", sizes_picture(sizes), sizes_table(sizes)),
        *(section(title, title.lower(), _counts(counts)) for title, counts in groups.items()),
    ]
    head = joined([Html('<meta charset="utf-8">'), element("title", "Identity gate"), element("style", Html(STYLE))])
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{element("main", joined(parts))}</body></html>\n'


def _counts(counts: Mapping[str, int]) -> Html:
    most = max([1, *counts.values()])
    return table(("", "count", ""), [(name, n, bar([(n / most, "main")], f"{name}: {count(n)}")) for name, n in sorted(counts.items())])


def _towards(name: str, observed: float, limit: float) -> Html:
    share = observed / limit if limit else float(observed > 0)
    return bar([(share, "main" if observed <= limit else "warn")], f"{name}: {observed:,.4g} of at most {limit:,.4g}")


def _verdict(holds: bool) -> Html:
    return element("span", "held" if holds else "breached", class_="held" if holds else "missed")
