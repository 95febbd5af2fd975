"""How much of a graph the driver may hold: what the settings allow, and no more than its free memory."""

from __future__ import annotations

from crosschannel.identity.components import GB_PER_MILLION_EDGES
from crosschannel.io.memory import free_memory_bytes
from crosschannel.settings.identity import IdentitySettings


def driver_room(settings: IdentitySettings) -> int:
    """Return how many edges the driver may collect: what the settings allow, and no more than half its free memory holds."""
    free = free_memory_bytes()
    return settings.max_driver_edges if free is None else min(settings.max_driver_edges, int(free / 2 / (GB_PER_MILLION_EDGES * 1e3)))
