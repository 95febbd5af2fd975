"""Keep people out who were erased: records that carry an identifier of the suppression list are not taken in, and counted."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame

from crosschannel.contracts.privacy import Suppressions
from crosschannel.errors import UsageError
from crosschannel.identity.sightings import sighting_expr, with_pseudonyms
from crosschannel.ingest.conform import IDENTIFIERS, to_named
from crosschannel.ingest.records import only_good
from crosschannel.privacy.suppression import RECORD, foreign_key_ids, to_suppressed_records
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.sources import SourcesSettings

Keep = Callable[[DataFrame], DataFrame]


def suppressed_in(ctx: JobContext, settings: SourcesSettings, listed: DataFrame, placed: DataFrame, keep: Keep) -> DataFrame | None:
    """Return the good records of a delivery that are of erased people; ``None`` if nobody was ever erased.

    Parameters
    ----------
    listed
        ``ops.suppressions``.

    Raises
    ------
    UsageError
        There is a list and no way to hold records against it: nothing is taken in then.
    """
    if not ctx.lake.exists(Suppressions.contract) or not any(s.identifiers for s in settings.sources):
        return None
    identity = settings.identity
    if identity is None:
        raise UsageError("people were erased from this lake, and without identity.yaml nobody could be recognised: give --conf with the project that made the lake")
    key = pseudonym_key(identity.pseudonyms)
    if foreign := foreign_key_ids([row[0] for row in listed.select(Suppressions.key_id).distinct().collect()], key):  # one row a key
        raise UsageError(f"people were erased from this lake under another key of pseudonyms ({', '.join(foreign)}): set {identity.pseudonyms.key_env} to that one")
    named = placed.transform(only_good).transform(to_named, settings.sources, sighting_expr(identity.namespaces), RECORD)
    hashed = named.transform(with_pseudonyms, IDENTIFIERS, spark=ctx.spark, key=key, version=identity.pseudonyms.version)
    return keep(hashed.transform(to_suppressed_records, IDENTIFIERS, listed, spark=ctx.spark, key=key))
