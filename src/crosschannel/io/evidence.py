"""What a stage hands to MLflow, whoever made it."""

from __future__ import annotations

from typing import Any, Protocol

Metric = tuple[str, float, int]


class Evidence(Protocol):
    """What a stage wants a reviewer to see; mappings are by name."""

    params: dict[str, object]
    metrics: list[Metric]
    tags: dict[str, str]
    figures: dict[str, Any]
    texts: dict[str, str]
    dicts: dict[str, Any]

    @property
    def card(self) -> str:
        """The model card in Markdown; empty if there is none."""
