"""What the commands about contracts do: read files, draft, write, print."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from crosschannel.contracts.silver import CHANNELS
from crosschannel.errors import UsageError
from crosschannel.settings.channels import looks_misspelt
from crosschannel.settings.load import load_settings
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.sources import Source

if TYPE_CHECKING:
    from crosschannel.drafting.draft import Draft

SUFFIXES = (".yaml", ".yml")


def draft_contract(console: Console, samples: Sequence[Path], out: Path, channel: str | None, *, force: bool) -> None:
    """Draft a contract, write it, prove that it loads, and say what to do next."""
    from crosschannel.drafting.draft import draft
    from crosschannel.drafting.yaml_text import to_yaml
    from crosschannel.io.sample_files import read_samples

    if channel is not None and looks_misspelt(channel):
        raise UsageError(f"--channel {channel} is no channel; {choose_from(channel, CHANNELS)}")
    made = draft(read_samples(samples), source_name(out), channel)
    text = to_yaml(made)
    write_new(out, text, force=force)
    load_settings(out, Source)
    console.print(f"{out}: {made.reading.format}, {len(made.columns)} fields from {len(made.reading.records):,} records, {text.count('unsure:')} marked unsure", soft_wrap=True)
    _tend_identity(console, out, made)
    files = " ".join(str(s) for s in samples[:2])
    console.print(f"next: read the marks, then `crosschannel validate --source {made.source} {files} --conf {_project(out)}`", soft_wrap=True)


def source_name(out: Path) -> str:
    """Return the name that a contract's file gives its source."""
    if out.suffix not in SUFFIXES:
        raise UsageError(f"{out}: a contract is a YAML file; write --out {out.with_suffix('.yaml')}")
    return out.stem


def write_new(out: Path, text: str, *, force: bool) -> None:
    """Write a file that is not there yet."""
    if out.exists() and not force:
        raise UsageError(f"{out} is there already; give another --out, or --force to write over it")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")


def _project(out: Path) -> Path:
    return out.parent.parent if out.parent.name == "sources" else out.parent


def _tend_identity(console: Console, out: Path, made: Draft) -> None:
    """Draft ``identity.yaml`` for a new project; for an old one, name the namespaces it lacks."""
    from crosschannel.drafting.namespaces import identity_yaml, namespaces_yaml
    from crosschannel.settings.project import Project

    if out.parent.name != "sources":
        return
    path = _project(out) / "identity.yaml"
    if not path.exists():
        write_new(path, identity_yaml(made.namespaces), force=False)
        console.print(f"{path}: drafted too, with {', '.join(made.namespaces) or 'nothing to identify'}", soft_wrap=True)
        return
    if missing := sorted(set(made.namespaces) - set(Project(path.parent).identity.namespaces)):
        console.print(f"{path} lacks {', '.join(missing)}; add under namespaces:\n{namespaces_yaml(missing)}", soft_wrap=True)
