"""What tiles have to hold so that every declared feature can be added up from them.

Invariant: equal plans have equal digests; a tile made by another plan, or by other code, is built anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from crosschannel.features.atoms import Atoms, atoms_of
from crosschannel.settings.conditions import Conditions
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.recipes import FeatureColumn, Latest, Quantity, Sequence, filters_of, totals_of


@dataclass(frozen=True)
class TilePlan:
    """Conditions, quantities, properties and moments that the features of a project ask for.

    Attributes
    ----------
    atoms
        The distinct conditions of all filters.
    quantities
        What is added up; lines cost a pass over the purchases and are left out unless wanted.
    stated
        Properties of profile events whose latest value is a feature.
    timed
        Filters whose events keep their moment: the steps of sequences, and what must not stand between.
    """

    atoms: Atoms
    quantities: frozenset[Quantity]
    stated: tuple[str, ...]
    timed: tuple[Conditions, ...]

    def digest(self, code: str) -> str:
        """Name the plan and the code that carries it out."""
        parts = (self.atoms.conditions, sorted(self.quantities), self.stated, self.timed, code)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def plan_of(settings: FeaturesSettings) -> TilePlan:
    """Return the plan of a project."""
    return plan_of_features(settings.feature_columns())


def plan_of_features(features: Iterable[FeatureColumn]) -> TilePlan:
    """Return the plan of some features."""
    recipes = [f.recipe for f in features]
    sequences = [r for r in recipes if isinstance(r, Sequence)]
    return TilePlan(
        atoms=atoms_of(where for r in recipes for where in filters_of(r)),
        quantities=frozenset(total.quantity for r in recipes for total in totals_of(r)),
        stated=tuple(sorted({r.property for r in recipes if isinstance(r, Latest)})),
        timed=tuple(sorted({where for r in sequences for where in filters_of(r)})),
    )
