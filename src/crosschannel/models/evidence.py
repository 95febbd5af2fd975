"""What a fit shows a reviewer, gathered in one place until the job hands it to tracking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CARD = "model_card.md"
Metric = tuple[str, float, int]


@dataclass
class Evidence:
    """Params, metrics, tags, figures and files of one stage.

    Attributes
    ----------
    metrics
        ``(name, value, step)``; the step is what a curve is drawn over (k, pass, round).
    figures
        File name to matplotlib figure.
    """

    params: dict[str, object] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    dicts: dict[str, Any] = field(default_factory=dict)

    @property
    def card(self) -> str:
        """The model card in Markdown; empty if there is none."""
        return next((text for name, text in self.texts.items() if name.endswith(CARD)), "")

    def under(self, prefix: str) -> Evidence:
        """Return the same evidence with every name prefixed, so that several models fit one run."""
        return Evidence(
            {f"{prefix}.{k}": v for k, v in self.params.items()},
            [(f"{prefix}/{k}", v, s) for k, v, s in self.metrics],
            {f"{prefix}.{k}": v for k, v in self.tags.items()},
            {f"{prefix}/{k}": v for k, v in self.figures.items()},
            {f"{prefix}/{k}": v for k, v in self.texts.items()},
            {f"{prefix}/{k}": v for k, v in self.dicts.items()},
        )


def step_zero(values: Mapping[str, float]) -> list[Metric]:
    """Return metrics that are single values, not curves."""
    return [(name, float(value), 0) for name, value in values.items()]
