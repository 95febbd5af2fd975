"""The first half of a report: what came in, what was refused and why, and whom it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import ENCODINGS, undecodable_code
from crosschannel.contracts.silver import Events, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.quality.report_evidence import figures
from crosschannel.quality.report_facts import Facts, Record
from crosschannel.quality.report_html import Html, bar, count, element, joined, number, percent, section, table
from crosschannel.quality.report_identity import gate_table, sizes_picture, sizes_table
from crosschannel.quality.report_tables import CUSTOMERS, FILES, FIRST, HIGH, IDENTIFIED, LAST, LINKS, REASON, REFUSED_FILES, ROWS

REASONS = {
    "unreadable": "not readable as a record of its format",
    **{undecodable_code(encoding): f"bytes that are no {encoding} text" for encoding in ENCODINGS},
    "too_long": "a line too long to be read",
    "missing": "a required field is absent or blank",
    "type": "a value is not of the declared type",
    "not_allowed": "a value is not among the allowed ones",
    "out_of_range": "a number lies outside the declared range",
    "lines": "an order line lacks its product or a readable amount",
    "time_unreadable": "the moment cannot be read in the declared format",
    "time_implausible": "the moment lies outside the plausible days",
    "future_time": "the moment lies further ahead of its arrival than clocks may differ",
    "too_late": "the moment lies further back than the source may be late",
    "unmapped_verb": "an act the source's settings do not map to a verb",
    "blocklist_exact": "a placeholder value",
    "blocklist_pattern": "a placeholder value, by pattern",
}
STAGES = {
    "screen": "values that name nobody",
    "limit": "links that would put too much into one customer",
    "shared_device": "devices seen with several people",
    "hot": "values seen with far too many others",
    "consent": "values whose use was not allowed",
    "decision": "what people blocked or split",
    "linkage": "records that are not alike enough together",
    "block": "groups of records too large to compare",
}

MASKED = (
    "Two examples, chosen by rule and drawn as `crosschannel explain A B` draws any two identifiers. Here each identifier is its type and four digits of its"
    " pseudonym, which tell the boxes apart and find nobody; moments are months."
)


def totals(facts: Facts) -> dict[str, int]:
    """Return records in, good, quarantined, duplicate and suppressed over all sources."""
    counts = (Files.rows_in, Files.rows_good, Files.rows_quarantined, Files.rows_duplicate, Files.rows_suppressed)
    return {c: sum(int(s.get(c) or 0) for s in facts.sources) for c in counts}


def tiles(*pairs: tuple[str, str]) -> Html:
    """Return large figures with a word under each."""
    boxes = (element("div", joined([element("b", value), element("span", word)]), class_="tile") for value, word in pairs)
    return element("div", joined(boxes), class_="tiles")


def intake(facts: Facts) -> Html:
    """Say what came in."""
    total = totals(facts)
    balance = total[Files.rows_good] + total[Files.rows_quarantined] + total[Files.rows_duplicate] + total[Files.rows_suppressed]
    of_erased = f" + {count(total[Files.rows_suppressed])} of people who were erased" if total[Files.rows_suppressed] else ""
    adds_up = "Every record is accounted for" if balance == total[Files.rows_in] else "THE COUNTS DO NOT ADD UP"
    sum_line = f"{adds_up}: {count(total[Files.rows_in])} in = {count(total[Files.rows_good])} good + {count(total[Files.rows_quarantined])} quarantined + {count(total[Files.rows_duplicate])} duplicate{of_erased}."
    head = ("source", "files", "records in", "good", "quarantined", "duplicate", "good, quarantined, duplicate")
    lines = [_source_line(s) for s in sorted(facts.sources, key=lambda s: -int(s[Files.rows_in] or 0))]
    most = max((c[ROWS] for c in facts.channels), default=1)
    spans = [
        (
            c[Events.channel],
            c[ROWS],
            number(percent(c[IDENTIFIED] / c[ROWS], 0)),
            number(f"{c[FIRST]} to {c[LAST]}"),
            bar([(c[ROWS] / most, "main")], f"{count(c[ROWS])} events"),
        )
        for c in facts.channels
    ]
    return section(
        "What came in", "intake", element("p", sum_line), table(head, lines),
        element("h3", "Events by channel"), table(("channel", "events", "with an identifier", "days", ""), spans),
    )  # fmt: skip


def refused(facts: Facts) -> Html:
    """Say what was refused and why."""
    most = max((r[ROWS] for r in facts.reasons), default=1)
    lines = [(r[Quarantine.source], _reason(r[REASON]), r[ROWS], bar([(r[ROWS] / most, "warn")], f"{count(r[ROWS])} records")) for r in facts.reasons]
    parts: list[object] = [
        element("p", "Refused records stay in bronze.quarantine with every rule they broke. A record that broke two rules counts under both."),
        table(("source", "reason", "records", ""), lines),
    ]
    if facts.file_reasons:
        parts += [
            element("h3", "Files refused as a whole"),
            table(("source", "reason", "files"), [(f[Files.source], f[Files.reason], f[ROWS]) for f in facts.file_reasons]),
        ]
    return section("What was refused, and why", "refused", *parts)


def customers(facts: Facts) -> Html:
    """Say who the events belong to and how that was found out."""
    base, identified = facts.customers[CUSTOMERS], facts.customers[IDENTIFIED]
    sums = tiles(
        (count(base), "customers"),
        (percent(identified / base if base else 0), "of them with a person identifier"),
        (count(sum(i[ROWS] for i in facts.identifiers)), "identifiers"),
        (count(facts.customers[HIGH]), "identifiers in the largest customer"),
    )
    most = max((i[ROWS] for i in facts.identifiers), default=1)
    kinds = [
        (i[IdentityMap.namespace], i[IdentityMap.kind], i[ROWS], i[CUSTOMERS], bar([(i[ROWS] / most, "main")], f"{count(i[ROWS])} identifiers"))
        for i in facts.identifiers
    ]
    rules = [(r[IdentityEdges.rule], r[IdentityEdges.kind], r[LINKS], r[ROWS]) for r in facts.rules]
    return section(
        "Customer base", "customers", sums,
        element("p", "Identifiers seen on one record belong together, unless a rule says otherwise. Here they appear as counts only."),
        table(("identifier", "kind", "identifiers", "customers", ""), kinds),
        *((element("h3", "How many identifiers a customer has"), sizes_picture(facts.sizes), sizes_table(facts.sizes)) if facts.sizes else ()),
        *((element("h3", "The gate the newest map passed, or did not"), gate_table(facts.gate)) if facts.gate else ()),
        element("h3", "Evidence: which identifiers were seen together"), table(("rule", "kind", "pairs", "events"), rules),
        element("h3", "Links that were refused"), _refusals(facts.refusals),
        *((element("h3", "What evidence looks like"), element("p", MASKED), figures(facts.evidence)) if facts.evidence else ()),
    )  # fmt: skip


def _source_line(source: Record) -> Sequence[object]:
    parts = [int(source[c] or 0) for c in (Files.rows_in, Files.rows_good, Files.rows_quarantined, Files.rows_duplicate)]
    whole = max(parts[0], 1)
    shares = [(n / whole, colour) for n, colour in zip(parts[1:], ("main", "warn", "muted"), strict=True)]
    label = ", ".join(f"{percent(n / whole)} {word}" for n, word in zip(parts[1:], ("good", "quarantined", "duplicate"), strict=True))
    files = f"{source[FILES]:,}" + (f" ({source[REFUSED_FILES]:,} refused)" if source[REFUSED_FILES] else "")
    return (source[Files.source], number(files), *parts, bar(shares, label))


def _refusals(rows: Sequence[Record]) -> Html:
    return table(
        ("why", "rule", "refused"),
        [(STAGES.get(r[IdentityRefusals.stage], r[IdentityRefusals.stage]), r[IdentityRefusals.rule], r[ROWS]) for r in rows],
    )


def _reason(reason: str) -> Html:
    words = REASONS.get(reason.partition(":")[0])
    return joined([element("code", reason), f" {words}" if words else ""])
