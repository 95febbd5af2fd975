"""Keep people out who were erased: records that carry an identifier of the suppression list are not taken in, and counted."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.privacy import Suppressions
from crosschannel.errors import UsageError
from crosschannel.exprs.hashing import key_id
from crosschannel.identity.sightings import sighting_expr, with_pseudonyms
from crosschannel.ingest.conform import IDENTIFIERS, to_named
from crosschannel.ingest.records import only_good
from crosschannel.privacy.suppression import RECORD, to_suppressed_records
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.secrets import pseudonym_keys
from crosschannel.settings.identity import IdentitySettings
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
    keys = {key_id(key): key for key in pseudonym_keys(identity.pseudonyms)}
    used = sorted(row[0] for row in listed.select(Suppressions.key_id).distinct().collect())  # one row a key
    if foreign := sorted(set(used) - set(keys)):
        raise UsageError(
            f"people were erased from this lake under the key {', '.join(foreign)}, which is not known: write it into the file that "
            f"{identity.pseudonyms.key_env}_FILE names, below the present one; see docs/privacy.md"
        )
    named = placed.transform(only_good).transform(to_named, settings.sources, sighting_expr(identity.namespaces), RECORD)
    found = [_known_by(ctx, named, identity, listed.where(F.col(Suppressions.key_id) == name), keys[name]) for name in used]
    return keep(reduce(DataFrame.unionByName, found).distinct())


def _known_by(ctx: JobContext, named: DataFrame, identity: IdentitySettings, listed: DataFrame, key: bytes) -> DataFrame:
    """Return the records of people who were erased under one key."""
    hashed = named.transform(with_pseudonyms, IDENTIFIERS, spark=ctx.spark, key=key, version=identity.pseudonyms.version)
    return hashed.transform(to_suppressed_records, IDENTIFIERS, listed, spark=ctx.spark, key=key)
