"""``holdouts.yaml``: which share of customers is left alone, so that what messages bring can be measured.

The file is optional. Arms are drawn by hash, so nothing has to be remembered but the lot of each
customer; ``docs/holdouts.md`` tells what may be changed later and what may not.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from crosschannel.contracts.activation import CAMPAIGN, EVERYTHING
from crosschannel.settings.families import Name
from crosschannel.settings.strict import Settings

DRAW_BITS = 52  # a lot is one of 2**52 places; few enough for a double, many enough for any share
Share = Annotated[float, Field(gt=0, le=0.5)]


class GlobalControl(Settings):
    """A control group that gets no message at all. Another ``name`` draws another group."""

    share: Share
    name: Name = "global_control"


class CampaignHoldout(Settings):
    """A control group that gets nothing of one campaign."""

    name: Name
    share: Share


class HoldoutRule(Settings):
    """One holdout, ready to be drawn."""

    name: Name
    covers: str
    share: Share
    salt: str

    @property
    def places(self) -> int:
        """How many of the 2**52 places belong to the control group."""
        return int(Decimal(str(self.share)) * 2**DRAW_BITS)

    @property
    def salt_hash(self) -> str:
        """Digest of the salt, as it is kept beside what was drawn."""
        return hashlib.sha256(self.salt.encode()).hexdigest()[:16]


class HoldoutsSettings(Settings):
    """All holdouts of a project.

    ``salt`` is no secret: who is in which arm stands in a table. Another salt draws other customers,
    so it never changes while something is being measured.
    """

    salt: Annotated[str, Field(min_length=4, max_length=100)]
    global_control: GlobalControl | None = None
    campaigns: tuple[CampaignHoldout, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        names = [rule.name for rule in self.rules]
        if not names:
            raise ValueError("nothing is held out: name a global_control or campaigns, or remove the file")
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"two holdouts are called {', '.join(twice)}")
        return self

    @property
    def rules(self) -> tuple[HoldoutRule, ...]:
        """All holdouts: the global one first, then campaigns as they stand."""
        everyone = self.global_control
        first = () if everyone is None else (HoldoutRule(name=everyone.name, covers=EVERYTHING, share=everyone.share, salt=self.salt),)
        return (*first, *(HoldoutRule(name=c.name, covers=CAMPAIGN, share=c.share, salt=self.salt) for c in self.campaigns))
