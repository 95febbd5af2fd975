"""A model of customer value as a table row and as evidence for its reviewer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crosschannel.contracts.values import FITTED, REFUSED, ValueModels
from crosschannel.models.cards import to_markdown
from crosschannel.models.evidence import CARD, Evidence, step_zero
from crosschannel.models.figures import ACCENT, INK, PALE, axes
from crosschannel.models.maximum import Fit
from crosschannel.models.order_model import NAMES as ORDER_NAMES
from crosschannel.models.spend_model import NAMES as SPEND_NAMES
from crosschannel.models.value_boost import Boosted
from crosschannel.models.value_boost_report import boost_evidence, boost_section
from crosschannel.models.value_judgement import ORDERS, VALUE, Judgement
from crosschannel.models.value_model import ValueModel, content_of
from crosschannel.settings.values import ValuesSettings

UNITS = {ORDERS: "days with an order", VALUE: "currency"}
LIMITS = (
    "An order is a day with at least one purchase; returns are not taken off and nothing is discounted. The model supposes that a customer orders at a "
    "steady rate until they leave, so it knows no seasons; trees, if in use, correct the orders it expects, not their value. Bounds are of the number of orders, at the mean value of an order."
)

NOT_VALUED = Boosted("customers are not valued")


@dataclass(frozen=True)
class Valued:
    """All that became of a day: the model in use, the one that was judged, and how it fared."""

    as_of_date: date
    cutoff: date
    settings: ValuesSettings
    model: ValueModel
    rehearsal: ValueModel
    judgement: Judgement | None = None
    day_unit: int = 1
    boosted: Boosted = NOT_VALUED

    @property
    def refusal(self) -> str:
        """Why nobody is valued; empty if customers are."""
        if self.rehearsal.refusal:
            return f"as of {self.cutoff}, before the days held out: {self.rehearsal.refusal}"
        return self.model.refusal or self._missed()

    @property
    def spend_refusal(self) -> str:
        """Why orders are foretold without their value; empty if both are."""
        return self.rehearsal.spend_refusal or self.model.spend_refusal

    @property
    def verdict(self) -> str:
        """Fitted or refused."""
        return REFUSED if self.refusal else FITTED

    @property
    def stored(self) -> tuple[str, str]:
        """Content and version."""
        return content_of(
            {
                "as_of": self.as_of_date, "settings": self.settings.model_dump(mode="json"), "model": self.model.as_dict(),
                "rehearsal": {"as_of": self.cutoff, **self.rehearsal.as_dict()}, "measures": self.judgement.measures if self.judgement else {},
                "verdict": self.verdict, "reason": self.refusal or self.spend_refusal, "days_rounded_to": self.day_unit, "boosted": self.boosted.as_dict(),
            }
        )  # fmt: skip

    def _missed(self) -> str:
        if self.judgement is None:
            return ""
        came, foretold = (self.judgement.measures[f"{ORDERS}/{n}"] for n in ("came", "foretold"))
        if abs(foretold - came) <= self.settings.max_total_gap * came:
            return ""
        return f"{foretold:,.0f} orders were foretold for the days held out and {came:,.0f} came, further apart than max_total_gap allows"


def model_rows(valued: Valued) -> Iterable[dict[str, Any]]:
    """Yield the row of ``ml.value_models``."""
    content, version = valued.stored
    yield {
        ValueModels.model_version: version,
        ValueModels.content: content,
        ValueModels.verdict: valued.verdict,
        ValueModels.reason: valued.refusal or valued.spend_refusal,
        ValueModels.as_of_date: valued.as_of_date,
    }


def value_evidence(valued: Valued) -> Evidence:
    """Gather what a reviewer of the values needs."""
    model, settings, judgement = valued.model, valued.settings, valued.judgement
    fits = {**_named(model.orders_fit, ORDER_NAMES), **_named(model.spend_fit, SPEND_NAMES)}
    metrics = {"customers": model.customers, "repeaters": model.repeaters, **{f"parameter/{n}": p for n, (p, _) in fits.items()}}
    metrics |= {f"log_likelihood/{n}": f.log_likelihood for n, f in ((ORDERS, model.orders_fit), (VALUE, model.spend_fit)) if f}
    deciles = judgement.deciles if judgement else {}
    boost = boost_evidence(valued.boosted)
    return Evidence(
        params={"as_of_date": valued.as_of_date, "horizon_days": settings.horizon_days, "holdout_days": settings.holdout_days, "starts": 3,
                "interval": settings.interval, "days_rounded_to": valued.day_unit},
        metrics=step_zero(metrics | (judgement.measures if judgement else {})) + boost.metrics,
        tags={"model_version": valued.stored[1], "verdict": valued.verdict, "refused": valued.refusal, "value_refused": valued.spend_refusal, **boost.tags},
        figures={f"{what}_by_decile.png": deciles_figure(what, tenths) for what, tenths in deciles.items()} | boost.figures,
        texts={CARD: _card(valued, fits)},
        dicts={"deciles.json": deciles},
    )  # fmt: skip


def deciles_figure(what: str, tenths: Sequence[tuple[float, float]]) -> Any:
    """Draw what was foretold beside what came, by tenth of the customers, highest first."""
    figure, ax = axes()
    places = range(1, len(tenths) + 1)
    ax.bar(places, [came for _, came in tenths[::-1]], color=PALE, label="came in the days held out")
    ax.plot(places, [foretold for foretold, _ in tenths[::-1]], "o-", color=INK, label="foretold before them")
    mean = sum(came for _, came in tenths) / len(tenths)
    ax.axhline(mean, color=ACCENT, linestyle="--", label=f"everybody: {mean:,.2f}")
    ax.set(xlabel="decile, 1 is the highest prediction", ylabel=f"mean {UNITS[what]}", title=f"Foretold and come: {what} by decile", xticks=places)
    ax.legend()
    return figure


def _named(fit: Fit | None, names: Sequence[str]) -> dict[str, tuple[float, float | None]]:
    """Return each parameter with the standard error of its logarithm."""
    if fit is None:
        return {}
    return {name: (fit.parameters[i], fit.errors[i] if fit.errors else None) for i, name in enumerate(names)}


def _card(valued: Valued, fits: dict[str, tuple[float, float | None]]) -> str:
    settings = valued.settings
    title = f"# Customer value {valued.stored[1]}\n\n**Verdict: {valued.verdict}.** {valued.refusal or valued.spend_refusal or 'Orders and their value are foretold'}."
    purpose = (
        f"What each of {valued.model.customers:,} customers, {valued.model.repeaters:,} of whom ordered again, is expected to bring in the "
        f"{settings.horizon_days} days after {valued.as_of_date}: BG/NBD for orders, Gamma-Gamma for their value. Judged by a fit as of {valued.cutoff} "
        f"on the {settings.holdout_days} days after it, with the identities known then."
    )
    parts = [title, "## Purpose and population", purpose, "## Parameters", _parameters(fits)]
    if valued.judgement:
        parts += ["## On the days held out", _measured(valued.judgement), "## Trees on top", *boost_section(valued.boosted, valued.judgement)]
    return "\n\n".join([*parts, "## Limits", LIMITS]) + "\n"


def _parameters(fits: dict[str, tuple[float, float | None]]) -> str:
    rows = [(name, f"{value:.4f}", "" if error is None else f"{error:.1%}") for name, (value, error) in fits.items()]
    return to_markdown(("parameter", "value (times in days)", "standard error"), rows)


def _measured(judgement: Judgement) -> str:
    rows = []
    for what in judgement.deciles:
        m = {name.removeprefix(f"{what}/"): value for name, value in judgement.measures.items() if name.startswith(f"{what}/")}
        rows += [
            (f"{what}: model", f"{m['foretold']:,.0f}", f"{m['total_ratio']:.2f}", f"{m['gini']:.3f}", f"{m['mae']:,.3f}", f"{m['rmse']:,.3f}"),
            (f"{what}: own rate so far", f"{m['rate_foretold']:,.0f}", f"{m['rate_total_ratio']:.2f}", f"{m['rate_gini']:.3f}", f"{m['rate_mae']:,.3f}", f"{m['rate_rmse']:,.3f}"),
            (f"{what}: nothing", "0", "0.00", "0.000", f"{m['zero_mae']:,.3f}", f"{m['zero_rmse']:,.3f}"),
            (f"{what}: came", f"{m['came']:,.0f}", "1.00", "1.000", "", ""),
        ]  # fmt: skip
    bounds = "; ".join(f"{what} of {judgement.measures[f'{what}/between_bounds']:.1%} of the customers came between the bounds" for what in judgement.deciles)
    return to_markdown(("", "total", "of what came", "normalised Gini", "mean error", "root mean square error"), rows) + f"\n\n{bounds[0].upper()}{bounds[1:]}."
