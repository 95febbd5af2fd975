"""Link attribute records: clean, find candidates, compare, learn, weigh, join.

Input   ``silver.profiles`` and the unique identifiers of records
Output  ``silver.record_links``, refused blocks, and the model behind the weights

Frames that are read more than once are computed at once and kept (``keep``); what reaches the
driver is counts: one row of the file, one row per pattern of agreement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.people import RecordLinks
from crosschannel.contracts.silver import IdentityMap
from crosschannel.errors import UsageError
from crosschannel.exprs.hashing import content_id
from crosschannel.identity.records.blocking import (
    FOUND_BY,
    LEFT,
    RIGHT,
    only_comparable,
    to_all_pairs,
    to_dropped,
    to_pairs,
    to_random_pairs,
    to_second_keys,
)  # fmt: skip
from crosschannel.identity.records.joining import CARRIES, REFUSED, to_joined
from crosschannel.identity.records.keys import RECORD, ROWS, to_keys, to_records, value_of, with_value_rows
from crosschannel.identity.records.learning import RANDOM, PatternCounts, counted, learned
from crosschannel.identity.records.levels import with_code
from crosschannel.identity.records.model import Model, to_json
from crosschannel.identity.records.scoring import WEIGHT, waterfall_expr, with_weight
from crosschannel.settings.identity import IdentitySettings

Keep = Callable[[DataFrame], DataFrame]
Components = Callable[[DataFrame], DataFrame]
RECORDS, DROPPED_BLOCKS, DROPPED_PAIRS = "records", "blocks_dropped", "pairs_dropped"
REFUSED_COMPONENT = IdentityMap.component_key


@dataclass(frozen=True)
class Compared:
    """Compared pairs, candidates and random ones, and what is known of the file."""

    pairs: DataFrame
    patterns: PatternCounts
    dropped: DataFrame
    records: int
    rated: dict[int, int]  # per attribute in which rare values weigh more: records that have a value


def compare_records(profiles: DataFrame, settings: IdentitySettings, keep: Keep) -> Compared:
    """Find candidate pairs and compare them, beside random pairs."""
    records = keep(profiles.transform(to_records, settings))
    keys = keep(records.transform(to_keys, settings))
    count, rated = _counts(records, settings)
    second_keys = keys.transform(to_second_keys, settings)
    if count <= settings.matching.compare_all_below:
        found, dropped = to_all_pairs(records, keys, settings), second_keys.limit(0).transform(to_dropped, settings)
    else:
        second_keys = keep(second_keys)
        _require_room(keys, second_keys, settings)
        found, dropped = to_pairs(keys, second_keys, settings), second_keys.transform(to_dropped, settings)
    candidates = found.transform(only_comparable, records, tuple(name for name, r in settings.records.items() if r.one_each))
    random = records.transform(to_random_pairs, count=max(count, 1), wanted=settings.matching.random_pairs).withColumn(
        FOUND_BY, F.lit(RANDOM).cast("bigint")
    )
    valued = keep(records.transform(with_value_rows, keys, settings))
    pairs = keep(candidates.unionByName(random).transform(with_code, valued, settings))
    return Compared(pairs, counted(pairs), dropped, count, rated)


def learn(compared: Compared, settings: IdentitySettings) -> Model:
    """Fit the parameters to the patterns of a file."""
    return learned(compared.patterns, records=compared.records, settings=settings)


def weigh(compared: Compared, model: Model, settings: IdentitySettings) -> DataFrame:
    """Return candidate pairs with their weight; those that count like pairs never found are left out."""
    candidates = compared.pairs.where(F.col(FOUND_BY) != RANDOM)
    weighed = candidates.transform(with_weight, compared.patterns.candidate_codes, model, compared.rated)
    lowest = min(settings.matching.cut_bits, -settings.matching.against_bits)
    return weighed.where(F.col(WEIGHT) > lowest) if lowest < settings.matching.cut_bits else weighed.where(F.col(WEIGHT) >= lowest)


def to_record_links(
    weighed: DataFrame, unique_ids: DataFrame, components: DataFrame, *, model: Model, rated: dict[int, int], settings: IdentitySettings
) -> DataFrame:
    """Join the records of each component into people.

    Returns
    -------
    DataFrame
        ``silver.record_links``.
    """
    joined = to_joined(weighed, unique_ids, components, settings)
    at_cut = weighed.where(F.col(WEIGHT) >= settings.matching.cut_bits)
    return at_cut.join(joined, on=[LEFT, RIGHT], how="inner").select(
        F.col(LEFT).alias(RecordLinks.left_key),
        F.col(RIGHT).alias(RecordLinks.right_key),
        F.col(WEIGHT).alias(RecordLinks.weight),
        waterfall_expr(model, rated),
        F.col(CARRIES).alias(RecordLinks.is_evidence),
        F.col(REFUSED).alias(RecordLinks.refused_by),
        F.lit(model_id(model)).alias(RecordLinks.model_id),
    )


def model_id(model: Model) -> str:
    """Return the content id of a model's parameters."""
    return content_id(to_json(model))


def _counts(records: DataFrame, settings: IdentitySettings) -> tuple[int, dict[int, int]]:
    """Count the records, and those with a value of each attribute in which rare values weigh more."""
    rated = [k for k, a in enumerate(settings.attributes.values()) if a.resolved.term_frequency]
    row = records.agg(F.count(RECORD).alias(RECORDS), *[F.count(value_of(k)).alias(value_of(k)) for k in rated]).collect()[0]
    return row[RECORDS], {k: row[value_of(k)] for k in rated}


def _require_room(keys: DataFrame, second_keys: DataFrame, settings: IdentitySettings) -> None:
    """Refuse a comparison larger than was allowed, before it starts."""
    most = settings.matching.max_block_rows
    blocks = keys.select(ROWS).unionByName(second_keys.select(ROWS)).where(F.col(ROWS).between(2, most))
    pairs = blocks.agg(F.coalesce(F.sum(F.col(ROWS) - 1), F.lit(0)).alias(ROWS)).collect()[0][ROWS] // 2
    if pairs > settings.matching.max_pairs:
        raise UsageError(
            f"attribute records: {pairs:,} candidate pairs, and matching.max_pairs in identity.yaml allows {settings.matching.max_pairs:,}: "
            f"lower matching.max_block_rows (now {most}), drop an attribute's keys, or raise max_pairs"
        )
