"""What ``crosschannel validate`` does: find the contract, judge the files, print what would be refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from crosschannel.cli.actions import project_at
from crosschannel.errors import QualityError, UsageError
from crosschannel.settings.load import load_settings
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.project import Project, refuse_undeclared_namespaces
from crosschannel.settings.sources import Source

if TYPE_CHECKING:
    from crosschannel.jobs.validate import Verdict


def validate_files(console: Console, name: str, files: Sequence[str], conf: Path | None) -> None:
    """Judge files by a contract; a refused record or file ends the command with code 10."""
    from crosschannel.io.session import open_session
    from crosschannel.jobs.validate import validate
    from crosschannel.runtime.preflight import preflight

    source = source_of(project_at(conf), name)
    preflight(".")
    spark = open_session("crosschannel")
    try:
        verdict = validate(spark, source, files)
    finally:
        spark.stop()
    show_verdict(console, verdict)
    if verdict.refused or verdict.refused_files:
        files = f" and {verdict.refused_files:,} whole files" if verdict.refused_files else ""
        raise QualityError(f"{verdict.refused:,} of {verdict.rows:,} records{files} would be refused; mend the contract, or know that quarantine keeps them")


def source_of(project: Project, name: str) -> Source:
    """Return one source of a project; a mistake in the file of another source does not matter."""
    path = project.folder / "sources" / f"{name}.yaml"
    source = load_settings(path, Source) if path.is_file() else next((s for s in project.sources.sources if s.source == name), None)
    if source is None or source.source != name:
        choices = [p.stem for p in (project.folder / "sources").glob("*.yaml")]
        raise UsageError(f"{project.folder} has no source {name!r}; {choose_from(name, choices)}")
    if path.is_file() and (project.folder / "identity.yaml").is_file():
        refuse_undeclared_namespaces(path, source, project.identity)
    return source


def show_verdict(console: Console, verdict: Verdict) -> None:
    """Print a row per file, then each reason with its count and examples."""
    table = Table(Column("file", overflow="fold"), "rows", "good", "refused", "reasons", title="what ingest would make of the files")
    for f in verdict.files:
        reasons = f.account.file.reason or ", ".join(f"{reason} {count:,}" for reason, count in f.reasons.items())
        refused = "whole file" if f.account.file.reason else f"{f.account.quarantined:,}"
        table.add_row(f.account.file.path, f"{f.account.file.rows_in:,}", f"{f.account.good:,}", refused, reasons)
    console.print(table)
    for f in verdict.files:
        for reason, examples in f.examples.items():
            for example in examples:
                # The file may hold anything, so nothing in it is markup.
                console.print(f"{f.account.file.path}:{example.line}: {reason}: {example.shown}", markup=False, soft_wrap=True)
    if verdict.repeated:
        console.print(f"{verdict.repeated:,} good records repeat the key of another one: they would be counted as duplicates and left out")
