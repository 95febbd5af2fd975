import pytest

from crosschannel.errors import UsageError
from crosschannel.shipped import checkout_or_here, shipped_conf


def test_the_shipped_configuration_is_found_from_a_checkout() -> None:
    assert shipped_conf("spark/local.conf").is_file()
    assert (checkout_or_here() / "pyproject.toml").is_file()


def test_a_configuration_nobody_ships_is_refused() -> None:
    with pytest.raises(UsageError, match="no 'martian'"):
        shipped_conf("martian")
