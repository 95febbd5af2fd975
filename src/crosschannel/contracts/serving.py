"""Serving: what other systems read. One release at a time, whole or not at all."""

from collections.abc import Iterable

from crosschannel.contracts.column import Column, ColumnSpec, Role, column, key
from crosschannel.contracts.table import Check, DataClass, Table, Write, named

PIN_DAYS = 30  # a release can be opened for so long; the tables keep their files a week longer
CHANGE_TYPES = ("insert", "update", "unchanged", "delete")


class PublishedSegments(
    Table,
    name="serving.customer_segments",
    grain="one row per customer of the current release",
    write=Write.REPLACE,
    produced_by="publish_segments",
    read_by=("publish_segments", "plan_actions"),
    data_class=DataClass.RELEASE,
    checks=(Check("change_type", is_in=CHANGE_TYPES),),
):
    """Segment and scores of every published customer, ready to copy to another system; the project's score columns follow."""

    customer_id = key("string", "customer")
    segment_id = column("string", "stable id of the segment")
    segment_name = column("string", "name of the segment")
    segment_confidence = column("double", "how clearly the customer belongs to it", unit="0-1")
    segment_model_version = column("string", "segment model version")
    as_of_date = column("date", "last day the row knows")
    release_id = column("string", "release the row was published with")
    row_hash = column("string", "hash of everything above but release_id, and of the scores")
    change_type = column("string", "how the row differs from the release before")
    updated_at = column("timestamp", "end of the as_of_date on which the row last changed, UTC")


class PublishedScores(
    Table,
    name="serving.customer_scores",
    grain="one row per customer and score of the current release",
    write=Write.REPLACE,
    produced_by="publish_segments",
    read_by=("publish_segments",),
    data_class=DataClass.RELEASE,
    checks=(Check("decile", at_least=1, at_most=10),),
):
    """The same scores in long form."""

    customer_id = key("string", "customer")
    score_name = key("string", "name of the score")
    score = column("double", "probability, or the 0-100 omnichannel score")
    probability = column("double", "calibrated probability of the outcome", unit="0-1")
    decile = column("int", "1 is the tenth of customers with the highest score")
    model_name = column("string", "registered name")
    model_version = column("string", "model version")
    as_of_date = column("date", "last day the score knows")
    release_id = column("string", "release the row was published with")


class PublishedProfiles(
    Table,
    name="serving.segment_profiles",
    grain="one row per segment of the current release",
    write=Write.REPLACE,
    produced_by="publish_segments",
    read_by=("publish_segments", "plan_actions"),
    data_class=DataClass.RELEASE,
):
    """Segment cards: size, value, channel and traits of each published segment."""

    segment_id = key("string", "stable id of the segment")
    segment_name = column("string", "name of the segment")
    description = column("string", "the segment in plain words")
    customers = column("bigint", "published customers", unit="customers")
    share = column("double", "share of all published customers", unit="0-1")
    preferred_channel = column("string", "channel with the highest over-index, or multi-channel")
    traits = column("array<struct<feature:string,effect:double,segment_mean:double,population_mean:double>>", "features that set the segment apart, strongest first")
    mean_scores = column("map<string,double>", "mean of each score in the segment")
    model_version = column("string", "segment model version")
    as_of_date = column("date", "last day the profile knows")
    release_id = column("string", "release the row was published with")


class SegmentChanges(
    Table,
    name="serving.segment_changes",
    grain="one row per release and customer that changed with it",
    write=Write.APPEND_NEW,
    produced_by="publish_segments",
    read_by=("publish_segments",),
    data_class=DataClass.RELEASE,
    checks=(Check("change_type", is_in=CHANGE_TYPES),),
):
    """The difference each release made, for systems that copy changes only."""

    release_id = key("string", "release that made the change")
    customer_id = key("string", "customer")
    change_type = column("string", "insert, update or delete")
    segment_before = column("string", "segment_id before", nullable=True)
    segment_after = column("string", "segment_id after", nullable=True)


class Releases(
    Table,
    name="serving.releases",
    grain="one row per release",
    write=Write.APPEND_NEW,
    produced_by="publish_segments",
    read_by=("publish_segments", "plan_actions"),
    data_class=DataClass.RELEASE,
):
    """The pointer: committed last; names the table versions that make up a release. The row with the highest number holds."""

    release_id = key("string", "hash of the as_of_date and of every published row")
    release_number = column("bigint", "1 for the first release of the lake")
    as_of_date = column("date", "last day the release knows")
    table_versions = column("map<string,bigint>", "Delta version of each serving table")
    row_counts = column("map<string,bigint>", "rows of each serving table")
    model_versions = column("map<string,string>", "model version behind each score and the segments")
    digest = column("string", "order-free digest of all published rows")
    settings_hash = column("string", "hash of the project's settings")
    published_ts = column("timestamp", "moment of the commit, UTC")
    digests = column("map<string,string>", "order-free digest of the rows of each table, as computed", nullable=True)
    code_hash = column("string", "hash of the package's source", nullable=True)
    readable_until = column("timestamp", "until when the rows can be opened at least, UTC; the newest rows of a table can be for good", nullable=True)
    restores = column("string", "a rollback: release whose rows this row shows again", nullable=True)
    withdraws = column("string", "a rollback: release that is shown no more", nullable=True)
    acted_by = column("string", "a rollback: account that decided", nullable=True)
    reason = column("string", "a rollback: why", nullable=True)


def score_columns(score_names: Iterable[str]) -> tuple[Column, ...]:
    """Return the wide score columns of a project: value, decile and model version per score."""
    columns = []
    for name in score_names:
        columns += [
            named(f"{name}_score", ColumnSpec("double", f"{name}: probability, or the 0-100 score", nullable=True, role=Role.SCORE)),
            named(f"{name}_decile", ColumnSpec("int", f"{name}: 1 is the highest tenth", nullable=True, role=Role.SCORE)),
            named(f"{name}_model_version", ColumnSpec("string", f"{name}: model version", nullable=True)),
        ]
    return tuple(columns)
