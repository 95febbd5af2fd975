"""The demo project for a few hundred people: it asks for as many outcomes as so few have."""

from __future__ import annotations

import shutil
from pathlib import Path

from crosschannel.shipped import shipped_conf

USUAL, FEW = "min_positives: 30", "min_positives: 1"


def small_project(folder: Path) -> Path:
    """Return ``folder/conf``, a copy of the demo project that may learn from a handful of outcomes."""
    conf = folder / "conf"
    if not conf.exists():
        shutil.copytree(shipped_conf("demo"), conf)
        scores = conf / "scores.yaml"
        text = scores.read_text(encoding="utf-8")
        if USUAL not in text:
            raise LookupError(f"{scores} no longer says {USUAL}: a small run would ask for outcomes it does not have")
        scores.write_text(text.replace(USUAL, FEW), encoding="utf-8")
    return conf
