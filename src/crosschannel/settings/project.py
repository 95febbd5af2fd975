"""A project: the folder of YAML files that says what to do; the command line says where."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from crosschannel.contracts.silver import CHANNELS, Events
from crosschannel.errors import UsageError
from crosschannel.settings.consent import ConsentSettings, mistakes_about
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.holdouts import HoldoutsSettings
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.labels import LabelsSettings
from crosschannel.settings.load import load_settings, place_in
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.playbook import PlanSettings, PlaybookSettings, refuse_foreign_names, refuse_foreign_purposes
from crosschannel.settings.record_sources import refuse_foreign_records
from crosschannel.settings.scores import ScoresSettings
from crosschannel.settings.segments import SegmentsSettings
from crosschannel.settings.sources import Source, SourcesSettings
from crosschannel.settings.stitching import Stitching, refuse_undeclared_purposes
from crosschannel.settings.values import ValuesSettings


class Project:
    """The settings of one project folder, each file read when first asked for."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UsageError(f"{folder}: no such project folder; give one with --conf DIR")
        self.folder = folder

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.resolve().name

    @cached_property
    def sources(self) -> SourcesSettings:
        """``sources/*.yaml``, in the order of their names."""
        files = sorted((self.folder / "sources").glob("*.yaml"))
        if not files:
            raise UsageError(f"{self.folder / 'sources'}: no *.yaml; a project needs one file per raw source")
        loaded = {f: load_settings(f, Source) for f in files}
        refuse_repeated_sources(loaded)
        identity = self.identity if (self.folder / "identity.yaml").is_file() else None
        if identity is not None:
            for path, source in loaded.items():
                refuse_undeclared_namespaces(path, source, identity)
            refuse_foreign_records(self.folder / "identity.yaml", identity, loaded.values())
        return SourcesSettings(sources=tuple(loaded.values()), identity=identity)

    @cached_property
    def identity(self) -> IdentitySettings:
        """``identity.yaml``."""
        return load_settings(self.folder / "identity.yaml", IdentitySettings)

    @cached_property
    def consent(self) -> ConsentSettings:
        """``consent.yaml``; a project without it declares no purposes."""
        path = self.folder / "consent.yaml"
        if not path.is_file():
            return ConsentSettings()
        settings = load_settings(path, ConsentSettings)
        for place, given, problem, choices in mistakes_about(settings, self.sources.sources):
            raise UsageError(f"{place_in(path, place)}: {'.'.join(map(str, place))}: {given!r} is {problem}; {choose_from(given, choices)}")
        return settings

    @cached_property
    def stitching(self) -> Stitching:
        """``identity.yaml``, beside ``consent.yaml`` if a namespace names purposes."""
        if not any(n.purposes for n in self.identity.namespaces.values()):
            return Stitching(identity=self.identity)
        refuse_undeclared_purposes(self.identity, self.consent, lambda place: place_in(self.folder / "identity.yaml", place))
        return Stitching(identity=self.identity, consent=self.consent)

    @cached_property
    def features(self) -> FeaturesSettings:
        """``features.yaml``."""
        settings = load_settings(self.folder / "features.yaml", FeaturesSettings)
        self._refuse_foreign_channels(settings)
        return settings

    def _refuse_foreign_channels(self, settings: FeaturesSettings) -> None:
        """A feature may name any known channel, and any that a source of this project brings."""
        if not (own := sorted(channels_in(settings.model_dump(mode="json")) - set(CHANNELS))):
            return
        brought = {s.channel for s in self.sources.sources}
        if missing := [c for c in own if c not in brought]:
            choices = choose_from(missing[0], brought | set(CHANNELS))
            raise UsageError(f"{self.folder / 'features.yaml'}: no source brings channel {', '.join(missing)}; {choices}")

    @cached_property
    def labels(self) -> LabelsSettings:
        """``labels.yaml``."""
        return load_settings(self.folder / "labels.yaml", LabelsSettings)

    @cached_property
    def segments(self) -> SegmentsSettings:
        """``segments.yaml``."""
        return load_settings(self.folder / "segments.yaml", SegmentsSettings)

    @cached_property
    def scores(self) -> ScoresSettings:
        """``scores.yaml``."""
        return load_settings(self.folder / "scores.yaml", ScoresSettings)

    @cached_property
    def plan(self) -> PlanSettings:
        """``holdouts.yaml`` and ``playbook.yaml``, both optional, beside the names and the consent they rest on."""
        holdouts_file, playbook_file = self.folder / "holdouts.yaml", self.folder / "playbook.yaml"
        holdouts = load_settings(holdouts_file, HoldoutsSettings) if holdouts_file.is_file() else None
        playbook = load_settings(playbook_file, PlaybookSettings) if playbook_file.is_file() else None
        names = self.scores.names if holdouts or playbook else ()
        if playbook is not None:
            refuse_foreign_names(playbook, names, holdouts, lambda place: place_in(playbook_file, place))
            refuse_foreign_purposes(playbook, self.consent, lambda place: place_in(playbook_file, place))
        consent = self.consent if playbook is not None else ConsentSettings()
        return PlanSettings(scores=names, holdouts=holdouts, playbook=playbook, consent=consent)

    @cached_property
    def values(self) -> ValuesSettings:
        """``values.yaml``; a project without it values nobody."""
        return load_settings(self.folder / "values.yaml", ValuesSettings)


def refuse_repeated_sources(loaded: Mapping[Path, Source]) -> None:
    """Refuse two files that declare the same source."""
    first: dict[str, Path] = {}
    for path, source in loaded.items():
        if (other := first.setdefault(source.source, path)) != path:
            raise UsageError(
                f"{place_in(path, ('source',))}: source: {source.source!r} is declared in {other.name} already; give it a name of its own"
            )


def refuse_undeclared_namespaces(path: Path, source: Source, identity: IdentitySettings) -> None:
    """Refuse an identifier of a namespace that ``identity.yaml`` does not declare."""
    for number, one in enumerate(source.identifiers):
        if one.namespace not in identity.namespaces:
            place = ("identifiers", number, "namespace")
            choices = choose_from(one.namespace, identity.namespaces)
            raise UsageError(f"{place_in(path, place)}: {'.'.join(map(str, place))}: {one.namespace!r} is not declared in identity.yaml; {choices}")


def channels_in(written: Any) -> set[str]:
    """Return every channel that resolved settings name."""
    if isinstance(written, dict):
        named = written.get(Events.channel) or ()
        own = {named} if isinstance(named, str) else set(named)
        return own.union(*(channels_in(v) for v in written.values()))
    return set().union(*(channels_in(v) for v in written)) if isinstance(written, list) else set()


def settings_hash(settings: BaseModel) -> str:
    """Return a digest of resolved settings, defaults included."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:16]
