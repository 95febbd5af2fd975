"""A contract of the Open Data Contract Standard as the settings of a source.

A contract that this suite exported comes back as it was. Of any other contract the fields, keys,
times and allowed values are taken, and what only a person can say is guessed and told as a doubt.
"""

from __future__ import annotations

from typing import Any

from crosschannel.drafting.names import TIME_NAMES, guess_channel, rank, snake
from crosschannel.drafting.odcs_export import BOUNDS, EVENT_NAMES, FILE_FORMATS, PREFIX, own_name
from crosschannel.errors import UsageError
from crosschannel.settings.nearest import choose_from

Plain = dict[str, Any]
TYPES = {"string": "string", "integer": "bigint", "number": "decimal", "boolean": "boolean", "object": "json", "array": "json"}
MOMENTS = ("timestamp", "date")
WIDE = ("2000-01-01", "2099-12-31")
OWN_TYPES = {"string", "bigint", "double", "decimal", "boolean", "json"}


def odcs_to_source(document: Any, source: str, table: str | None = None) -> tuple[Plain, list[str]]:
    """Return the settings of a source as they may stand in its YAML file, and the doubts about them.

    Parameters
    ----------
    document
        The parsed contract.
    source
        Name of the source, if the contract was not exported from one.
    table
        Which object of the contract's schema is meant, if it has several.

    Raises
    ------
    UsageError
        It is no such contract, or the object is not in it.
    """
    schema = _schema(document, table)
    own = _own(document)
    if "time" in own:
        return {"source": document["name"], **_known(document), **own, "fields": _fields(schema), **_key(schema)}, []
    return _drafted(document, schema, source)


def _schema(document: Any, table: str | None) -> Plain:
    if not isinstance(document, dict) or document.get("kind") != "DataContract":
        raise UsageError("no contract of the Open Data Contract Standard: it has no `kind: DataContract`")
    if not str(document.get("apiVersion", "")).startswith("v3."):
        raise UsageError(f"apiVersion {document.get('apiVersion')} of the Open Data Contract Standard is not read; convert it to v3.1.0")
    objects = {str(s["name"]): s for s in document.get("schema") or [] if isinstance(s, dict) and "name" in s}
    if table is None and len(objects) == 1:
        return next(iter(objects.values()))
    if table not in objects:
        raise UsageError(f"name the object of the schema that is meant with --table; {choose_from(table or '', objects)}")
    return objects[table]


def _own(node: Plain) -> Plain:
    custom = [c for c in node.get("customProperties") or [] if str(c.get("property", "")).startswith(PREFIX)]
    return {own_name(c["property"]): c["value"] for c in custom}


def _known(document: Plain) -> Plain:
    said = {"meaning": (document.get("description") or {}).get("purpose"), "owner": _team(document), "path": _server(document).get("path")}
    return {name: value for name, value in said.items() if value}


def _team(document: Plain) -> str | None:
    team = document.get("team")
    return team.get("name") if isinstance(team, dict) else None


def _server(document: Plain) -> Plain:
    return next((s for s in document.get("servers") or [] if "path" in s or "location" in s), {})


def _fields(schema: Plain) -> Plain:
    return {name: _field(declared, name, path) for name, path, declared in _flat(schema.get("properties") or [])}


def _flat(properties: list[Plain], prefix: str = "") -> list[tuple[str, str, Plain]]:
    """Return name, path and declaration of each value; an object with declared parts is taken apart."""
    flat: list[tuple[str, str, Plain]] = []
    for one in properties:
        path = prefix + str(one.get("physicalName") or one["name"])
        if one.get("logicalType") == "object" and one.get("properties"):
            flat += _flat(one["properties"], f"{path}.")
        else:
            flat.append((str(one["name"]) if not prefix else snake(path), path, one))
    return flat


def _field(declared: Plain, name: str, path: str) -> Plain:
    options = declared.get("logicalTypeOptions") or {}
    physical = str(declared.get("physicalType", ""))
    kind = physical if physical in OWN_TYPES else TYPES.get(str(declared.get("logicalType")), "string")
    said = {
        "path": path if path != name else None,
        "type": kind if kind != "string" else None,
        "required": declared.get("required"),
        "is_in": _valid_values(declared),
        **{ours: options.get(theirs) for ours, theirs in BOUNDS.items() if isinstance(options.get(theirs), int | float)},
        "meaning": declared.get("description"),
        "personal": str(declared.get("classification", "")).lower() in {"personal", "pii", "sensitive", "restricted", "confidential"},
        **_own(declared),
    }
    return {n: v for n, v in said.items() if v is not None and v is not False and v not in ("", [])}


def _valid_values(declared: Plain) -> list[str]:
    """Return the values a property may have; native event names are listed by the verb's map instead."""
    rules = [r for r in declared.get("quality") or [] if r.get("metric", r.get("rule")) == "invalidValues" and r.get("name") != EVENT_NAMES]
    return [str(v) for r in rules for v in (r.get("arguments") or {}).get("validValues", [])]


def _key(schema: Plain) -> Plain:
    keys = [(one.get("primaryKeyPosition", 1), name) for name, _, one in _flat(schema.get("properties") or []) if one.get("primaryKey")]
    return {"key": [name for _, name in sorted(keys)]} if keys else {}


def _drafted(document: Plain, schema: Plain, source: str) -> tuple[Plain, list[str]]:
    fields = _fields(schema)
    moments = [(name, one) for name, _, one in _flat(schema.get("properties") or []) if one.get("logicalType") in MOMENTS]
    if not moments:
        raise UsageError("no property is a timestamp or a date, and every source needs a time")
    name, declared = min(moments, key=lambda pair: (rank(pair[0], TIME_NAMES) is None, rank(pair[0], TIME_NAMES) or 0))
    options = declared.get("logicalTypeOptions") or {}
    server = _server(document)
    formats = {theirs: ours for ours, theirs in FILE_FORMATS.items() if ours != "pattern"}
    channel = guess_channel(source, list(fields))
    made = {
        "source": source,
        **_known(document),
        "channel": channel or "web",
        "format": formats.get(str(server.get("format")), "json_lines"),
        "path": str(server.get("path") or f"{source}/*").removeprefix("./").lstrip("/"),
        "fields": fields,
        **_key(schema),
        "time": {
            "field": name,
            **({"format": options["format"]} if options.get("format") else {}),
            **({"zone": options["defaultTimezone"]} if options.get("defaultTimezone") else {}),
            "not_before": str(options.get("minimum", WIDE[0]))[:10],
            "not_after": str(options.get("maximum", WIDE[1]))[:10],
        },
        "verb": {"constant": "view"},
    }
    doubts = ["channel: guessed", "verb: the standard does not say what happened; every record counts as view", "identifiers: none are declared"]
    return made, [*doubts, f"time: {name} is taken for the moment of the event", *([] if server.get("path") else ["path and format: no server says them"])]
