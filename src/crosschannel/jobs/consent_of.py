"""What one person allows, and everything they ever said about it: the ledger read through the identities of the moment."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import functions as F

from crosschannel.contracts.privacy import GRANTED, ConsentDecisions, Consents
from crosschannel.contracts.silver import IdentityMap
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.jobs.locate import locate
from crosschannel.privacy.decisions import to_decisions
from crosschannel.settings.project import Project


def consent_of(lake: Lake, project: Project, text: str, as_of_date: date) -> dict[str, Any]:
    """Return decisions and statements of the customer behind ``text``.

    Parameters
    ----------
    text
        As for ``explain``: a customer_id, ``namespace:value``, ``namespace#pseudonym`` or a bare value.
    as_of_date
        Grants after this day do not count yet.

    Raises
    ------
    UsageError
        The project declares no purposes, or nobody is found.
    """
    settings = project.consent
    if not settings.purposes:
        raise UsageError(f"{project.folder / 'consent.yaml'} is missing or declares no purposes: there is nothing anybody could allow")
    found = locate(lake, project.identity, text.strip())
    members = lake.read(IdentityMap.contract).where(F.col(IdentityMap.customer_id) == found.customer_id)
    mine = lake.read(Consents.contract).join(members.select(IdentityMap.node_key), on=str(Consents.node_key), how="left_semi")
    statements = [row.asDict() for row in mine.collect()]  # one person's
    order = (Consents.event_ts, Consents.purpose, Consents.channel, Consents.namespace, Consents.statement_id)
    decided = {
        (row[ConsentDecisions.purpose], row[ConsentDecisions.channel]): row.asDict()
        for row in to_decisions(mine, members, settings, as_of_date=as_of_date).collect()  # one row per purpose and channel
    }
    return {
        "customer": found.customer_id,
        "found_by": found.found_by,
        "decisions": [_decision(settings.is_allowed_unasked(p), settings.purposes[p].basis, p, c, decided.get((p, c))) for p, c in settings.decided],
        "statements": [_statement(s) for s in sorted(statements, key=lambda s: tuple(str(s[c]) for c in order))],
    }


def _decision(is_allowed_unasked: bool, basis: str, purpose: str, channel: str, row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        unsaid = {"status": "never said", "is_allowed": is_allowed_unasked}
        return {"purpose": purpose, "channel": channel, **unsaid, "basis": basis or None, "source": None, "time": None, "namespace": None}
    said = {"status": row[ConsentDecisions.status], "is_allowed": row[ConsentDecisions.status] == GRANTED}
    return {"purpose": purpose, "channel": channel, **said, **_origin(row)}


def _statement(row: dict[str, Any]) -> dict[str, Any]:
    return {"purpose": row[Consents.purpose], "channel": row[Consents.channel], "status": row[Consents.status], **_origin(row)}


def _origin(row: dict[str, Any]) -> dict[str, Any]:
    return {"basis": row[Consents.basis], "source": row[Consents.source], "time": row[Consents.event_ts], "namespace": row[Consents.namespace]}
