"""Gold: what is known of a customer on a day, and what happened after it."""

from crosschannel.contracts.column import column, key, partition, time
from crosschannel.contracts.table import Check, DataClass, Table, Write


class CustomerFeatures(
    Table,
    name="gold.customer_features",
    grain="one row per customer and as_of_date",
    write=Write.REPLACE_PARTITION,
    produced_by="build_features",
    read_by=("build_labels", "train_segments", "train_scores", "score_customers", "watch_drift"),
    data_class=DataClass.DERIVED,
    retention_days=730,
):
    """Inputs of the models as they were known at the end of as_of_date; the project's features follow."""

    customer_id = key("string", "customer")
    as_of_date = partition("date", "last day the row may know", is_key=True)
    max_event_ts = time("timestamp", "latest event that entered the row, UTC")


class CustomerLabels(
    Table,
    name="gold.customer_labels",
    grain="one row per customer, as_of_date and label",
    write=Write.REPLACE_PARTITION,
    produced_by="build_labels",
    read_by=("train_scores", "watch_drift"),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("label_value", at_least=0, at_most=1),),
):
    """Outcomes in the horizon after as_of_date, for customers in the label's population."""

    customer_id = key("string", "customer")
    as_of_date = partition("date", "last day before the horizon", is_key=True)
    label_name = key("string", "name of the score the label trains")
    label_value = column("int", "1 if the outcome happened in the horizon, else 0")
    horizon_days = column("int", "length of the horizon", unit="days")
