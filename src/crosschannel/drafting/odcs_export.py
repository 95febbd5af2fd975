"""A source or a table as a contract of the Open Data Contract Standard, version 3.1.

What the standard has a place for stands there. What it lacks (how a record is cut from a file,
what a native event name means) stands in ``customProperties`` under names that begin with
``crosschannel``, so that importing an exported source gives the very same source.
"""

from __future__ import annotations

import re
from typing import Any

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.column import Column, ColumnSpec
from crosschannel.contracts.table import Contract
from crosschannel.settings.fields import RawField
from crosschannel.settings.sources import Source

Plain = dict[str, Any]
API_VERSION = "v3.1.0"
PREFIX = "crosschannel"
LOGICAL = {"string": "string", "binary": "string", "bigint": "integer", "int": "integer", "double": "number", "decimal": "number", "boolean": "boolean", "json": "object",
           "date": "date", "timestamp": "timestamp", "array": "array", "map": "object", "struct": "object"}  # fmt: skip
FILE_FORMATS = {"json_lines": "json", "csv": "csv", "parquet": "parquet", "pattern": "text"}
NUMERIC = ("integer", "number")
# What stands in a place of the standard, and so in no custom property.
STANDARD_OF_SOURCE = ("source", "meaning", "owner", "path", "fields", "key")
STANDARD_OF_FIELD = ("path", "type", "required", "is_in", "meaning", "personal")
EVENT_NAMES = "event name is mapped"  # the rule whose values the verb's map lists
BOUNDS = {"at_least": "minimum", "at_most": "maximum"}


def source_to_odcs(source: Source) -> Plain:
    """Return the contract of a source."""
    dumped = source.model_dump(mode="json", exclude_defaults=True)
    own = {name: value for name, value in dumped.items() if name not in STANDARD_OF_SOURCE}
    schema = {
        "name": source.source,
        "logicalType": "object",
        "physicalType": "file",
        "dataGranularityDescription": "one record of a raw file",
        "properties": [_field_property(source, name) for name in source.fields],
        **_keep({"quality": [_unique_rule(list(source.key))] if source.key else []}),
    }
    server = {"server": "raw", "type": "local", "description": "under the raw folder", "path": source.path, "format": FILE_FORMATS[source.format]}
    return _contract(source.source, source.meaning, schema, server, RawEvents.contract.retention_days, own, owner=source.owner)


def table_to_odcs(contract: Contract) -> Plain:
    """Return the contract of a table of the suite."""
    schema = {
        "name": contract.name,
        "physicalName": contract.table,
        "logicalType": "object",
        "physicalType": "table",
        "description": contract.meaning,
        "dataGranularityDescription": contract.grain,
        "properties": [_column_property(contract, column) for column in contract.columns],
        "quality": [_unique_rule([str(c) for c in contract.key])],
    }
    server = {"server": "lake", "type": "local", "description": "under the lake folder", "path": contract.name.replace(".", "/"), "format": "delta"}
    own = {"write": contract.write.value, "produced_by": contract.produced_by, "read_by": list(contract.read_by), "data_class": contract.data_class.value}
    return _contract(contract.name, contract.meaning, schema, server, contract.retention_days, own)


def custom_name(name: str) -> str:
    """Return the name of a custom property: ``currency_code`` becomes ``crosschannelCurrencyCode``."""
    return PREFIX + "".join(part.capitalize() for part in name.split("_"))


