"""Read records of each format into one shape: a struct of texts, one per declared field.

Grain: one row per line (or Parquet row) in, one out. Every value stays a text here, so that the
rules can name what is wrong with it; ``FIELDS`` is null where the record cannot be read at all.
A blank value counts as absent. Values are bound by name, never by position.

Limits: a CSV value cannot hold a line break, since files are read line by line; of a key that
stands twice in a JSON object the last value counts.
"""

from __future__ import annotations

import re

from pyspark.sql import Column, DataFrame, functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType, TimestampType

from crosschannel.contracts.bronze import RawLines, RawRows
from crosschannel.exprs.text import BYTE_ORDER_MARK, present_expr, safe_text_expr
from crosschannel.settings.sources import Source

FIELDS = "FIELDS"  # struct of texts by field name
WHOLE = "WHOLE"  # the record as it was read, as text
PARSED = "PARSED"
CORRUPT = "CORRUPT"  # Spark puts the whole record here when it does not fit
Tree = dict[str, "Tree"]  # nested names; an empty one is a leaf
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


def _with_parsed(lines: DataFrame, source: Source, header: tuple[str, ...]) -> DataFrame:
    line = F.col(RawLines.line)
    text = F.btrim(line, F.lit(BYTE_ORDER_MARK + " \t")) if source.format == "json_lines" else F.ltrim(line, F.lit(BYTE_ORDER_MARK))
    if source.format == "json_lines":
        # Spark takes the first element of an array and ignores what follows an object.
        parsed = F.when(text.startswith("{") & text.endswith("}"), F.from_json(text, _json_schema(source), {"columnNameOfCorruptRecord": CORRUPT}))
    elif source.format == "csv":
        parsed = F.from_csv(text, _csv_schema(header), _csv_options(source))
    else:
        parsed = _matched_groups(text, source)
    is_sound = F.col(RawLines.is_record) & F.is_valid_utf8(line) & ~line.contains("\x00")
    return lines.withColumn(PARSED, F.when(is_sound, parsed))


def _with_line_fields(lines: DataFrame, source: Source, header: tuple[str, ...]) -> DataFrame:
    values = [present_expr(_value_of(source.path_of(name), source, header)).alias(name) for name in source.fields]
    was_read = F.col(PARSED).isNotNull()
    if source.format != "pattern":
        was_read = was_read & F.col(PARSED).getField(CORRUPT).isNull()
    return lines.select(
        *[c for c in lines.columns if c != PARSED],
        F.when(was_read, F.struct(*values)).alias(FIELDS),
        safe_text_expr(F.col(RawLines.line)).alias(WHOLE),
    )


def _value_of(path: str, source: Source, header: tuple[str, ...]) -> Column:
    """Return the text at ``path`` of the parsed record; null for a column a delivery lacks."""
    if source.format == "json_lines":
        return _json_text(path, source)
    if source.format == "pattern":
        return F.col(PARSED).getItem(re.compile(source.pattern or "").groupindex[path] - 1)
    return F.col(PARSED).getField(path) if path in header else F.lit(None).cast("string")


# JSON ----------------------------------------------------------------------------------------------


def _json_schema(source: Source) -> str:
    """Schema of the declared paths, every leaf a text; an outer path wins over one inside it."""
    tree: Tree = {}
    for path in _outer_paths(source):
        node = tree
        for step in path.split("."):
            node = node.setdefault(step, {})
    return ", ".join([*(f"`{name}` {_ddl(node)}" for name, node in tree.items()), f"{CORRUPT} string"])


def _ddl(node: Tree) -> str:
    return "struct<" + ",".join(f"`{name}`:{_ddl(child)}" for name, child in node.items()) + ">" if node else "string"


def _outer_paths(source: Source) -> list[str]:
    paths = sorted({source.path_of(name) for name in source.fields})
    return [p for p in paths if not any(p.startswith(f"{outer}.") for outer in paths)]


def _json_text(path: str, source: Source) -> Column:
    outer = next(p for p in _outer_paths(source) if path == p or path.startswith(f"{p}."))
    value = _nested(F.col(PARSED), outer)
    return value if outer == path else F.get_json_object(value, "$" + path[len(outer) :])


def _nested(value: Column, path: str) -> Column:
    for step in path.split("."):
        value = value.getField(step)
    return value


# CSV -----------------------------------------------------------------------------------------------


def _csv_schema(header: tuple[str, ...]) -> str:
    return ", ".join([*(f"`{name}` string" for name in header), f"{CORRUPT} string"])


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
    values = [present_expr(_row_text(schema, source.path_of(name))).alias(name) for name in source.fields]
    return rows.withColumn(FIELDS, F.struct(*values)).withColumn(WHOLE, F.to_json(F.col(RawRows.row)))


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
