"""What a report says, as plain values: the only thing its pages are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crosschannel.quality.grade import GradeRow
from crosschannel.quality.report_evidence import Example

Record = Mapping[str, Any]  # one row of a table in report_tables, by column name


@dataclass(frozen=True)
class Facts:
    """Everything a report shows.

    Attributes
    ----------
    release
        Id, number, as-of date, table versions and model versions; ``None`` if nothing is published.
    changes
        Published customers by change type.
    spans
        Highest value of each score.
    meanings
        What each feature means, in words.
    studies, answer
        What joining channels is worth, variant by variant and in one sentence.
    sizes, gate
        Customers by number of identifiers, and what the identity gate last measured with its limits.
    weights
        What one act weighs in the published omnichannel score, in the order of channels and ladder.
    evidence
        A chain of evidence and a refused union to look at, masked.
    """

    project: str
    lake: str
    release: Record | None
    sources: Sequence[Record]
    reasons: Sequence[Record]
    file_reasons: Sequence[Record]
    channels: Sequence[Record]
    identifiers: Sequence[Record]
    customers: Record
    rules: Sequence[Record]
    refusals: Sequence[Record]
    segments: Sequence[Record]
    deciles: Sequence[Record]
    histogram: Sequence[Record]
    metrics: Sequence[Record]
    changes: Mapping[str, int]
    spans: Mapping[str, float]
    grades: Sequence[GradeRow] = ()
    values: Sequence[Record] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    studies: Sequence[Record] = ()
    answer: str = ""
    weights: Sequence[Record] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    gate: Sequence[tuple[str, float, float]] = ()
    evidence: Sequence[Example] = ()
