"""The driver takes what the settings allow, as long as half its free memory holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosschannel.io import memory
from crosschannel.jobs.driver_room import driver_room
from tests.support.identity_rows import SETTINGS

ALLOWED = SETTINGS.model_copy(update={"max_driver_edges": 7_000_000})


@pytest.mark.parametrize(
    ("kilobytes", "room"),
    [(1_562_500, 5_000_000), (16_000_000, 7_000_000), (0, 0)],  # 160 bytes an edge, and half of what is free
)
def test_little_free_memory_makes_the_room_smaller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kilobytes: int, room: int) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal: 99999999 kB\nMemAvailable: {kilobytes} kB\n", encoding="ascii")
    monkeypatch.setattr(memory, "MEMINFO", meminfo)
    assert driver_room(ALLOWED) == room


def test_a_system_that_does_not_tell_leaves_it_to_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "nothing")
    assert driver_room(ALLOWED) == 7_000_000
