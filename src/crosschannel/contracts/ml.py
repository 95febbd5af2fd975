"""ML: models by content, what they measured, and what they said."""

from crosschannel.contracts.column import column, key, partition
from crosschannel.contracts.table import Check, DataClass, Table, Write


class Models(
    Table,
    name="ml.models",
    grain="one row per trained model version",
    write=Write.APPEND_NEW,
    produced_by="train_scores",
    read_by=("train_scores", "score_customers", "watch_drift"),
    data_class=DataClass.RELEASE,
):
    """Scoring models in their native format, named by the hash of their content."""

    model_name = key("string", "registered name, one per score")
    model_version = key("string", "first 12 hex digits of the SHA-256 of content and description")
    sha256 = column("string", "SHA-256 of content")
    format = column("string", "ubj for boosted trees, json for everything else")
    content = column("binary", "the model itself; cannot run code on load")
    description = column("string", "features, types, levels, calibration and constraints as JSON")
    as_of_date = column("date", "last day the training data may know")


class SegmentModels(
    Table,
    name="ml.segment_models",
    grain="one row per trained segment model version",
    write=Write.APPEND_NEW,
    produced_by="train_segments",
    read_by=("train_segments", "train_scores", "score_customers", "watch_drift"),
    data_class=DataClass.RELEASE,
):
    """Centres, scaling and segment ids of a clustering, as JSON."""

    model_version = key("string", "first 12 hex digits of the SHA-256 of content")
    content = column("string", "preprocessing, centres, segment ids and names as JSON")
    choice = column("string", "what was measured for every number of segments, and why this one, as JSON")
    as_of_date = column("date", "last day the training data may know")
    k = column("int", "number of segments")


class SegmentProfiles(
    Table,
    name="ml.segment_profiles",
    grain="one row per segment and model version",
    write=Write.APPEND_NEW,
    produced_by="train_segments",
    read_by=("publish_segments",),
    data_class=DataClass.RELEASE,
):
    """What each segment is like, and the name computed from it."""

    model_version = key("string", "segment model version")
    segment_id = key("string", "stable id of the segment, kept through retraining")
    segment_name = column("string", "name computed from the profile")
    description = column("string", "the segment in plain words")
    customers = column("bigint", "customers of the training date", unit="customers")
    share = column("double", "share of all customers of that date", unit="0-1")
    preferred_channel = column("string", "channel with the highest over-index, or multi-channel")
    traits = column("array<struct<feature:string,effect:double,segment_mean:double,population_mean:double>>", "features that set the segment apart, strongest first")
    aligned_from = column("string", "segment of the version before that it continues; null if new", nullable=True)


class ModelMetrics(
    Table,
    name="ml.model_metrics",
    grain="one row per model version, slice and metric",
    write=Write.MERGE,
    produced_by="train_scores",
    read_by=("watch_drift",),
    data_class=DataClass.RELEASE,
):
    """What training measured on customers and dates the model had not seen."""

    model_name = key("string", "registered name")
    model_version = key("string", "model version")
    slice = key("string", "all, or column=value")
    metric = key("string", "name of the measure")
    value = column("double", "measured value")


class CustomerSegments(
    Table,
    name="ml.customer_segments",
    grain="one row per customer and as_of_date",
    write=Write.REPLACE_PARTITION,
    produced_by="score_customers",
    read_by=("publish_segments",),
    data_class=DataClass.DERIVED,
    retention_days=730,
):
    """The segment each customer falls into on a day, and how clearly."""

    customer_id = key("string", "customer")
    as_of_date = partition("date", "day of the features", is_key=True)
    segment_id = column("string", "stable id of the segment")
    distance = column("double", "distance to the centre in scaled units")
    confidence = column("double", "1 - distance to nearest centre / distance to second nearest", unit="0-1")
    model_version = column("string", "segment model version")


class CustomerScores(
    Table,
    name="ml.customer_scores",
    grain="one row per customer, as_of_date and score",
    write=Write.REPLACE_PARTITION,
    produced_by="score_customers",
    read_by=("publish_segments",),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("decile", at_least=1, at_most=10), Check("probability", at_least=0, at_most=1)),
):
    """What the champion of each score said of each customer on a day."""

    customer_id = key("string", "customer")
    as_of_date = partition("date", "day of the features", is_key=True)
    score_name = key("string", "purchase, churn, omnichannel, ...")
    score = column("double", "probability, or the 0-100 omnichannel score")
    probability = column("double", "calibrated probability of the outcome", unit="0-1")
    outcome_value = column("double", "what the outcome is worth, if scores.yaml says so", nullable=True)
    decile = column("int", "1 is the tenth of customers with the highest score")
    model_name = column("string", "registered name")
    model_version = column("string", "model version")


class DriftReferences(
    Table,
    name="ml.drift_references",
    grain="one row per model version",
    write=Write.APPEND_NEW,
    produced_by="watch_drift",
    read_by=("watch_drift",),
    data_class=DataClass.RELEASE,
):
    """What the world looked like when a model was trained, counted in bins: what later days are held against."""

    model_name = key("string", "registered name; segments for the segmentation")
    model_version = key("string", "model version")
    reference_date = column("date", "day the counts are of")
    content = column("string", "bin ends and counts of features, probabilities or distances, as JSON")


class DriftReport(
    Table,
    name="ml.drift_report",
    grain="one row per as_of_date, model, measure and subject",
    write=Write.REPLACE_PARTITION,
    produced_by="watch_drift",
    read_by=(),
    data_class=DataClass.DERIVED,
    retention_days=730,
):
    """Everything the drift watch measured of the models in use, each value beside its bound and its chance level."""

    as_of_date = partition("date", "day that was held against training", is_key=True)
    model_name = key("string", "registered name; segments for the segmentation")
    measure = key("string", "feature, score, ranking, rate, calibration, segment_share, radius or age")
    subject = key("string", "which feature, segment or figure")
    model_version = column("string", "model version")
    measured_value = column("double", "what was measured: a stability index for features, probabilities and shares")
    bound = column("double", "beyond it the value alarms")
    chance = column("double", "what chance alone reaches: in one case of twenty for a stability index, of a thousand for the others", nullable=True)
    is_alarm = column("boolean", "whether the value is beyond bound and chance")
    note = column("string", "figures behind the value", nullable=True)


class DriftVerdicts(
    Table,
    name="ml.drift_verdicts",
    grain="one row per as_of_date and model",
    write=Write.REPLACE_PARTITION,
    produced_by="watch_drift",
    read_by=(),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("verdict", is_in=("keep", "recalibrate", "retrain")),),
):
    """What is to be done about each model in use, and what that rests on."""

    as_of_date = partition("date", "day that was held against training", is_key=True)
    model_name = key("string", "registered name; segments for the segmentation")
    model_version = column("string", "model version")
    verdict = column("string", "keep, recalibrate or retrain")
    rests_on = column("string", "the findings the verdict rests on")
    reference_date = column("date", "day of the reference")
