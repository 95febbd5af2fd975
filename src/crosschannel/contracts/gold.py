"""Gold: what is known of a customer on a day, and what happened after it."""

from crosschannel.contracts.column import column, key, partition, time
from crosschannel.contracts.table import Check, DataClass, Table, Write


class ActivityTiles(
    Table,
    name="gold.activity_tiles",
    grain="one row per identifier, channel, day and what its events have in common",
    write=Write.REPLACE_PARTITION,
    produced_by="build_features",
    read_by=("build_features",),
    data_class=DataClass.DERIVED,
    retention_days=730,
):
    """Daily sums from which every window of every as-of date is added up.

    A tile belongs to an identifier; whose it was is decided by the identities of the as-of date, so
    that nobody who merges later moves a tile. Days that gained events are built anew, others are
    never read again from the events.
    """

    node_key = key("bigint", "strongest usable identifier on the events")
    channel = key("string", "channel of the events")
    event_date = partition("date", "UTC date of the events", is_key=True)
    atoms = key("array<bigint>", "which conditions of features.yaml the events meet, one bit each")
    order_key = key("bigint", "hash of the order the events report; 0 for all others")
    moment_us = key("bigint", "moment of an event whose time of day counts; 0 for all others", unit="microseconds since 1970")
    stated = key("array<string>", "what a profile event says, in the order of the declared properties; empty for all others")
    event_count = column("bigint", "events")
    amount_cents = column("bigint", "order value of the events", unit="cents")
    line_count = column("bigint", "order lines; they stand in tiles of their own")
    item_thousandths = column("bigint", "items of the lines", unit="thousandths")
    line_amount_cents = column("bigint", "value of the lines", unit="cents")
    last_event_ts = time("timestamp", "latest of the events, UTC; null in tiles of order lines", nullable=True)
    rules = column("string", "digest of the conditions and the code the tile was made with")
    content_hash = column("bigint", "hash of all of the above")


class CustomerFeatures(
    Table,
    name="gold.customer_features",
    grain="one row per customer and as_of_date",
    write=Write.REPLACE_PARTITION,
    produced_by="build_features",
    read_by=("build_features", "build_labels", "train_segments", "train_scores", "score_customers", "watch_drift"),
    data_class=DataClass.DERIVED,
    retention_days=730,
):
    """Inputs of the models as they were known at the end of as_of_date; the project's features follow."""

    customer_id = key("string", "customer")
    as_of_date = partition("date", "last day the row may know", is_key=True)
    max_event_ts = time("timestamp", "latest event that entered the row, UTC")
    inputs_digest = column("string", "digest of tiles, identities and settings the date was built from; null in rows older than the column", nullable=True)


class CustomerLabels(
    Table,
    name="gold.customer_labels",
    grain="one row per customer, as_of_date and label",
    write=Write.REPLACE_PARTITION,
    produced_by="build_labels",
    read_by=("build_labels", "train_scores", "watch_drift"),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("label_value", at_least=0, at_most=1),),
):
    """Outcomes in the horizon after as_of_date, for customers in the label's population."""

    customer_id = key("string", "customer")
    as_of_date = partition("date", "last day before the horizon", is_key=True)
    label_name = key("string", "name of the score the label trains")
    label_value = column("int", "1 if the outcome happened in the horizon, else 0")
    horizon_days = column("int", "days after as_of_date until the outcome is known: gap, horizon, time for a response", unit="days")
    spent_amount = column("decimal(18,2)", "what was spent in the horizon; null where the label is no amount", nullable=True, unit="currency")
    after_days = column("int", "days from as_of_date to the first event that decided the label; null if none did", nullable=True, unit="days")


class LabelAudit(
    Table,
    name="gold.label_audit",
    grain="one row per as_of_date and label",
    write=Write.REPLACE_PARTITION,
    produced_by="build_labels",
    read_by=("build_labels",),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("coverage", at_least=0, at_most=1),),
):
    """For whom a label could be told, how often the outcome happened, and how long it took."""

    as_of_date = partition("date", "last day before the horizon", is_key=True)
    label_name = key("string", "label")
    population = column("bigint", "customers the label is defined for", unit="customers")
    excluded = column("bigint", "of these, left out by an exclusion", unit="customers")
    undecided = column("bigint", "of the others, those of whom what decides the label never came", unit="customers")
    labelled = column("bigint", "customers with a label", unit="customers")
    positives = column("bigint", "of these, those with label 1", unit="customers")
    coverage = column("double", "labelled over the population without the excluded; 1 if there is nobody", unit="0-1")
    middle_after_days = column("int", "half of the outcomes were decided so many days after as_of_date", nullable=True, unit="days")
    horizon_days = column("int", "days after as_of_date until the outcome is known", unit="days")


class LabelLeaks(
    Table,
    name="gold.label_leaks",
    grain="one row per as_of_date, label and feature",
    write=Write.REPLACE_PARTITION,
    produced_by="build_labels",
    read_by=(),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("auc", at_least=0.5, at_most=1),),
):
    """How well each single feature tells each outcome on the latest labelled date; one that tells it too well knows the future."""

    as_of_date = partition("date", "date the sample is of", is_key=True)
    label_name = key("string", "label")
    feature_name = key("string", "feature")
    auc = column("double", "area under the ROC curve of the feature alone, in its better direction", unit="0.5-1")
    sampled = column("bigint", "customers in the sample", unit="customers")
    positives = column("bigint", "of these, those with label 1", unit="customers")
    is_alarm = column("boolean", "the feature is beyond the limit and not trusted")


class FeatureStatistics(
    Table,
    name="gold.feature_statistics",
    grain="one row per as_of_date and feature",
    write=Write.REPLACE_PARTITION,
    produced_by="build_features",
    read_by=(),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("coverage", at_least=0, at_most=1), Check("drift_psi", at_least=0)),
):
    """How many customers a feature says something of, and how far it drifted since an earlier snapshot."""

    as_of_date = partition("date", "date of the features", is_key=True)
    feature_name = key("string", "feature")
    customers = column("bigint", "customers with a row on the date", unit="customers")
    coverage = column("double", "share of the customers with a value", unit="0-1")
    nonzero = column("double", "share of the customers with a value other than 0", unit="0-1")
    middle = column("double", "median of the sample; null for text", nullable=True)
    compared_date = column("date", "date the drift is measured from; null if there is none earlier", nullable=True)
    drift_psi = column("double", "population stability index between the two dates, in samples", nullable=True)
    chance_psi = column("double", "what the index exceeds once in twenty times if nothing changed", nullable=True)
