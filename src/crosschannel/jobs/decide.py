"""Book what a person decided about identifiers, for the next stitch to obey.

An identifier is given as ``namespace:value``, spelled as in the raw logs, or as
``namespace#pseudonym``, with the first digits that ``explain`` shows. The value itself is neither
stored nor said: the row holds the pseudonymous node_key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.ops import IdentityActions
from crosschannel.contracts.silver import Identifiers, IdentityMap
from crosschannel.errors import UsageError
from crosschannel.exprs.hashing import content_id
from crosschannel.identity.decisions import BLOCK, only_standing
from crosschannel.identity.normalise import normalised, pseudonym, screen_reason
from crosschannel.io.lake import Lake
from crosschannel.io.staging import small_frame
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.nearest import choose_from

MIN_DIGITS = 8  # of a pseudonym; 32 bits tell a few thousand identifiers apart, and ambiguity is an error
LOOKS_PERSONAL = re.compile(r"\S@\S|(?:\d[\s().-]?){6,}\d")  # an e-mail address, or seven digits that may be a number of somebody


@dataclass(frozen=True)
class Decision:
    """What was decided, by whom and why; ``lift`` takes an earlier decision back."""

    action: str
    by: str
    reason: str
    lift: bool = False


@dataclass(frozen=True)
class Known:
    """An identifier of the map: its key and what it is."""

    node_key: int
    namespace: str
    kind: str
    identifier_hash: str


def decide(lake: Lake, settings: IdentitySettings, texts: Sequence[str], decision: Decision, now: datetime) -> list[Known]:
    """Store a decision and return the identifiers it is about.

    Raises
    ------
    UsageError
        An identifier is unknown or unsuitable, the reason holds something personal, or there is
        nothing to take back. No message repeats a value.
    """
    _refuse_personal_reason(decision.reason, texts)
    known = _identifiers(lake, decision)
    found = sorted((_find(known, settings, text.strip(), place) for place, text in enumerate(texts, 1)), key=lambda k: k.node_key)
    _refuse_unsuitable(decision, found)
    left, right = found[0], found[-1]
    if decision.lift:
        _refuse_nothing_to_lift(lake, decision, left, right)
    facts = (decision.action, decision.lift, left.node_key, right.node_key, left.namespace, right.namespace, now, decision.by, decision.reason)
    row = (content_id(*map(str, facts)), *facts)
    lake.write(IdentityActions.contract, small_frame(lake.spark, [row], IdentityActions.contract.columns))
    return found


def _identifiers(lake: Lake, decision: Decision) -> DataFrame:
    """Return what identifiers can be named: those of the map, and for a block all that were ever seen, as blocked ones are in no map."""
    if decision.action != BLOCK:
        return lake.read(IdentityMap.contract).select(IdentityMap.node_key, IdentityMap.namespace, IdentityMap.kind, IdentityMap.identifier_hash)
    seen = lake.read(Identifiers.contract).where(F.col(Identifiers.screen_reason).isNull())
    return seen.select(Identifiers.node_key, Identifiers.namespace, Identifiers.kind, Identifiers.identifier_hash).distinct()


def _find(known: DataFrame, settings: IdentitySettings, text: str, place: int) -> Known:
    mark = "#" if "#" in text.partition(":")[0] else ":"
    namespace, found, value = text.partition(mark)
    if not found or namespace not in settings.namespaces:
        # what stands before the mark may be part of a value, so it is not repeated
        raise UsageError(f"identifier {place}: write namespace:value or namespace#pseudonym; {choose_from('', settings.namespaces)}")
    digits = value.strip().lower() if mark == "#" else _pseudonym_of(settings, namespace, value, place)
    if not re.fullmatch(f"[0-9a-f]{{{MIN_DIGITS},64}}", digits):
        raise UsageError(f"identifier {place}: a pseudonym has at least {MIN_DIGITS} digits 0-9 a-f; `crosschannel explain` shows them")
    mine = (F.col(IdentityMap.namespace) == namespace) & F.col(IdentityMap.identifier_hash).startswith(digits)
    rows = known.where(mine).limit(2).collect()
    if len(rows) > 1:
        raise UsageError(f"identifier {place}: several {namespace} begin with these digits; give more of them")
    if not rows:
        raise UsageError(f"identifier {place}: the lake knows no such {namespace}; give --conf with the project that made the lake")
    return Known(*rows[0])


def _pseudonym_of(settings: IdentitySettings, namespace: str, value: str, place: int) -> str:
    declared = settings.namespaces[namespace]
    plain = normalised(value, declared)
    if plain is None:
        raise UsageError(f"identifier {place}: nothing stands after {namespace}:")
    if screen_reason(plain, declared):
        raise UsageError(f"identifier {place}: this {namespace} is screened out already as a placeholder or malformed; it names nobody")
    return pseudonym(namespace, plain, version=settings.pseudonyms.version, key=pseudonym_key(settings.pseudonyms))[0]


def _refuse_personal_reason(reason: str, texts: Sequence[str]) -> None:
    values = [re.split("[:#]", text, maxsplit=1)[-1].strip().lower() for text in texts]
    if LOOKS_PERSONAL.search(reason) or any(value and value in reason.lower() for value in values):
        raise UsageError("--reason seems to hold an identifier; it is kept for good, so give a ticket or say it in words without names and numbers")
    if not reason.strip():
        raise UsageError("--reason is empty; say why, for those who will ask")


def _refuse_unsuitable(decision: Decision, found: Sequence[Known]) -> None:
    if decision.action == BLOCK:
        return
    if found[0].node_key == found[-1].node_key:
        raise UsageError(f"both identifiers are the same one; {decision.action} needs two")
    if not any(known.kind == "person" for known in found):
        raise UsageError(f"neither identifier is of a person; {decision.action} needs at least one that is, such as an e-mail address or a CRM row")


def _refuse_nothing_to_lift(lake: Lake, decision: Decision, left: Known, right: Known) -> None:
    mine = (F.col(IdentityActions.left_key) == left.node_key) & (F.col(IdentityActions.right_key) == right.node_key)
    standing = lake.read(IdentityActions.contract).where(mine).transform(only_standing).collect()  # one decision at most
    if [row[IdentityActions.action] for row in standing] != [decision.action]:
        raise UsageError(f"no {decision.action} of these identifiers stands, so there is nothing to take back")
