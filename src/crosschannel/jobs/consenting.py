"""What jobs that use customers' data ask before they do: who allowed it, as far as the ledger and the identity map say now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame

from crosschannel.contracts.privacy import ConsentDecisions, Consents
from crosschannel.contracts.silver import IdentityMap
from crosschannel.io.staging import staging
from crosschannel.privacy.decisions import only_allowed, only_refused, to_decisions
from crosschannel.runtime.context import JobContext
from crosschannel.settings.consent import ConsentSettings, Use


@contextmanager
def permitted(ctx: JobContext, rows: DataFrame, settings: ConsentSettings, use: Use) -> Iterator[DataFrame]:
    """Yield the rows of customers who allow the use by the identities of this moment; the others are counted.

    A project without ``consent.yaml`` declares no purposes, and nobody is left out.
    """
    if not settings.purposes:
        yield rows
        return
    with staging() as keep:
        decisions = keep(to_decisions(ctx.read(Consents), ctx.read(IdentityMap), settings, as_of_date=ctx.as_of_date))
        yield within(ctx, rows, decisions, settings, use)


def within(ctx: JobContext, rows: DataFrame, decisions: DataFrame, settings: ConsentSettings, use: Use) -> DataFrame:
    """Leave out by decisions at hand, and count who is left out."""
    purpose = settings.uses[use]
    refused = rows.select(ConsentDecisions.customer_id).distinct().transform(only_refused, decisions, purpose, settings)
    left_out = refused.count()
    ctx.check(f"customers left out of {use}: {purpose} not allowed", observed=left_out, passed=True)  # counted, never a failure
    ctx.log(f"consent: {use} needs {purpose}", customers_left_out=left_out)
    return rows.transform(only_allowed, decisions, purpose, settings)
