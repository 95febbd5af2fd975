"""When a table is worth tidying; the same for all tables and projects."""

from __future__ import annotations

from pydantic import Field

from crosschannel.settings.strict import Settings


class MaintenanceSettings(Settings):
    """Bounds of ``maintain_tables``."""

    min_small_files: int = Field(default=48, ge=2)  # fewer are not worth a rewrite
    small_file_bytes: int = Field(default=16 * 1024**2, ge=1)  # a table whose files are smaller on average is fragmented
    compact_every: int = Field(default=16, ge=1)  # commits between two compactions of a table
    vacuum_every: int = Field(default=20, ge=1)  # commits between two clean-ups of a table
