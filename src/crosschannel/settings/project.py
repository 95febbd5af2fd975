"""A project: the folder of YAML files that says what to do; the command line says where."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel

from crosschannel.errors import UsageError
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.labels import LabelsSettings
from crosschannel.settings.load import load_settings
from crosschannel.settings.scores import ScoresSettings
from crosschannel.settings.segments import SegmentsSettings
from crosschannel.settings.sources import Source, SourcesSettings


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
        return SourcesSettings(sources=tuple(load_settings(f, Source) for f in files))

    @cached_property
    def identity(self) -> IdentitySettings:
        """``identity.yaml``."""
        return load_settings(self.folder / "identity.yaml", IdentitySettings)

    @cached_property
    def features(self) -> FeaturesSettings:
        """``features.yaml``."""
        return load_settings(self.folder / "features.yaml", FeaturesSettings)

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


def settings_hash(settings: BaseModel) -> str:
    """Return a digest of resolved settings, defaults included."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:16]
