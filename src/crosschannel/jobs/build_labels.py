"""Build the labels of every date whose horizon lies inside the data, and audit them.

Reads   silver.events; silver.identity_map and silver.identity_aliases, for who a customer is now;
        gold.customer_features (which customers, which dates); its own gold.label_audit
Writes  gold.label_audit and gold.label_leaks, coverage, delay and leakage of every label; then
        gold.customer_labels, one row per customer in a label's population, as_of_date and label
Rerun   the same input gives the same rows; the slices of the run's dates, and of dates without labels, are swapped whole
Submit  spark-submit --properties-file conf/spark/local.conf jobs/build_labels.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import functions as F

from crosschannel.contracts.customers import IdentityAliases
from crosschannel.contracts.gold import CustomerLabels, LabelAudit
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.features.label_audit import to_label_audit
from crosschannel.features.labels import complete_dates, to_customer_labels, to_judged, with_living_id
from crosschannel.identity.attach import with_customer
from crosschannel.io.staging import staging
from crosschannel.jobs.labelling import check_coverage, dates_to_label, refuse_leaks
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import features_contract
from crosschannel.settings.labels import BuildLabelsSettings


def run(ctx: JobContext, settings: BuildLabelsSettings) -> None:
    """Label the customers of each population on each date with features, refuse what cannot be true, and say which dates must wait."""
    events, features, labels = ctx.read(Events), ctx.read(features_contract(settings.features)), settings.labels.labels
    first, last_event_date = events.agg(F.min(Events.event_date), F.max(Events.event_date)).collect()[0]
    dates = dates_to_label(ctx, features, settings.features.as_of_dates(ctx.as_of_date, first))
    if not dates:
        ctx.log("no date with features to label")
        return
    customers = features.transform(with_living_id, ctx.read(IdentityAliases))
    own = events.transform(with_customer, identity_map=ctx.read(IdentityMap))
    with staging() as keep:
        judged = keep(own.transform(to_judged, features=customers, labels=labels, as_of_dates=dates, last_event_date=last_event_date))
        audit = ctx.write(LabelAudit, judged.transform(to_label_audit), slices=dates)
        outcomes = judged.transform(to_customer_labels)
        refuse_leaks(ctx, settings, features, outcomes)
        check_coverage(ctx, settings.labels, audit, dates)
        ctx.write(CustomerLabels, outcomes, slices=dates)
    for label in labels:
        complete = complete_dates(label, dates, last_event_date)
        ctx.log(f"{label.name}: horizon of {label.days_until_known} days", dates=len(complete), dates_waiting=len(dates) - len(complete))


JOB = Job("build_labels", run, settings=lambda p: BuildLabelsSettings(features=p.features, labels=p.labels))
