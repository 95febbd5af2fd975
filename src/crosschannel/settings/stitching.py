"""What stitching is told: ``identity.yaml``, and ``consent.yaml`` if a namespace asks for consent."""

from __future__ import annotations

from collections.abc import Callable

from crosschannel.errors import UsageError
from crosschannel.settings.consent import ConsentSettings
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.mistakes import Place
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.strict import Settings


class Stitching(Settings):
    """Who is who, and what people must have allowed; ``consent`` is empty unless a namespace names purposes."""

    identity: IdentitySettings
    consent: ConsentSettings = ConsentSettings()

    @property
    def needed(self) -> dict[str, tuple[str, ...]]:
        """Purposes by namespace, where there are any."""
        return {name: n.purposes for name, n in self.identity.namespaces.items() if n.purposes}


def refuse_undeclared_purposes(identity: IdentitySettings, consent: ConsentSettings, where: Callable[[Place], str]) -> None:
    """Refuse a purpose of a namespace that ``consent.yaml`` does not declare, or decides by channel."""
    choices = [name for name, purpose in consent.purposes.items() if not purpose.channels]
    for namespace, declared in identity.namespaces.items():
        for number, name in enumerate(declared.purposes):
            if name not in choices:
                place = ("namespaces", namespace, "purposes", number)
                problem = f"{'.'.join(map(str, place))}: {name!r} is no purpose without channels in consent.yaml"
                raise UsageError(f"{where(place)}: {problem}; {choose_from(name, choices)}")
