"""Read records of each format into one shape: a struct of texts, one per declared field.

Grain: one row per line (or Parquet row) in, one out. Every value stays a text here, so that the
rules can name what is wrong with it; ``FIELDS`` is null where the record cannot be read at all.
A blank value counts as absent. Values are bound by name, never by position; what a record holds
beyond its contract is kept in ``EXTRAS``.

Limits: a CSV value cannot hold a line break, since files are read line by line.
"""

from __future__ import annotations

import re

from pyspark.sql import Column, DataFrame, functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType, TimestampType

from crosschannel.contracts.bronze import RawLines, RawRows
from crosschannel.exprs.encodings import kept_expr
from crosschannel.exprs.text import BYTE_ORDER_MARK, present_expr
from crosschannel.ingest.parse_json import (
    CORRUPT,
    TEXTS_BY_NAME,
    aliased_expr,
    extras_expr,
    is_quoted_expr,
    keys_expr,
    parsed_expr,
    pointer_to,
    value_expr,
)
from crosschannel.settings.fields import RawField
from crosschannel.settings.sources import Source

FIELDS = "FIELDS"  # struct of texts by field name
WHOLE = "WHOLE"  # the record as it was read, as text
EXTRAS = "EXTRAS"  # map of what the contract does not declare; null where there is nothing
TEXT = "TEXT"  # the line without what stands harmlessly around it
PARSED = "PARSED"
KEYS = "KEYS"  # names on the first level of a JSON object
TEXT_TYPES = ("string", "json")
BLANKS = BYTE_ORDER_MARK + " \t"  # harmless around a JSON object
MARK = "\x01"  # stands after each group of a text pattern's match


def with_fields(records: DataFrame, source: Source, header: tuple[str, ...] = ()) -> DataFrame:
    """Add ``FIELDS`` and ``WHOLE`` to raw lines, or to raw rows of a Parquet source.

    Parameters
    ----------
    records
        Rows of :class:`RawLines`, or of :class:`RawRows` for Parquet.
    header
        Column names of the CSV files, in their order.
    """
    if source.format == "parquet":
        return records.transform(_with_row_fields, source)
    return records.transform(_with_parsed, source, header).transform(_with_line_fields, source, header)


def field_expr(name: str) -> Column:
    """Return the text of a field, null if it is absent."""
    return F.col(FIELDS).getField(name)


def has_repeated_key_expr() -> Column:
    """Tell whether a JSON object names something twice on its first level."""
    return F.size(F.col(KEYS)) > F.size(F.array_distinct(F.col(KEYS)))


def _with_parsed(lines: DataFrame, source: Source, header: tuple[str, ...]) -> DataFrame:
    line, text = F.col(RawLines.line), F.col(TEXT)
    texts = lines.withColumn(TEXT, _text_expr(source))
    is_sound = F.col(RawLines.is_record) & ~F.col(RawLines.is_cut) & F.is_valid_utf8(line) & ~line.contains("\x00")
    if source.format == "json_lines":
        return texts.withColumns({PARSED: F.when(is_sound, parsed_expr(text, source)), KEYS: F.when(is_sound, keys_expr(text))})
    parsed = F.from_csv(text, _csv_schema(header), _csv_options(source)) if source.format == "csv" else _matched_groups(text, source)
    return texts.withColumn(PARSED, F.when(is_sound, parsed))


def is_quoted_number_expr(name: str, source: Source) -> Column:
    """Tell whether a JSON record holds a field that is no text in quotes; false for other formats, and where the contract allows it."""
    declared = source.fields[name]
    if source.format != "json_lines" or source.quoted_numbers == "accept" or declared.type in TEXT_TYPES or declared.inside:
        return F.lit(False)
    return is_quoted_expr(source.path_of(name), F.col(TEXT))


def _text_expr(source: Source) -> Column:
    line = F.col(RawLines.line)
    if source.format != "json_lines":
        return F.ltrim(line, F.lit(BYTE_ORDER_MARK))
    text = F.ltrim(line, F.lit(BLANKS))
    return F.when(text.endswith("}"), text).otherwise(F.rtrim(text, F.lit(BLANKS)))  # trimming at the end looks at every character


def _with_line_fields(lines: DataFrame, source: Source, header: tuple[str, ...]) -> DataFrame:
    values = [_value_of(name, source, header).alias(name) for name in source.fields]
    was_read = F.col(PARSED).isNotNull()
    if source.format != "pattern":
        was_read = was_read & F.col(PARSED).getField(CORRUPT).isNull()
    return lines.select(
        *[c for c in lines.columns if c != PARSED],
        F.when(was_read, F.struct(*values)).alias(FIELDS),
        F.when(was_read, _extras_of(source, header)).alias(EXTRAS),
        kept_expr(F.col(RawLines.line), source.encoding).alias(WHOLE),
    )


