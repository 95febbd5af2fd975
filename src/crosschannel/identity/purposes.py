"""Values that may not be used to link anybody: their namespace needs a purpose nobody allowed for them.

Input   ``silver.identifiers``, and what the ledger of consent says of each identifier
Output  rows of ``silver.identity_refusals``: stage ``consent``, rule the purpose

It is decided by identifier, before anybody knows whose it is: a statement holds for every identifier
it was said with, and a refusal of one is not carried to others by links that it forbids to make.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.privacy import ALL_CHANNELS, GRANTED, Consents
from crosschannel.contracts.silver import Identifiers
from crosschannel.identity.edges import only_usable
from crosschannel.identity.refusals import refusal

CONSENT = "consent"  # stage of the refusals
PURPOSE, SEEN = "PURPOSE", "SEEN"


def to_unpermitted(identifiers: DataFrame, *, said: DataFrame, needed: Mapping[str, Collection[str]], unasked: Collection[str]) -> DataFrame:
    """List the values that lack a purpose, once for each purpose they lack.

    Parameters
    ----------
    said
        What holds of each identifier: node_key, purpose, channel, status.
    needed
        Purposes by namespace; values of other namespaces need none.
    unasked
        Purposes that are allowed as long as nobody said anything.
    """
    purposes = F.create_map(*[part for name, asked in needed.items() for part in (F.lit(name), F.array(*map(F.lit, asked)))])
    values = (
        identifiers.transform(only_usable)
        .where(F.col(Identifiers.namespace).isin(*needed))
        .groupBy(Identifiers.node_key, Identifiers.namespace)
        .agg(F.count(F.lit(1)).alias(SEEN))
        .select(Identifiers.node_key, SEEN, F.explode(purposes[F.col(Identifiers.namespace)]).alias(PURPOSE))
    )
    words = said.where(F.col(Consents.channel) == ALL_CHANNELS).select(Consents.node_key, F.col(Consents.purpose).alias(PURPOSE), Consents.status)
    # what is said of a value and a purpose is one row at most
    asked = values.join(words, on=[str(Identifiers.node_key), PURPOSE], how="left")
    is_allowed = F.coalesce(F.col(Consents.status) == GRANTED, F.col(PURPOSE).isin(*unasked))
    key = F.col(Identifiers.node_key)
    return asked.where(~is_allowed).select(*refusal(F.lit(CONSENT), F.col(PURPOSE), (key, key), F.col(SEEN), F.lit(0)))
