"""Acting on scores: why each customer has a score, whom to act on first, and what joining channels is worth."""

from crosschannel.contracts.column import column, key, partition
from crosschannel.contracts.table import Check, DataClass, Table, Write

METHODS = ("exact", "approximate")


class ScoreReasons(
    Table,
    name="ml.score_reasons",
    grain="one row per customer, as_of_date and score",
    write=Write.REPLACE_PARTITION,
    produced_by="score_customers",
    read_by=("publish_segments",),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("method", is_in=METHODS),),
):
    """What made up each customer's score: contributions of families of features, and the strongest in words."""

    customer_id = key("string", "customer")
    as_of_date = partition("date", "day of the features", is_key=True)
    score_name = key("string", "name of the score")
    method = column("string", "exact Shapley values, or approximate ones along the paths of the trees")
    margin = column("double", "log-odds before calibration", unit="log-odds")
    bias = column("double", "margin of a customer of whom nothing is known; bias and contributions add up to margin", unit="log-odds")
    contributions = column("map<string,double>", "what each family of features adds to margin; withheld is what fairness groups may not be told of", unit="log-odds")
    reasons = column("array<struct<family:string,sign:int,contribution:double,phrase:string>>", "strongest families first; sign is 1 if they raise the score, -1 if they lower it")
    model_version = column("string", "model version")


class ActionLists(
    Table,
    name="serving.action_lists",
    grain="one row per list and customer of the current release",
    write=Write.REPLACE,
    produced_by="publish_segments",
    read_by=("publish_segments",),
    data_class=DataClass.RELEASE,
):
    """Lead queue, churn alerts and other lists of scores.yaml: as many customers as there is capacity for, first to act on first."""

    list_name = key("string", "name of the list")
    customer_id = key("string", "customer")
    place = column("int", "1 is to be acted on first")
    expected_value = column("double", "probability times worth; ties are broken by a hash of the customer")
    probability = column("double", "calibrated probability of the outcome", unit="0-1")
    outcome_value = column("double", "what the outcome is worth; 1 if scores.yaml says nothing")
    score_name = column("string", "score the list is made by")
    segment_id = column("string", "stable id of the customer's segment", nullable=True)
    drivers = column("array<string>", "what raises the score most, in words; empty if nothing does")
    cautions = column("array<string>", "what lowers it most, in words")
    method = column("string", "how the drivers were counted: exact or approximate")
    candidates = column("bigint", "customers the list was cut from", unit="customers")
    model_version = column("string", "model version")
    as_of_date = column("date", "last day the row knows")
    release_id = column("string", "release the row was published with")
