"""Blocking keys of records, how many records share each, and how frequent the values are.

Input   records: one row each with RECORD, SOURCE and one cleaned text per attribute
Output  keys: one row per record and key it has: RECORD, KEY (number of the key), HASH (of its value), ROWS (records that share it)

A record without a value of one of a key's attributes does not have that key.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.people import Profiles
from crosschannel.identity.records.values import ELEMENT_MARK, cleaned_expr
from crosschannel.settings.records import KeyPart, RecordsSettings

RECORD, SOURCE, KEY, HASH, ROWS = "RECORD", "SOURCE", "KEY", "HASH", "ROWS"
YEAR_DIGITS = 4


def value_of(number: int) -> str:
    """Name the column of an attribute's cleaned text, by the attribute's position."""
    return f"VALUE_{number}"


def rows_of(number: int) -> str:
    """Name the column that counts the records with an attribute's value."""
    return f"ROWS_{number}"


def to_records(profiles: DataFrame, settings: RecordsSettings) -> DataFrame:
    """Clean the values of all profiles: RECORD, SOURCE and a text per attribute."""
    texts = [
        cleaned_expr(F.col(Profiles.attributes)[name], attribute).alias(value_of(number))
        for number, (name, attribute) in enumerate(settings.attributes.items())
    ]
    return profiles.select(F.col(Profiles.node_key).alias(RECORD), F.col(Profiles.source).alias(SOURCE), *texts)


def to_keys(records: DataFrame, settings: RecordsSettings) -> DataFrame:
    """Return the keys of all records, with how many records share each."""
    numbers = {name: number for number, name in enumerate(settings.attributes)}
    lists = {name for name, a in settings.attributes.items() if a.resolved.cleaner == "list"}
    hashed = [_hashes_expr(number, parts, numbers, lists) for number, parts in enumerate(all_keys(settings))]
    keys = records.select(RECORD, F.explode(F.flatten(F.array(*hashed))).alias(KEY)).select(
        RECORD, F.col(KEY)[KEY].alias(KEY), F.col(KEY)[HASH].alias(HASH)
    )
    present = keys.where(F.col(HASH).isNotNull()).distinct()
    return present.join(present.groupBy(HASH).agg(F.count(F.lit(1)).alias(ROWS)), on=HASH, how="inner").select(RECORD, KEY, HASH, ROWS)


def with_value_rows(records: DataFrame, keys: DataFrame, settings: RecordsSettings) -> DataFrame:
    """Add, for attributes in which rare values weigh more, how many records share a record's value."""
    counted = {name: number for number, (name, a) in enumerate(settings.attributes.items()) if a.resolved.term_frequency}
    if not counted:
        return records
    key_of = {parts[0].attribute: number for number, parts in enumerate(all_keys(settings)) if is_whole_value(parts)}
    rows = [F.max(F.when(F.col(KEY) == key_of[name], F.col(ROWS))).alias(rows_of(number)) for name, number in counted.items()]
    return records.join(keys.groupBy(RECORD).agg(*rows), on=RECORD, how="left")


def all_keys(settings: RecordsSettings) -> tuple[tuple[KeyPart, ...], ...]:
    """Return the blocking keys, then those that only count how frequent values are."""
    known = {parts[0].attribute for parts in settings.keys if is_whole_value(parts)}
    wanted = (name for name, a in settings.attributes.items() if a.resolved.term_frequency and name not in known)
    return (*settings.keys, *((KeyPart(attribute=name),) for name in wanted))


def is_whole_value(parts: tuple[KeyPart, ...]) -> bool:
    """Tell whether a key is one attribute's value as it is."""
    return len(parts) == 1 and parts[0].by == "exact"


def _hashes_expr(number: int, parts: tuple[KeyPart, ...], numbers: Mapping[str, int], lists: set[str]) -> Column:
    """Return an array of the key's hashes: one, or one per element where the key is a list."""
    texts = [_part_expr(F.col(value_of(numbers[part.attribute])), part) for part in parts]
    if len(parts) == 1 and parts[0].attribute in lists:
        elements = F.split(F.col(value_of(numbers[parts[0].attribute])), ELEMENT_MARK)
        return F.coalesce(
            F.transform(elements, lambda element: _key_struct(number, [element])), F.array(_key_struct(number, [F.lit(None).cast("string")]))
        )
    return F.array(_key_struct(number, texts))


def _key_struct(number: int, texts: list[Column]) -> Column:
    is_whole = F.lit(True)
    for text in texts:
        is_whole = is_whole & text.isNotNull()
    return F.struct(F.lit(number).alias(KEY), F.when(is_whole, F.xxhash64(F.lit(number), *texts)).alias(HASH))


def _part_expr(text: Column, part: KeyPart) -> Column:
    """Return what of a value is compared; null for a text too short to say it."""
    if part.by == "soundex":
        letters = F.regexp_replace(text, "[^a-z]", "")
        return F.when(letters != "", F.soundex(letters))
    if part.by == "exact":
        return text
    length = YEAR_DIGITS if part.by == "year" else part.length
    taken = F.right(text, F.lit(length)) if part.by == "suffix" else F.left(text, F.lit(length))
    return F.when(F.length(text) >= length, taken)
