"""Contracts speak the Open Data Contract Standard 3.1: valid by its schema, and back without loss."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft201909Validator
from typer.testing import CliRunner

from crosschannel.cli import app
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.silver import Events
from crosschannel.drafting.odcs_export import custom_name, own_name, source_to_odcs, table_to_odcs
from crosschannel.drafting.odcs_import import odcs_to_source
from crosschannel.errors import UsageError
from crosschannel.settings.fields import RawField
from crosschannel.settings.load import load_settings, read_yaml, validated
from crosschannel.settings.sources import Source
from tests.support.code import ROOT

SCHEMA = Draft201909Validator(json.loads((ROOT / "tests/fixtures/odcs/odcs-3.1.0.schema.json").read_text(encoding="utf-8")))
SOURCES = sorted((ROOT / "conf").glob("*/sources/*.yaml")) + sorted((ROOT / "conf/templates").glob("*/*.yaml"))


def problems(document) -> list[str]:
    return [f"{list(e.absolute_path)}: {e.message}" for e in SCHEMA.iter_errors(document)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: f"{p.parent.parent.name}-{p.stem}" if p.parent.name == "sources" else f"{p.parent.name}-{p.stem}")
def test_a_source_is_exported_by_the_schema_and_imported_as_it_was(path: Path) -> None:
    source = load_settings(path, Source)
    document = json.loads(json.dumps(source_to_odcs(source)))
    assert problems(document) == []
    settings, doubts = odcs_to_source(document, "other")
    assert validated(settings, Source, path) == source
    assert doubts == []


def test_what_the_standard_has_a_place_for_stands_there() -> None:
    source = load_settings(ROOT / "conf/demo/sources/call.yaml", Source)
    described = source.model_copy(update={"meaning": "tickets", "owner": "service", "fields": {**source.fields, "topic": RawField(required=True, meaning="what about", personal=True)}})
    document = source_to_odcs(described)
    assert (document["description"], document["team"]) == ({"purpose": "tickets"}, {"name": "service"})
    fields = {p["name"]: p for p in document["schema"][0]["properties"]}
    assert (fields["ticket_id"]["primaryKey"], fields["ticket_id"]["unique"], fields["ticket_id"]["required"]) == (True, True, True)
    assert fields["csat"]["logicalTypeOptions"] == {"minimum": 1.0, "maximum": 5.0}
    assert fields["medium"]["quality"][0]["arguments"] == {"validValues": ["phone", "chat"]}
    assert fields["email"]["classification"] == "identifier"
    assert (fields["topic"]["classification"], fields["topic"]["description"]) == ("personal", "what about")
    assert fields["opened_at"]["logicalTypeOptions"]["defaultTimezone"] == "Europe/London"
    assert validated(odcs_to_source(document, "x")[0], Source, Path("x")) == described


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_table_is_exported_by_the_schema(name: str) -> None:
    document = json.loads(json.dumps(table_to_odcs(CONTRACTS[name])))
    assert problems(document) == []
    assert [p["name"] for p in document["schema"][0]["properties"]] == [str(c) for c in CONTRACTS[name].columns]


def test_a_table_tells_its_keys_units_checks_and_retention() -> None:
    document = table_to_odcs(Events.contract)
    fields = {p["name"]: p for p in document["schema"][0]["properties"]}
    assert fields["event_id"]["primaryKey"]
    assert fields["verb"]["quality"][0]["metric"] == "invalidValues"
    assert fields["order_amount"]["customProperties"] == [{"property": "crosschannelUnit", "value": "currency_code"}]
    assert "required" not in fields["order_id"]
    assert document["slaProperties"][0]["value"] == Events.contract.retention_days


def test_names_of_custom_properties_go_both_ways() -> None:
    assert custom_name("currency_code") == "crosschannelCurrencyCode"
    assert all(own_name(custom_name(f)) == f for f in (*Source.model_fields, *RawField.model_fields))


def foreign(**changed):
    properties = [
        {"name": "id", "logicalType": "string", "primaryKey": True, "required": True},
        {"name": "who", "logicalType": "object", "properties": [{"name": "mail", "logicalType": "string", "classification": "PII"}]},
        {"name": "total", "logicalType": "number", "logicalTypeOptions": {"minimum": 0}},
        {"name": "state", "logicalType": "string", "quality": [{"metric": "invalidValues", "arguments": {"validValues": ["new", "old"]}, "mustBe": 0}]},
        {"name": "created_at", "logicalType": "timestamp", "logicalTypeOptions": {"format": "yyyy-MM-dd HH:mm:ss", "defaultTimezone": "Europe/Paris"}},
    ]
    servers = [{"server": "prod", "type": "local", "path": "./tills/*.csv", "format": "csv"}]
    base = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "version": "1.0.0", "status": "active", "servers": servers}
    return base | {"schema": [{"name": "sales", "properties": properties}]} | changed


def test_a_foreign_contract_becomes_a_draft_that_loads_and_tells_its_doubts() -> None:
    assert problems(foreign()) == []
    settings, doubts = odcs_to_source(foreign(), "till")
    source = validated(settings, Source, Path("till.yaml"))
    assert (source.source, source.channel, source.format, source.path, source.key) == ("till", "store", "csv", "tills/*.csv", ("id",))
    assert (source.fields["who_mail"].path, source.fields["who_mail"].personal) == ("who.mail", True)
    assert (source.fields["total"].type, source.fields["total"].at_least, source.fields["state"].is_in) == ("decimal", 0, ("new", "old"))
    assert (source.time.field, source.time.format, source.time.zone) == ("created_at", "yyyy-MM-dd HH:mm:ss", "Europe/Paris")
    assert any("verb" in d for d in doubts)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "kind: DataContract"),
        (foreign(kind="X"), "kind: DataContract"),
        (foreign(apiVersion="v2.2.2"), "v2.2.2"),
        (foreign(schema=[{"name": "sales"}, {"name": "stock"}]), "--table; choose from sales, stock"),
        (foreign(schema=[{"name": "sales", "properties": [{"name": "a"}]}]), "timestamp or a date"),
    ],
)
def test_what_is_no_such_contract_is_refused(document, says) -> None:
    with pytest.raises(UsageError, match=says):
        odcs_to_source(document, "x")


def test_the_commands_carry_a_source_there_and_back(tmp_path: Path) -> None:
    there, back = tmp_path / "web.odcs.yaml", tmp_path / "web.yaml"
    for command in (["export", "--source", "web", "--out", str(there)], ["import", str(there), "--out", str(back)]):
        assert CliRunner().invoke(app, ["contract", *command], catch_exceptions=False).exit_code == 0
    assert problems(read_yaml(there)) == []
    assert load_settings(back, Source) == load_settings(ROOT / "conf/demo/sources/web.yaml", Source)
    printed = CliRunner().invoke(app, ["contract", "export", "--table", "silver.events"], catch_exceptions=False)
    assert printed.output.startswith("apiVersion: v3.1.0\n")
    with pytest.raises(UsageError, match="did you mean silver.events"):
        CliRunner().invoke(app, ["contract", "export", "--table", "silver.event"], catch_exceptions=False)
