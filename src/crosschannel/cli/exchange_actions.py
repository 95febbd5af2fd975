"""What ``crosschannel contract`` does: templates, and the Open Data Contract Standard."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from crosschannel.cli.actions import project_at
from crosschannel.cli.contract_actions import source_name, write_new
from crosschannel.cli.validate_actions import source_of
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.drafting.odcs_export import source_to_odcs, table_to_odcs
from crosschannel.drafting.odcs_import import odcs_to_source
from crosschannel.errors import UsageError
from crosschannel.settings.load import load_settings, read_yaml, validated
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.sources import Source
from crosschannel.settings.write import yaml_text
from crosschannel.shipped import shipped_conf

TEMPLATES = "templates"


def copy_template(console: Console, name: str | None, out: Path | None, *, force: bool) -> None:
    """Write a shipped template as a contract of one's own; without a name, list what there is."""
    folder = shipped_conf(TEMPLATES)
    names = sorted(f"{p.parent.name}/{p.stem}" for p in folder.glob("*/*.yaml"))
    if name is None:
        console.print("\n".join(names))
        return
    if name not in names:
        raise UsageError(f"there is no template {name!r}; {choose_from(name, names)}")
    text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
    if out is None:
        print(text, end="")
        return
    write_new(out, text, force=force)
    source = load_settings(out, Source)
    console.print(f"{out}: {source.source}; its files lie under {source.path}")
    used, declared = {i.namespace for i in source.identifiers}, read_yaml(folder / "namespaces.yaml")["namespaces"]
    if used:
        console.print("identity.yaml needs:\n" + yaml_text({"namespaces": {n: declared[n] for n in sorted(used)}}), markup=False)


def export_contract(console: Console, source: str | None, table: str | None, conf: Path | None, out: Path | None, *, force: bool) -> None:
    """Write a source or a table as a contract of the standard, to a file or to the terminal."""
    if (source is None) == (table is None):
        raise UsageError("name what to export: --source NAME for a source of the project, or --table NAME for a table of the lake")
    if table is not None and table not in CONTRACTS:
        raise UsageError(f"there is no table {table!r}; {choose_from(table, CONTRACTS)}")
    document = table_to_odcs(CONTRACTS[table]) if table else source_to_odcs(source_of(project_at(conf), str(source)))
    text = yaml_text(document)
    if out is None:
        print(text, end="")
        return
    write_new(out, text, force=force)
    console.print(f"{out}: {document['name']} as {document['apiVersion']}")


def import_contract(console: Console, path: Path, out: Path, table: str | None, *, force: bool) -> None:
    """Write the contract of a source from one of the standard; what it does not say is marked."""
    settings, doubts = odcs_to_source(read_yaml(path), source_name(out), table)
    settings["source"] = source_name(out)
    source = validated(settings, Source, path)
    plain = json.loads(source.model_dump_json(exclude_defaults=True))
    marks = "".join(f"# unsure: {doubt}\n" for doubt in doubts)
    write_new(out, marks + yaml_text(plain), force=force)
    console.print(f"{out}: {source.format}, {len(source.fields)} fields, {len(doubts)} marked unsure", soft_wrap=True)
