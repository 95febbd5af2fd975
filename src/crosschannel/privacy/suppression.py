"""What may not come in again: keyed hashes of the pseudonyms of people who were erased.

The list holds a hash of the pseudonym, not the pseudonym, so that no byte of either is left in the
lake and the list still knows the person who comes again. Both forms of the hash give the same text.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.privacy import Suppressions
from crosschannel.contracts.silver import Identifiers
from crosschannel.exprs.hashing import key_pads, keyed_hash, keyed_hash_expr

WORD = "suppressed"
INNER_PAD, OUTER_PAD = "INNER_PAD", "OUTER_PAD"
NAMED = "NAMED"
RECORD = (RawEvents.record_id, RawEvents.source, RawEvents.file_id)


def suppressed_hash(identifier_hash: str, key: bytes) -> str:
    """Return what the list holds of a pseudonym."""
    return keyed_hash(f"{WORD}|{identifier_hash}", key)


def to_suppressed_records(named: DataFrame, identifiers: str, suppressions: DataFrame, *, spark: SparkSession, key: bytes) -> DataFrame:
    """Return ``record_id``, ``source`` and ``file_id`` of the records that carry an identifier of the list.

    Parameters
    ----------
    named
        Records with the pseudonyms of their identifiers in the array column ``identifiers``.
    """
    pads = spark.createDataFrame([tuple(bytearray(p) for p in key_pads(key))], f"{INNER_PAD} binary, {OUTER_PAD} binary")
    spread = named.select(*RECORD, F.explode(F.col(identifiers)).alias(NAMED)).crossJoin(F.broadcast(pads))
    message = F.concat(F.lit(f"{WORD}|"), F.col(NAMED)[Identifiers.identifier_hash])
    hashed = spread.withColumn(Suppressions.suppressed_hash, keyed_hash_expr(message, F.col(INNER_PAD), F.col(OUTER_PAD)))
    listed = F.broadcast(suppressions.select(Suppressions.suppressed_hash))
    return hashed.join(listed, on=str(Suppressions.suppressed_hash), how="left_semi").select(*RECORD).distinct()
