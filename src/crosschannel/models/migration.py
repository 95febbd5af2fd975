"""Who moved: the same customers under two segmentations, counted by where they were and where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.contracts.ml import CustomerSegments
from crosschannel.models.cards import to_markdown
from crosschannel.models.segment_model import SegmentModel, to_segments

FROM, TO, CUSTOMERS = "segment_from", "segment_to", "customers_moved"
DIGITS = 6


@dataclass(frozen=True)
class Migration:
    """Customers by segment before and after; rows sum to the old sizes, columns to the new ones."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    cells: Mapping[tuple[str, str], int]

    @property
    def kept(self) -> float:
        """Share of customers whose segment id is the same."""
        stayed = sum(n for (old, new), n in self.cells.items() if old == new)
        return round(stayed / max(sum(self.cells.values()), 1), DIGITS)

    def shares(self) -> list[list[float]]:
        """Return, for each old segment, the share of its customers that each new one takes."""
        sizes = {old: sum(n for (o, _), n in self.cells.items() if o == old) for old in self.before}
        return [[self.cells.get((old, new), 0) / max(sizes[old], 1) for new in self.after] for old in self.before]

    def table(self) -> str:
        """Return the matrix in Markdown."""
        rows = [[f"{old} {name}", *(f"{self.cells.get((old, new), 0):,}" for new in self.after)] for old, name in self.before.items()]
        return to_markdown(("from \\ to", *self.after), rows)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        moves = [{"from_id": old, "to_id": new, "customers": n} for (old, new), n in sorted(self.cells.items())]
        return {"from": dict(self.before), "to": dict(self.after), "kept": self.kept, "moves": moves}


def to_moves(features: DataFrame, before: SegmentModel, after: SegmentModel) -> DataFrame:
    """Count customers by their segments under two models: one row per pair that occurs."""
    was = features.transform(to_segments, before).select(CustomerSegments.customer_id, F.col(CustomerSegments.segment_id).alias(FROM))
    became = features.transform(to_segments, after).select(CustomerSegments.customer_id, F.col(CustomerSegments.segment_id).alias(TO))
    both = was.join(became, on=str(CustomerSegments.customer_id), how="inner")  # one to one
    return both.groupBy(FROM, TO).agg(F.count(F.lit(1)).alias(CUSTOMERS))


def migration_of(moves: Iterable[Row], before: SegmentModel, after: SegmentModel) -> Migration:
    """Put counted moves into a matrix; a segment nobody is in keeps its place."""
    was, became = (dict(zip(model.segment_ids, model.names, strict=True)) for model in (before, after))
    return Migration(was, became, {(row[FROM], row[TO]): int(row[CUSTOMERS]) for row in moves})
