"""Find an identifier or a customer from what a person types, without repeating it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyspark.sql import Row, functions as F

from crosschannel.contracts.customers import IdentityAliases
from crosschannel.contracts.silver import IdentityMap
from crosschannel.errors import UsageError
from crosschannel.identity.normalise import normalised, pseudonym, screen_reason
from crosschannel.io.lake import Lake
from crosschannel.publish import card
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.identity import IdentitySettings

BY_PSEUDONYM = re.compile(r"(?P<namespace>[^:#]+)#(?P<digits>[0-9a-fA-F]{8,64})")


@dataclass(frozen=True)
class Found:
    """The row of the map, and how it was found."""

    node: Row
    found_by: str

    @property
    def customer_id(self) -> str:
        """The customer of the identifier."""
        return str(self.node[IdentityMap.customer_id])


def locate(lake: Lake, settings: IdentitySettings, text: str) -> Found:
    """Return the identifier behind a customer_id (alive or retired), ``namespace:value``, ``namespace#pseudonym`` or a bare value.

    A customer is represented by its anchor.

    Raises
    ------
    UsageError
        Nobody is found, or several customers are. The message does not repeat the identifier.
    """
    if found := _by_customer(lake, text):
        return found
    identity_map = lake.read(IdentityMap.contract)
    if match := BY_PSEUDONYM.fullmatch(text):
        mine = (F.col(IdentityMap.namespace) == match["namespace"]) & F.col(IdentityMap.identifier_hash).startswith(match["digits"].lower())
        return _only_one(identity_map.where(mine).limit(2).collect(), {}, "", settings)
    candidates, refused = _pseudonyms(settings, text)
    found_rows: list[Row] = identity_map.transform(card.only_candidates, list(candidates)).collect() if candidates else []
    reason = f"; as {', '.join(sorted(refused))} it is a placeholder that names nobody" if refused else ""
    return _only_one(found_rows, candidates, reason, settings)


def _by_customer(lake: Lake, text: str) -> Found | None:
    identity_map = lake.read(IdentityMap.contract)
    anchor_first = (F.col(IdentityMap.evidence_key).isNotNull(), IdentityMap.node_key)
    known = identity_map.where(F.col(IdentityMap.customer_id) == text).orderBy(*anchor_first).limit(1).collect()
    if known:
        return Found(known[0], str(IdentityMap.customer_id))
    retired = lake.read(IdentityAliases.contract).where(F.col(IdentityAliases.retired_customer_id) == text).limit(1).collect()
    if not retired:
        return None
    heir, moment = retired[0][IdentityAliases.customer_id], retired[0][IdentityAliases.retired_ts]
    if heir is None:
        raise UsageError(f"{text} retired on {moment:%Y-%m-%d}: none of its identifiers is left")
    (anchor,) = identity_map.where(F.col(IdentityMap.customer_id) == heir).orderBy(*anchor_first).limit(1).collect()
    return Found(anchor, f"{text}, which retired on {moment:%Y-%m-%d}")


def _only_one(rows: list[Row], candidates: dict[str, str], reason: str, settings: IdentitySettings) -> Found:
    customers = sorted({row[IdentityMap.customer_id] for row in rows})
    if len(customers) > 1:
        where = ", ".join(f"{row[IdentityMap.namespace]} -> {row[IdentityMap.customer_id]}" for row in rows)
        raise UsageError(f"the value belongs to several customers; ask for one of them, or write namespace:value: {where}")
    if customers:
        return Found(rows[0], candidates.get(rows[0][IdentityMap.identifier_hash], rows[0][IdentityMap.namespace]))
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
