"""Build the labels of every date whose horizon lies inside the data.

Reads   silver.events; silver.identity_map; gold.customer_features (which customers, which dates)
Writes  gold.customer_labels, one row per customer in a label's population, as_of_date and label
Rerun   the same input gives the same rows; the slices of all dates with features are swapped whole
Submit  spark-submit --properties-file conf/spark/local.conf jobs/build_labels.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.features.labels import complete_dates, to_customer_labels
from crosschannel.identity.attach import with_customer
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import OWN_ACTION_RECENCY
from crosschannel.settings.labels import LabelsSettings


def run(ctx: JobContext, settings: LabelsSettings) -> None:
    """Label the customers of each population on each date with features, and say which dates must wait."""
    events = ctx.read(Events)
    features = ctx.read(CustomerFeatures.contract.completed([OWN_ACTION_RECENCY.column]))
    dates = features.select(CustomerFeatures.as_of_date).distinct()
    as_of_dates = sorted(row[0] for row in dates.collect() if row[0] <= ctx.as_of_date)
    last_event_date = events.agg(F.max(Events.event_date)).collect()[0][0]
    labels = events.transform(with_customer, identity_map=ctx.read(IdentityMap)).transform(
        to_customer_labels, features=features, labels=settings.labels, as_of_dates=as_of_dates, last_event_date=last_event_date
    )
    ctx.write(CustomerLabels, labels, slices=as_of_dates)
    for label in settings.labels:
        complete = complete_dates(label, as_of_dates, last_event_date)
        ctx.log(f"{label.name}: horizon of {label.horizon_days} days", dates=len(complete), dates_waiting=len(as_of_dates) - len(complete))


JOB = Job("build_labels", run, settings=lambda project: project.labels)
