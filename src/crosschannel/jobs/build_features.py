"""Build the features of every customer as of the run's date and the snapshot dates before it.

Reads   silver.events; silver.identity_map
Writes  gold.customer_features, one row per customer of the population and as_of_date
Rerun   the same events give the same rows; the slices of the dates built are swapped whole
Submit  spark-submit --properties-file conf/spark/local.conf jobs/build_features.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import functions as F

from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.features.assemble import to_customer_features
from crosschannel.features.population import CUSTOMERS, REASON, only_customers, to_excluded_counts
from crosschannel.identity.attach import with_customer
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import FeaturesSettings, features_contract


def run(ctx: JobContext, settings: FeaturesSettings) -> None:
    """Compute all declared features for all dates in one pass and count who is left out."""
    events = ctx.read(Events)
    first_event_date = events.agg(F.min(Events.event_date)).collect()[0][0]
    as_of_dates = settings.as_of_dates(ctx.as_of_date, first_event_date)
    customer_events = events.transform(with_customer, identity_map=ctx.read(IdentityMap)).transform(only_customers)
    features = customer_events.transform(
        to_customer_features, settings=settings, as_of_dates=as_of_dates, first_event_date=first_event_date
    )
    ctx.write(features_contract(settings), features, slices=as_of_dates)
    excluded = customer_events.transform(to_excluded_counts, population=settings.population, as_of_dates=as_of_dates)
    for row in sorted(excluded.collect()):
        ctx.log(f"left out as of {row[0]}: {row[REASON]}", customers=row[CUSTOMERS])
    ctx.log("features built", dates=len(as_of_dates), features=len(settings.feature_columns()))


JOB = Job("build_features", run, settings=lambda project: project.features)
