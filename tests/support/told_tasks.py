"""Two tasks as somebody adds them: text at the end of ``labels.yaml`` and of the list of scores, nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

LABELS = """\
  - name: email_response # of those who got a mail: do they read one within a week?
    outcome: {response: {to: {channel: email, verb: send}, by: {channel: email, verb: engage}, within_days: 7}}
    horizon_days: 14
    population: {active_within_days: 84}
  - name: lead # who has not bought lately puts something into a basket, or calls
    outcome: {any_of: {verb: [add, contact]}}
    horizon_days: 28
    population: {active_within_days: 84}
    exclude: [{where: {verb: purchase}, within_days: 28}]
"""
SCORES = """\
  - {name: email_response, direction: 0, max_rounds: 20}
  - {name: lead, direction: 1, max_rounds: 20, worth: {feature: order_amount_mean_84d, missing: 30}}
"""
LISTS = "  - {name: sales_calls, score: lead, capacity: 20}\n"


def with_told_tasks(conf: Path, folder: Path) -> Path:
    """Return a copy of a project to which both tasks were added by text alone."""
    copy = folder / "conf"
    shutil.copytree(conf, copy)
    labels, scores = copy / "labels.yaml", copy / "scores.yaml"
    labels.write_text(labels.read_text(encoding="utf-8").rstrip("\n") + "\n" + LABELS, encoding="utf-8")
    text = scores.read_text(encoding="utf-8")
    text = text.replace("scores:\n", "scores:\n" + SCORES, 1).replace("lists:", "lists:\n" + LISTS.rstrip("\n") + " #", 1)
    scores.write_text(text, encoding="utf-8")
    return copy
