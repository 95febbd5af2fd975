"""Build the features of every customer as of the run's date and the snapshot dates before it.

Reads   silver.events, only the days that gained events; silver.identity_map and silver.identity_history,
        for whose identifiers they were known to be; its own last tiles and features
Writes  gold.activity_tiles, daily sums, the slices of the days that changed;
        gold.customer_features, one row per customer of the population and as_of_date;
        gold.feature_statistics, coverage and drift of each feature of the run's date
Rerun   the same events give the same rows; slices of days and dates whose inputs changed are swapped whole
Submit  spark-submit --properties-file conf/spark/local.conf jobs/build_features.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import functions as F

from crosschannel.contracts.silver import Events
from crosschannel.features.plan import plan_of
from crosschannel.jobs.cataloguing import measure_features
from crosschannel.jobs.tiling import build_dates, repair_tiles
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import FeaturesSettings


def run(ctx: JobContext, settings: FeaturesSettings) -> None:
    """Bring the daily tiles up to date, add the dates that changed up from them, and count who is left out."""
    rules = repair_tiles(ctx, plan_of(settings))
    first_event_date = ctx.read(Events).agg(F.min(Events.event_date)).collect()[0][0]
    as_of_dates = settings.as_of_dates(ctx.as_of_date, first_event_date)
    if ctx.as_of_date in build_dates(ctx, settings, as_of_dates, rules, first_event_date):
        measure_features(ctx, settings, as_of_dates)


JOB = Job("build_features", run, settings=lambda project: project.features)