def own_name(custom: str) -> str:
    """Return what :func:`custom_name` was given."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", custom.removeprefix(PREFIX)).lower()


def _contract(name: str, meaning: str, schema: Plain, server: Plain, retention_days: int | None, own: Plain, *, owner: str = "") -> Plain:
    kept = {"property": "retention", "value": retention_days, "unit": "d", "description": "days that rows are kept in the lake"}
    return _keep(
        {
            "apiVersion": API_VERSION,
            "kind": "DataContract",
            "id": f"{PREFIX}-{name.replace('.', '-')}",
            "name": name,
            "version": "1.0.0",
            "status": "active",
            "description": _keep({"purpose": meaning}),
            "team": _keep({"name": owner}),
            "servers": [server],
            "schema": [schema],
            "slaProperties": [kept] if retention_days else [],
            "customProperties": _custom(own),
        }
    )


def _field_property(source: Source, name: str) -> Plain:
    declared = source.fields[name]
    dumped = declared.model_dump(mode="json", exclude_defaults=True)
    logical = "timestamp" if name == source.time.field else LOGICAL[declared.type]
    bounds = {BOUNDS[n]: dumped.pop(n) for n in BOUNDS if n in dumped and logical in NUMERIC}
    quality = [_values_rule("value is known", list(declared.is_in))] if declared.is_in else []
    quality += [_values_rule(EVENT_NAMES, list(source.verb.map))] if name == source.verb.field else []
    return _property(
        name,
        logical,
        declared.type,
        physical_name=declared.path,
        required=declared.required,
        place=source.key.index(name) + 1 if name in source.key else 0,
        is_unique=source.key == (name,),
        description=declared.meaning,
        classification=_classification(source, name, declared),
        options=_time_options(source) if logical == "timestamp" else bounds,
        quality=quality,
        own={n: v for n, v in dumped.items() if n not in STANDARD_OF_FIELD},
    )


def _time_options(source: Source) -> Plain:
    time = source.time
    return {"format": time.format, "minimum": str(time.not_before), "maximum": str(time.not_after), "timezone": False, "defaultTimezone": time.zone}


def _classification(source: Source, name: str, declared: RawField) -> str:
    if declared.personal:
        return "personal"
    return "identifier" if name in source.personal_fields else ""


def _column_property(contract: Contract, column: Column) -> Plain:
    spec: ColumnSpec = column.spec
    logical = LOGICAL[re.split(r"[(<]", spec.dtype)[0]]
    checks = [c for c in contract.checks if c.column == column]
    bounds = {k: v for c in checks for k, v in (("minimum", c.at_least), ("maximum", c.at_most)) if v is not None and logical in NUMERIC}
    return _property(
        str(column),
        logical,
        spec.dtype,
        required=not spec.nullable,
        place=contract.key.index(column) + 1 if spec.is_key else 0,
        is_unique=contract.key == (column,),
        description=spec.meaning,
        classification="personal" if spec.personal else "",
        options=bounds,
        quality=[_values_rule("value is known", list(c.is_in)) for c in checks if c.is_in],
        partition=contract.partitions.index(column) + 1 if column in contract.partitions else 0,
        own=_keep({"unit": spec.unit}),
    )


def _property(
    name: str, logical: str, physical: str, *, required: bool, place: int, is_unique: bool, description: str, classification: str, options: Plain,
    quality: list[Plain], own: Plain, physical_name: str | None = None, partition: int = 0,
) -> Plain:  # fmt: skip
    return _keep(
        {
            "name": name,
            "physicalName": physical_name,
            "logicalType": logical,
            "logicalTypeOptions": options,
            "physicalType": physical,
            "description": description,
            "required": required,
            "unique": is_unique,
            "primaryKey": place > 0,
            "primaryKeyPosition": place,
            "partitioned": partition > 0,
            "partitionKeyPosition": partition,
            "classification": classification,
            "quality": quality,
            "customProperties": _custom(own),
        }
    )


def _unique_rule(columns: list[str]) -> Plain:
    return {"name": "key is unique", "metric": "duplicateValues", "arguments": {"properties": columns}, "mustBe": 0, "dimension": "uniqueness"}


def _values_rule(name: str, values: list[str]) -> Plain:
    return {"name": name, "metric": "invalidValues", "arguments": {"validValues": values}, "mustBe": 0, "dimension": "conformity"}


def _custom(own: Plain) -> list[Plain]:
    return [{"property": custom_name(name), "value": value} for name, value in own.items()]


def _keep(content: Plain) -> Plain:
    """Leave out what says nothing."""
    return {name: value for name, value in content.items() if value not in (None, "", False, 0, [], {})}
