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
    bias = column("double", "margin before anything is known of a customer; bias and contributions add up to margin", unit="log-odds")
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


class ModelStudies(
    Table,
    name="ml.model_studies",
    grain="one row per model version, study, variant and metric",
    write=Write.APPEND_NEW,
    produced_by="train_scores",
    read_by=("train_scores",),
    data_class=DataClass.RELEASE,
    checks=(Check("study", is_in=("channel", "without_family", "baseline")), Check("metric", is_in=("auc", "log_loss", "lift_10"))),
):
    """What a model's features are worth: the same task learned from one channel, without one family, or by logistic regression, beside the whole."""

    model_name = key("string", "registered name")
    model_version = key("string", "version the study was made beside")
    study = key("string", "channel: single channels and all; without_family: all but one family; baseline: logistic regression")
    variant_name = key("string", "channel, family, all or logistic")
    metric = key("string", "auc, log_loss or lift_10")
    whole_minus_variant = column("double", "metric of all features minus metric of the variant, on the same customers")
    low = column("double", "lower end of its 95 % interval, by a paired bootstrap over customers")
    high = column("double", "upper end of its 95 % interval")
    variant_auc = column("double", "area under the ROC curve of the variant", unit="0-1")
    variant_auc_low = column("double", "lower end of its 95 % interval", unit="0-1")
    variant_auc_high = column("double", "upper end of its 95 % interval", unit="0-1")
    features = column("int", "features the variant may read")
    customers = column("bigint", "customers it was judged on", unit="customers")
    as_of_date = column("date", "last day the training data may know")
