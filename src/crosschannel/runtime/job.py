"""A job: a name, what it does, and which part of the project it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crosschannel.settings.project import Project
from crosschannel.settings.strict import Settings

if TYPE_CHECKING:
    from crosschannel.runtime.context import JobContext


@dataclass(frozen=True)
class Job:
    """One step of the chain.

    Attributes
    ----------
    name
        As the table registry spells it.
    run
        ``run(ctx, settings)``; reads, chains domain verbs, writes.
    settings
        Picks the job's settings out of a project.
    also_depends_on
        Whatever besides tables, settings and code decides the result (raw files, the champion in
        the model registry), as a text; when it and they are unchanged the job is not run again.
    needs_as_of
        Whether the job looks at the data as of a date.
    tracked
        Whether the job logs to MLflow.
    optional
        Settings file without which a project does not ask for the job; empty if every project does.
    """

    name: str
    run: Callable[[JobContext, Any], None]
    settings: Callable[[Project], Settings]
    also_depends_on: Callable[[JobContext, Any], str] | None = None
    needs_as_of: bool = True
    tracked: bool = True
    optional: str = ""
