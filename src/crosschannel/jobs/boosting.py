"""Part of ``value_customers``: trees on top of the closed form, used only where they foretell held-out days clearly better.

They are judged as the closed form is, on days they have not seen: trees that know the days up to
the cutoff foretell the days after it. Only if these are better are trees learned from the days after the cutoff,
for the days to come.
"""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.customers import IdentityAliases
from crosschannel.contracts.values import OrderHistories
from crosschannel.features.labels import with_living_id
from crosschannel.models.value_boost import Boost, Boosted
from crosschannel.models.value_groups import order_groups
from crosschannel.models.value_judgement import ORDERS, Judgement, judged
from crosschannel.models.value_lessons import counts_of, deviance_gap, fitted_boost, to_lessons, with_outcome
from crosschannel.models.value_model import ValueModel, fit_values, to_values
from crosschannel.runtime.context import JobContext
from crosschannel.settings.values import BoostSettings, ValuesSettings


def days_of(ctx: JobContext, settings: ValuesSettings) -> tuple[date, ...]:
    """Return the days whose histories are wanted: the as-of date, the cutoff, and what the trees are rehearsed on."""
    step = timedelta(days=settings.holdout_days)
    return tuple(ctx.as_of_date - step * n for n in range(2 if settings.boost is None else 3))


def boosted_of(ctx: JobContext, settings: ValuesSettings, histories: DataFrame, rehearsal: ValueModel, plain: Judgement) -> Boosted:
    """Rehearse the trees on the days held out; learn those for the days to come if they did clearly better.

    Parameters
    ----------
    rehearsal, plain
        The closed form of the cutoff, and how it fared.
    """
    wanted = settings.boost
    if wanted is None:
        return Boosted("values.yaml says boost: null")
    today, cutoff, earlier = days_of(ctx, settings)
    before = fit_values(order_groups(_only(histories, earlier), settings.max_groups)[0].get(earlier), None, settings, currencies=1)
    if before.refusal:
        return Boosted(f"as of {earlier}, from which they would learn: {before.refusal}")
    rehearsed, refusal, set_aside = _learned(ctx, settings, wanted, histories, before, (earlier, cutoff))
    if rehearsed is None:
        return Boosted(refusal, set_aside=set_aside)
    then = _only(histories, cutoff).transform(to_values, rehearsal, days=settings.holdout_days, share=settings.interval, boost=rehearsed)
    living, came = then.transform(with_living_id, ctx.read(IdentityAliases)), _only(histories, today)
    judgement, gap = judged(living, came, with_value=rehearsal.spend is not None), deviance_gap(living, came)
    verdict = Boosted(_not_better(gap.value, gap.high, judgement, plain, settings), None, gap, judgement, set_aside, rehearsed.losses)
    if verdict.refusal:
        return verdict
    boost, refusal, set_aside = _learned(ctx, settings, wanted, histories, rehearsal, (cutoff, today))
    return Boosted(refusal, boost, gap, judgement, set_aside, rehearsed.losses)


def _learned(
    ctx: JobContext, settings: ValuesSettings, wanted: BoostSettings, histories: DataFrame, model: ValueModel, days: tuple[date, date]
) -> tuple[Boost | None, str, int]:
    """Learn from what customers of one day did up to another; the trees or why there are none, and who was set aside."""
    assert model.orders is not None  # a refused model teaches nothing
    aliases = ctx.read(IdentityAliases)
    told = _only(histories, days[0])
    lessons = told.transform(to_lessons, model.orders, days=settings.holdout_days).transform(with_living_id, aliases)
    lessons = lessons.transform(with_outcome, _only(histories, days[1]).transform(with_living_id, aliases))
    customers, buyers = counts_of(lessons)
    set_aside = told.count() - customers
    if min(buyers, customers - buyers) < settings.min_repeaters:
        said = f"of {customers:,} customers as of {days[0]} {buyers:,} ordered by {days[1]}; {settings.min_repeaters:,} who did and who did not are needed"
        return None, said, set_aside
    return fitted_boost(lessons, wanted, (customers, buyers), days=settings.holdout_days, seed=ctx.seed), "", set_aside


def _not_better(gap: float, highest: float, judgement: Judgement, plain: Judgement, settings: ValuesSettings) -> str:
    if highest >= 0:
        return f"not clearly better than the closed form: deviance a customer {gap:+.4f}, and up to {highest:+.4f} by chance"
    came = plain.measures[f"{ORDERS}/came"]
    if abs(judgement.measures[f"{ORDERS}/foretold"] - came) > settings.max_total_gap * came:
        return "orders foretold for the days held out are further from those that came than max_total_gap allows"
    return ""


def _only(histories: DataFrame, day: date) -> DataFrame:
    return histories.where(F.col(OrderHistories.as_of_date) == F.lit(day))
