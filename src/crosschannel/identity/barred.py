"""Values that rules bar from linking: they are left out before nodes and edges are counted, and are kept as refusals.

Input   refusals of the stages in ``BARRING``; ``left_key`` is the value
Output  identifiers without them, and what differs between two runs
"""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import Identifiers, IdentityRefusals
from crosschannel.identity.hot import HOT
from crosschannel.identity.purposes import CONSENT

BARRING = (HOT, CONSENT)  # stages whose refusals name a value that links nobody


def to_barred_keys(refusals: DataFrame) -> DataFrame:
    """Return the node_key of every barred value, once."""
    barring = refusals.where(F.col(IdentityRefusals.stage).isin(*BARRING))
    return barring.select(F.col(IdentityRefusals.left_key).alias(Identifiers.node_key)).distinct()


def without_barred(rows: DataFrame, keys: DataFrame) -> DataFrame:
    """Drop the rows of barred values."""
    return rows.join(keys, on=Identifiers.node_key, how="left_anti").select(*rows.columns)


def to_turned(before: DataFrame, now: DataFrame, *, known: DataFrame) -> DataFrame:
    """Return the values whose earlier events count now and did not, or the other way round.

    Parameters
    ----------
    before, now
        Keys of barred values.
    known
        The map before: a value that is barred with its first event was never linked.
    """
    freed = before.join(now, on=Identifiers.node_key, how="left_anti")
    return freed.unionByName(known.select(Identifiers.node_key).join(now, on=Identifiers.node_key, how="left_semi"))
