"""Print the card of one customer."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from crosschannel.contracts.acting import ActionLists, ScoreReasons
from crosschannel.contracts.silver import Events
from crosschannel.contracts.values import CustomerValues as Values

MAX_REFUSED = 10


def render_explain(card: dict[str, Any]) -> RenderableType:
    """Return the card as ``explain`` gathers it, ready for a console."""
    parts: list[RenderableType | None] = [
        _head(card), _segment(card), _scores(card), _reasons(card), _lists(card), _value(card),
        _identifiers(card), _by_channel(card), _channels(card), _refused(card), _history(card),
    ]  # fmt: skip
    return Group(*(part for part in parts if part is not None))


def render_pair(answer: dict[str, Any]) -> RenderableType:
    """Return the chain of evidence as ``explain_pair`` finds it, ready for a console."""
    one, other = answer["ends"]
    verdict = "one customer" if answer["same_customer"] else "two customers"
    head = Text.assemble((verdict, "bold"), f": {one['identifier']} of {one['customer']} and {other['identifier']} of {other['customer']}\n")
    if not answer["path"]:
        head.append("no chain of evidence of at most 8 links connects them\n")
    if answer["is_cut"]:
        head.append("so many links stand at these identifiers that only the strongest were looked at\n")
    table = Table("from", "to", "rule", "events", "bits", "first", "last", "sources", "", title="shortest chain of evidence", title_justify="left")
    for step in answer["path"]:
        weight = "" if step["bits"] is None else f"{step['bits']:.1f}"
        dates = f"{step['first']:%Y-%m-%d}", f"{step['last']:%Y-%m-%d}"
        table.add_row(step["from"], step["to"], step["rule"], f"{step['events']:,}", weight, *dates, ", ".join(step["sources"]), "" if step["is_kept"] else "refused")
    return Group(head, *([table] if answer["path"] else []), _refused(answer))


def _head(card: dict[str, Any]) -> Text:
    who = "an identified customer" if card["identified"] else "an anonymous customer: no person identifier was ever seen with it"
    release = card["release"]
    published = f"release {release['id']} (number {release['number']}), as of {release['as_of']}" if release else "nothing is published yet"
    return Text.assemble((card["customer"], "bold"), f", found by {card['found_by']}; {who}\n{published}\n")


def _segment(card: dict[str, Any]) -> Text:
    segment = card["segment"]
    if segment is None:
        return Text("Not in the current release: segments and scores are given to the population of features.yaml only.\n")
    text = Text.assemble(
        "Segment ",
        (f"{segment['segment']}", "bold"),
        f" ({segment['id']}), confidence {segment['confidence']:.2f}; {segment['change']} in this release\n",
    )
    if "description" in segment:
        text.append(f"{segment['description']} Preferred channel: {segment['channel']}.\n")
        for trait in segment["traits"]:
            words = "above" if trait["effect"] >= 0 else "below"
            text.append(
                f"  {trait['feature']}: {trait['segment_mean']:,.2f}, {words} the average of {trait['population_mean']:,.2f} ({trait['effect']:+.2f} sd)\n"
            )
    return text


def _scores(card: dict[str, Any]) -> Table | None:
    if not card["scores"]:
        return None
    table = Table("score", "value", "probability", "decile (1 is highest)", "model version", title="scores", title_justify="left")
    for score in card["scores"]:
        name, value, probability, decile, version = score.values()
        table.add_row(name, f"{value:,.3f}", f"{probability:.1%}", str(decile), version)
    return table


def _value(card: dict[str, Any]) -> Text | None:
    value = card["value"]
    if value is None:
        return None
    worth = f" worth {value[Values.expected_value]:,.2f} ({value[Values.low]:,.2f} to {value[Values.high]:,.2f})" if value[Values.low] is not None else ""
    orders = f"{value[Values.expected_orders]:.1f} orders ({value[Values.orders_low]} to {value[Values.orders_high]})"
    when = f"in the {value[Values.horizon_days]} days after {value[Values.as_of_date]}"
    return Text(f"Expected {when}: {orders}{worth}; still a customer with {value[Values.p_alive]:.0%}\n")


def _reasons(card: dict[str, Any]) -> Table | None:
    if not card["reasons"]:
        return None
    table = Table("score", "because", "log-odds", "counted", title="why: what moves each score most", title_justify="left")
    for score in card["reasons"]:
        for position, reason in enumerate(score["reasons"]):
            first = position == 0
            name, method = (score[ScoreReasons.score_name], score[ScoreReasons.method]) if first else ("", "")
            table.add_row(name, reason["phrase"], f"{reason['contribution']:+.3f}", method)
    return table


def _lists(card: dict[str, Any]) -> Text | None:
    if not card["lists"]:
        return None
    places = (f"{one[ActionLists.list_name]} at place {one[ActionLists.place]:,} of {one[ActionLists.candidates]:,} candidates" for one in card["lists"])
    return Text("On the lists " + "; ".join(places) + ".")


def _identifiers(card: dict[str, Any]) -> Table:
    table = Table(
        "identifier",
        "pseudonym",
        "first seen",
        "last seen",
        "joined by",
        "through",
        "on events",
        title="identifiers and the evidence of each",
        title_justify="left",
    )
    for group in card["identifiers"]:
        for position, item in enumerate(group["shown"]):
            name = f"{group['namespace']} ({group['kind']})" if position == 0 else ""
            evidence = (item["joined_by"], item["joined_through"], f"{item['events']:,}") if item["joined_by"] else ("the anchor", "", "")
            table.add_row(name, f"{item['pseudonym']}...", f"{item['first']:%Y-%m-%d}", f"{item['last']:%Y-%m-%d}", *evidence)
        if group["count"] > len(group["shown"]):
            table.add_row("", f"and {group['count'] - len(group['shown']):,} more", "", "", "", "", "")
    return table


def _by_channel(card: dict[str, Any]) -> Table | None:
    if not card["by_channel"]:
        return None
    table = Table("channel", "identifiers", "last seen", title="identifiers by channel", title_justify="left")
    for row in card["by_channel"]:
        channel, namespace, count, last = row.values()
        table.add_row(channel, f"{count:,} {namespace}", f"{last:%Y-%m-%d}")
    return table


def _history(card: dict[str, Any]) -> Table | None:
    if not card["history"]:
        return None
    table = Table("until", "what", "customer", "with", "why", title="history of the customer_id", title_justify="left")
    for row in card["history"]:
        moment, event, customer, reason, cause, others = row.values()
        table.add_row(f"{moment:%Y-%m-%d}", event, customer, ", ".join(others), f"{reason} ({cause})")
    return table


def _channels(card: dict[str, Any]) -> Table | None:
    if not card["channels"]:
        return None
    table = Table("channel", "events", "first", "last", title="events", title_justify="left")
    for row in card["channels"]:
        table.add_row(row[Events.channel], f"{row['events']:,}", f"{row['first']:%Y-%m-%d}", f"{row['last']:%Y-%m-%d}")
    return table


def _refused(card: dict[str, Any]) -> Table | Text:
    if not card["refused"]:
        return Text("No link at these identifiers was refused.")
    table = Table("refused by", "rule", "counted", "allowed", "at", title="links that were not made", title_justify="left")
    for row in card["refused"][:MAX_REFUSED]:
        stage, rule, observed, permitted, at = row.values()
        table.add_row(stage, rule, f"{observed:,}", f"{permitted:,}", ", ".join(at))
    if len(card["refused"]) > MAX_REFUSED:
        table.add_row(f"and {len(card['refused']) - MAX_REFUSED} more", "", "", "", "")
    return table
