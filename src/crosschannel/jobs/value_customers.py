"""Say of every customer who ordered how often they will order, and for how much; refuse to where no model holds.

Reads   silver.events; silver.identity_map and silver.identity_history, for whose identifiers they were
        known to be; silver.identity_aliases, to find the customers of the rehearsal again; silver.consents, to
        leave out who did not allow it
Writes  ml.value_models, the model or why it was refused; ml.customer_values, one row per customer of the day
Rerun   the day's slice is swapped whole: the same events, identities and settings give the same rows
Submit  spark-submit --properties-file conf/spark/cluster.conf jobs/value_customers.py --conf conf/demo --lake hdfs:///lake
"""

from __future__ import annotations

from crosschannel.contracts.values import CustomerValues, ValueModels
from crosschannel.io.staging import small_frame, staging
from crosschannel.jobs.consenting import permitted
from crosschannel.jobs.valuing import histories_of, only_day, to_value_rows, value_model_of
from crosschannel.models.rows import to_table
from crosschannel.models.value_report import Valued, model_rows, value_evidence
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.values import ValueCustomersSettings


def run(ctx: JobContext, given: ValueCustomersSettings) -> None:
    """Fit and judge the model, keep it, and value the customers of the day unless it is refused."""
    settings = given.values
    with staging() as keep:
        histories = histories_of(ctx, settings, keep)
        with permitted(ctx, histories, given.consent, "training") as learned:
            valued = value_model_of(ctx, settings, learned)
        ctx.tracker.log(value_evidence(valued))
        if valued.judgement:
            m = valued.judgement.measures
            ctx.check("orders foretold for the days held out", observed=m["orders/foretold"], expected=m["orders/came"], passed=True)
        ctx.write(ValueModels, to_table(ctx.spark, ValueModels, model_rows(valued)))
        nobody = small_frame(ctx.spark, [], CustomerValues.contract.columns)
        with permitted(ctx, histories.transform(only_day, ctx.as_of_date), given.consent, "scoring") as today:
            rows = nobody if valued.refusal else today.transform(to_value_rows, valued, settings)
            ctx.write(CustomerValues, rows, slices=[ctx.as_of_date])
    _say(ctx, valued)


def _say(ctx: JobContext, valued: Valued) -> None:
    if valued.refusal:
        return ctx.log(f"customers are not valued: {valued.refusal}")
    if valued.spend_refusal:
        ctx.log(f"orders are foretold without their value: {valued.spend_refusal}")
    boosted = valued.boosted
    ctx.log(f"trees on top are not in use: {boosted.refusal}" if boosted.boost is None else f"trees on top: deviance a customer {boosted.gap}")
    ctx.log("customers valued", customers=valued.model.customers, came_again=valued.model.repeaters)


JOB = Job(
    "value_customers", run, settings=lambda project: ValueCustomersSettings(values=project.values, consent=project.consent), optional="values.yaml",
)  # fmt: skip
