"""A release before it is committed: its rows by table, and what must hold of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.contracts.acting import ActionLists
from crosschannel.contracts.column import Column
from crosschannel.contracts.ml import CustomerScores, CustomerSegments, SegmentProfiles
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments, score_columns
from crosschannel.contracts.table import Contract
from crosschannel.publish.digest import KEYS, NAME, ROWS, TABLE, UNNAMED, VERSIONS, digest_of, digests_of
from crosschannel.publish.lists import to_list_rows
from crosschannel.publish.rows import only_day, to_customer_rows, to_profile_rows, to_score_rows
from crosschannel.settings.acting import ActionList

CUSTOMERS, SCORES, PROFILES = PublishedSegments.contract.name, PublishedScores.contract.name, PublishedProfiles.contract.name
LISTS = ActionLists.contract.name


def published_contract(score_names: Iterable[str], permissions: Iterable[Column] = ()) -> Contract:
    """Return ``serving.customer_segments`` with the project's columns at its end: scores, and what people allow by channel."""
    return PublishedSegments.contract.completed((*score_columns(score_names), *permissions))


def to_frames(segments: DataFrame, scores: DataFrame, profiles: DataFrame, score_names: Iterable[str], as_of_date: date) -> dict[str, DataFrame]:
    """Return the rows of a day by serving table, without anything that depends on the release before."""
    names = list(score_names)
    score_rows = to_score_rows(only_day(scores, as_of_date).where(F.col(CustomerScores.score_name).isin(names)))
    of_day = only_day(segments, as_of_date)
    known = profiles.join(of_day.select(CustomerSegments.model_version).distinct(), on=SegmentProfiles.model_version, how="left_semi")
    customer_rows = to_customer_rows(of_day, known, score_rows, names)
    return {PROFILES: to_profile_rows(known, customer_rows, score_rows), SCORES: score_rows, CUSTOMERS: customer_rows}


def with_lists(frames: dict[str, DataFrame], scores: DataFrame, reasons: DataFrame, lists: Sequence[ActionList], as_of_date: date) -> dict[str, DataFrame]:
    """Add the rows of the lists a project declares; a project without lists publishes no table of them."""
    rows = to_list_rows(only_day(scores, as_of_date), only_day(reasons, as_of_date), frames[CUSTOMERS], lists)
    return frames if rows is None else frames | {LISTS: rows}


@dataclass(frozen=True)
class Content:
    """What the rows of a day add up to: bounded figures, read once on the driver."""

    as_of_date: date
    summary: Mapping[str, Row]
    versions: Mapping[str, list[str]]

    @property
    def digest(self) -> str:
        """Digest of all rows."""
        return digest_of(self.summary, self.as_of_date)

    @property
    def digests(self) -> dict[str, str]:
        """Digest of each table's rows."""
        return digests_of(self.summary)

    @property
    def rows(self) -> dict[str, int]:
        """Rows per table."""
        return {name: int(row[ROWS]) for name, row in self.summary.items()}

    @property
    def model_versions(self) -> dict[str, str]:
        """Model version behind each score and the segments."""
        return {name: versions[0] for name, versions in sorted(self.versions.items())}

    def checks(self) -> dict[str, tuple[int, int]]:
        """Return what must hold, as name, observed and expected."""
        customers, scores, profiles = (self.summary[name] for name in (CUSTOMERS, SCORES, PROFILES))
        return {
            "customers_unique": (customers[KEYS], customers[ROWS]),
            "segments_unique": (profiles[KEYS], profiles[ROWS]),
            "customers_equal_customers_scored": (customers[ROWS], scores[KEYS]),
            "customers_without_profile": (customers[UNNAMED], 0),
            "names_with_several_model_versions": (sum(len(v) != 1 for v in self.versions.values()), 0),
        }

    @classmethod
    def of(cls, summary: Iterable[Row], versions: Iterable[Row], as_of_date: date) -> Content:
        """Take the rows of ``to_summary`` and ``to_model_versions``."""
        return cls(as_of_date, {row[TABLE]: row for row in summary}, {row[NAME]: row[VERSIONS] for row in versions})
