"""Names of channels: the known ones, and any a project brings by its sources alone.

A name that is written almost like a known channel is taken for a mistake, since a misspelt
channel would otherwise be a channel of its own that no feature sees.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator

from crosschannel.contracts.silver import CHANNELS
from crosschannel.settings.mistakes import mistake

SLIP, SLIP_OF_A_COMPOUND = 0.6, 0.85  # likeness from which a name is taken for a slip; store_app is meant as it stands
CUSTOM = re.compile(r"[a-z][a-z0-9_]*")


def looks_misspelt(name: str) -> bool:
    """Tell whether a name is no known channel, and either is written like one or is no name at all."""
    likeness = SLIP_OF_A_COMPOUND if "_" in name else SLIP
    return name not in CHANNELS and (CUSTOM.fullmatch(name) is None or bool(get_close_matches(name, CHANNELS, n=1, cutoff=likeness)))


def _channel(name: str) -> str:
    if looks_misspelt(name):
        raise mistake((), name, "no known channel, and no name for one of your own (lower case, unlike the known ones)", CHANNELS)
    return name


Channel = Annotated[str, AfterValidator(_channel)]
