"""The audit of labels: for whom one could be told, how often the outcome happened, how long it took.

Input   judged customers (:mod:`crosschannel.features.labels`)
Output  ``gold.label_audit``
"""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerLabels, LabelAudit
from crosschannel.features.labels import EXCLUDED, LABELLED, STATUS, UNDECIDED

HALF = 0.5


def to_label_audit(judged: DataFrame) -> DataFrame:
    """Return one row per as_of_date and label."""
    status, value = F.col(STATUS), F.col(CustomerLabels.label_value)
    is_labelled = status == LABELLED
    counted = judged.groupBy(CustomerLabels.as_of_date, CustomerLabels.label_name).agg(
        F.count(F.lit(1)).alias(LabelAudit.population),
        F.count_if(status == EXCLUDED).alias(LabelAudit.excluded),
        F.count_if(status == UNDECIDED).alias(LabelAudit.undecided),
        F.count_if(is_labelled).alias(LabelAudit.labelled),
        F.count_if(is_labelled & (value == 1)).alias(LabelAudit.positives),
        F.percentile(F.when(is_labelled, F.col(CustomerLabels.after_days)), F.lit(HALF)).cast("int").alias(LabelAudit.middle_after_days),
        F.max(CustomerLabels.horizon_days).alias(LabelAudit.horizon_days),
    )
    eligible = F.col(LabelAudit.population) - F.col(LabelAudit.excluded)
    coverage = F.when(eligible > 0, F.col(LabelAudit.labelled) / eligible).otherwise(F.lit(1.0))
    return counted.withColumn(LabelAudit.coverage, coverage).select(*LabelAudit.contract.columns)
