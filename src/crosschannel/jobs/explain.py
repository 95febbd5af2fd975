"""Explain one customer: look up an identifier or a customer_id and gather what the lake knows."""

from __future__ import annotations

from typing import Any

from pyspark.sql import Row, functions as F

from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments
from crosschannel.contracts.silver import Events, IdentityMap, IdentityRefusals
from crosschannel.errors import UsageError
from crosschannel.identity.normalise import normalised, pseudonym, screen_reason
from crosschannel.io.lake import Lake
from crosschannel.io.releases import current_release, read_release
from crosschannel.publish import card
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.project import Project


def explain(lake: Lake, project: Project, text: str) -> dict[str, Any]:
    """Return the card of the customer behind ``text``.

    Parameters
    ----------
    text
        A customer_id, ``namespace:value``, or a value to try in every namespace of the project.

    Raises
    ------
    UsageError
        Nobody is found, or several customers are. The message does not repeat the identifier.
    """
    customer_id, found_by = _find(lake, project.identity, text.strip())
    nodes = lake.read(IdentityMap.contract).transform(card.only_customer, customer_id).collect()
    keys = [node[IdentityMap.node_key] for node in nodes]
    release = current_release(lake)
    mine = F.col(PublishedSegments.customer_id) == customer_id
    customer = next(iter(read_release(lake, PublishedSegments, release).where(mine).collect()), None)
    profiles = {p[PublishedProfiles.segment_id]: p for p in read_release(lake, PublishedProfiles, release).collect()}
    return {
        "customer": customer_id,
        "found_by": found_by,
        "identified": nodes[0][IdentityMap.is_identified],
        "identifiers": card.identifiers_of(nodes),
        "refused": card.refusals_of(lake.read(IdentityRefusals.contract).transform(card.to_refused, keys).collect(), nodes),
        "channels": card.channels_of(lake.read(Events.contract).transform(card.to_channel_counts, keys).collect()),
        "segment": card.segment_of(customer, profiles.get(customer[PublishedSegments.segment_id]) if customer else None),
        "scores": card.scores_of(read_release(lake, PublishedScores, release).where(mine).collect()),
        "release": release and {"id": release.release_id, "number": release.release_number, "as_of": release.as_of_date},
    }


def _find(lake: Lake, settings: IdentitySettings, text: str) -> tuple[str, str]:
    identity_map = lake.read(IdentityMap.contract)
    known = identity_map.where(F.col(IdentityMap.customer_id) == text).limit(1).collect()
    if known:
        return text, str(IdentityMap.customer_id)
    candidates, refused = _pseudonyms(settings, text)
    found: list[Row] = identity_map.transform(card.only_candidates, list(candidates)).collect() if candidates else []
    customers = sorted({row[IdentityMap.customer_id] for row in found})
    if len(customers) > 1:
        where = ", ".join(f"{candidates[row[IdentityMap.identifier_hash]]} -> {row[IdentityMap.customer_id]}" for row in found)
        raise UsageError(f"the value belongs to several customers; ask for one of them, or write namespace:value: {where}")
    if customers:
        return customers[0], candidates[found[0][IdentityMap.identifier_hash]]
    reason = f"; as {', '.join(sorted(refused))} it is a placeholder that names nobody" if refused else ""
    raise UsageError(
        f"nobody is known under this value{reason}; give a customer_id (c_...), or an identifier as namespace:value"
        f" with one of {', '.join(sorted(settings.namespaces))}, spelled as in the raw logs, and --conf with the project that made the lake"
    )


def _pseudonyms(settings: IdentitySettings, text: str) -> tuple[dict[str, str], list[str]]:
    """Return pseudonym to namespace for every way to read ``text``, and the namespaces that screen it out."""
    head, _, rest = text.partition(":")
    readings = {head: rest} if head in settings.namespaces else dict.fromkeys(settings.namespaces, text)
    key, version = pseudonym_key(settings.pseudonyms), settings.pseudonyms.version
    candidates, refused = {}, []
    for name, value in readings.items():
        plain = normalised(value, settings.namespaces[name])
        if plain is None:
            continue
        if screen_reason(plain, settings.namespaces[name]):
            refused.append(name)
        else:
            candidates[pseudonym(name, plain, version=version, key=key)[0]] = name
    return candidates, refused
