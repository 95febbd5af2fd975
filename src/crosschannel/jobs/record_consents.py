"""Book what people said about the use of their data, for every identifier they said it with.

Reads   silver.events, silver.identifiers
Writes  silver.consents, one row per statement, identifier, purpose and channel
Rerun   statements that are there are left alone; nothing is ever changed or taken away
Submit  spark-submit --properties-file conf/spark/local.conf jobs/record_consents.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from crosschannel.contracts.privacy import Consents
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.privacy.statements import to_statements
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.consent import ConsentSettings


def run(ctx: JobContext, settings: ConsentSettings) -> None:
    """Append the statements the ledger does not hold yet."""
    if not settings.statements:
        ctx.log("consent.yaml declares no statements: nothing is booked, and nobody is left out")
        return
    ctx.write(Consents, ctx.read(Events).transform(to_statements, identifiers=ctx.read(Identifiers), statements=settings.statements))
    ctx.log("statements booked", **ctx.rows_written)


JOB = Job("record_consents", run, settings=lambda project: project.consent, needs_as_of=False, tracked=False)
