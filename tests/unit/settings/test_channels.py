"""A project may bring channels of its own; a name that is almost a known one is a slip."""

import pytest

from crosschannel.contracts.silver import CHANNELS
from crosschannel.settings.channels import looks_misspelt


@pytest.mark.parametrize("name", [*CHANNELS, "voice_assistant", "kiosk", "tv", "push", "chat", "store_app", "app_ios", "ads_tv", "web_shop"])
def test_known_and_new_names_are_meant_as_they_stand(name: str) -> None:
    assert not looks_misspelt(name)


@pytest.mark.parametrize("name", ["wep", "stor", "e-mail", "mail", "Web", "calls", "", "voice assistant", "7eleven"])
def test_slips_and_what_is_no_name_are_refused(name: str) -> None:
    assert looks_misspelt(name)
