"""What conforming needs of a project: its sources, and the namespaces their identifiers belong to."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from crosschannel.errors import UsageError
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.sources import SourcesSettings
from crosschannel.settings.strict import Settings


class ConformSettings(Settings):
    """Sources and identity settings that fit each other."""

    sources: SourcesSettings
    identity: IdentitySettings

    @model_validator(mode="after")
    def _namespaces_are_declared(self) -> Self:
        for source in self.sources.sources:
            used = {i.namespace for i in source.identifiers}
            if unknown := sorted(used - set(self.identity.namespaces)):
                choices = choose_from(unknown[0], self.identity.namespaces)
                raise UsageError(f"source {source.source} names namespace {', '.join(unknown)}, which identity.yaml does not declare; {choices}")
        return self