def _value_of(name: str, source: Source, header: tuple[str, ...]) -> Column:
    """Return the text of a field, by its own name or another one it is known to go by; null for a column a delivery lacks."""
    path, aliases = source.path_of(name), source.fields[name].aliases
    if source.format == "json_lines":
        values = [value_expr(path, F.col(PARSED), source), *[aliased_expr(alias, F.col(TEXT)) for alias in aliases]]
    elif source.format == "csv":
        values = [_csv_value(header.index(known)) for known in (path, *aliases) if known in header]
    else:
        values = [F.col(PARSED).getItem(re.compile(source.pattern or "").groupindex[path] - 1)]
    return _first_of(values, source.fields[name])


def _first_of(values: list[Column], declared: RawField) -> Column:
    """Return the first value that is there, looked for inside it where it is a JSON text; else what the contract says otherwise."""
    value = F.coalesce(*[present_expr(v) for v in values], F.lit(None).cast("string"))
    if declared.inside is not None:
        value = present_expr(F.get_json_object(value, pointer_to(declared.inside)))
    return value if declared.otherwise is None else F.coalesce(value, F.lit(declared.otherwise))


def _extras_of(source: Source, header: tuple[str, ...]) -> Column:
    if source.format == "json_lines":
        return extras_expr(F.col(TEXT), F.col(PARSED), F.col(KEYS), source)
    known = source.known_names
    return _extras_map({name or f"column {n + 1}": _csv_value(n) for n, name in enumerate(header) if name not in known})


def _extras_map(extras: dict[str, Column]) -> Column:
    pairs = [part for name, value in extras.items() for part in (F.lit(name), value)]
    return (F.create_map(*pairs) if pairs else F.lit(None)).cast(TEXTS_BY_NAME)


# CSV -----------------------------------------------------------------------------------------------


def _csv_schema(header: tuple[str, ...]) -> str:
    # Numbered, since names come from the file: they may differ in case alone, or hold anything.
    return ", ".join([*(f"C{n} string" for n in range(len(header))), f"{CORRUPT} string"])


def _csv_value(place: int) -> Column:
    return F.col(PARSED).getField(f"C{place}")


def _csv_options(source: Source) -> dict[str, str]:
    # Quotes inside quotes are doubled (RFC 4180); a row that is too short or too long is corrupt.
    return {"delimiter": source.delimiter, "escape": '"', "mode": "PERMISSIVE", "columnNameOfCorruptRecord": CORRUPT}


# Text patterns --------------------------------------------------------------------------------------


def _matched_groups(text: Column, source: Source) -> Column:
    """Return the pattern's groups as an array, null where it does not match the whole line."""
    groups = re.compile(source.pattern or "").groups
    # One replacement for all groups: the expression is run once per line, not once per field.
    java = re.sub(r"\(\?P<\w+>", "(", source.pattern or "")
    marked = F.regexp_replace(text, f"^(?:{java})$", MARK.join(f"${n}" for n in range(1, groups + 1)) + MARK)
    parts = F.split(marked, MARK)
    return F.when((F.size(parts) == groups + 1) & ~text.contains(MARK), parts)


# Parquet ---------------------------------------------------------------------------------------------


def _with_row_fields(rows: DataFrame, source: Source) -> DataFrame:
    schema = rows.schema[RawRows.row].dataType
    assert isinstance(schema, StructType)  # declared so in RawRows
    values = [
        _first_of([_row_text(schema, known) for known in (source.path_of(name), *declared.aliases)], declared).alias(name)
        for name, declared in source.fields.items()
    ]
    extras = {name: _row_text(schema, name) for name in schema.names if name not in source.known_names}
    return rows.withColumns({FIELDS: F.struct(*values), EXTRAS: _extras_map(extras), WHOLE: F.to_json(F.col(RawRows.row))})


def _row_text(schema: StructType, path: str) -> Column:
    value = F.col(RawRows.row)
    held: DataType = schema
    for step in path.split("."):
        if not isinstance(held, StructType) or step not in held.names:
            return F.lit(None).cast("string")  # this delivery has no such column; rules decide whether that matters
        value, held = value.getField(step), held[step].dataType
    if isinstance(held, StructType | ArrayType | MapType):
        return F.to_json(value)
    if isinstance(held, TimestampType):
        return F.date_format(value, "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX")  # a moment, whatever zone the source declares for texts
    return value if isinstance(held, StringType) else value.cast("string")
