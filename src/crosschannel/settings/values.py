"""``values.yaml``: for what time customers are valued, by which orders, and when the model is refused.

The file may be absent; then nobody is valued.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crosschannel.contracts.silver import Events
from crosschannel.settings.conditions import Where, on
from crosschannel.settings.consent import ConsentSettings
from crosschannel.settings.strict import Settings

Days = Annotated[int, Field(ge=1, le=1095)]


class BoostSettings(Settings):
    """Trees that correct the expected orders, where they foretell the days held out clearly better than the closed form.

    ``workers`` Spark tasks fit them at once, and are part of the result.
    """

    workers: int = Field(default=2, ge=1)
    max_rounds: int = Field(default=200, ge=1)
    early_stopping_rounds: int = Field(default=15, ge=1)
    learning_rate: float = Field(default=0.1, gt=0, le=1)
    max_depth: int = Field(default=3, ge=1, le=8)
    min_child_weight: float = Field(default=20.0, ge=0)
    l2: float = Field(default=5.0, ge=0)


class ValuesSettings(Settings):
    """Orders, horizon, the days held out to judge, and the bounds beyond which a model is refused.

    An order is a day with at least one event of ``orders``; its value is the sum of their
    ``order_amount``. ``max_groups`` is what the driver holds: customers with the same history are
    one group.
    ``boost`` looks at the histories of one more holdout before.
    """

    orders: Where = on(Events.verb, "purchase")
    horizon_days: Days = 84
    holdout_days: Days = 84
    interval: float = Field(default=0.8, gt=0, lt=1)
    identified_only: bool = True
    min_repeaters: int = Field(default=100, ge=10)
    max_correlation: float = Field(default=0.2, gt=0, le=1)
    max_total_gap: float = Field(default=0.25, gt=0)  # orders foretold against orders that came, over all customers
    max_groups: int = Field(default=500_000, ge=1_000, le=5_000_000)
    boost: BoostSettings | None = BoostSettings()  # null switches them off


class ValueCustomersSettings(Settings):
    """What ``value_customers`` needs of a project."""

    values: ValuesSettings
    consent: ConsentSettings = ConsentSettings()
