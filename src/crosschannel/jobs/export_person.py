"""Everything a lake holds of one person, as JSON: the answer to a request for access.

The same search that erasure rests on, so what is exported is what would be erased.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.io.staging import staging
from crosschannel.jobs import erasing
from crosschannel.jobs.consent_of import consent_of
from crosschannel.jobs.erase import what_is_held
from crosschannel.jobs.person import Person, find_person, named_identifier
from crosschannel.settings.project import Project

MAX_ROWS = 1_000_000  # of one table; more is no person


def export_person(lake: Lake, project: Project, identifier: str, as_of_date: date) -> dict[str, Any]:
    """Return who the person is to the lake, what they allow, and their rows in every table.

    Raises
    ------
    UsageError
        Nobody is known under the identifier. The message does not repeat it.
    """
    given, spelled = named_identifier(project.identity, identifier)
    person = find_person(lake, given)
    with staging() as keep:
        held, values = what_is_held(lake, project, person, spelled, keep)
        tables = {c.name: rows for c in erasing.about_people(lake) if (rows := _rows(held.rows_about(lake, c)))}
    if not tables:
        raise UsageError("nothing is known of this identifier; is it spelled as in the raw logs, and --conf the project that made the lake?")
    said = consent_of(lake, project, f"{given.namespace}#{given.identifier_hash}", as_of_date) if project.consent.purposes and person.customers else None
    return {
        "customers": list(person.customers),
        "identifiers": _identifiers(person, values),
        "consent": said and said["decisions"],
        "tables": tables,
    }


def _identifiers(person: Person, values: dict[str, set[str]]) -> list[dict[str, Any]]:
    return [
        {"type": n.namespace, "kind": n.kind, "spelled": sorted(values[n.identifier_hash]), "pseudonym": n.identifier_hash}
        for n in sorted(person.nodes, key=lambda n: (n.namespace, n.identifier_hash))
    ]


def _rows(rows: DataFrame) -> list[Any]:
    return [json.loads(text) for text in sorted(row[0] for row in rows.select(F.to_json(F.struct("*"))).take(MAX_ROWS))]
