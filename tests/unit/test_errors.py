import os

import pytest

from crosschannel import errors
from crosschannel.errors import ContractError, CrosschannelError, QualityError

ALL = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, CrosschannelError)]


def test_every_error_has_one_root_and_an_exit_code() -> None:
    codes = {e.__name__: e.exit_code for e in ALL if e is not ContractError}
    assert len(set(codes.values())) == len(codes), "one code, one meaning"
    assert codes.pop("ResourceError") == os.EX_TEMPFAIL, "what schedulers take for: try again later"
    assert all(0 < code < 64 for code in codes.values())


@pytest.mark.parametrize("error", ALL, ids=lambda e: e.__name__)
def test_the_tree_in_the_docstring_names_every_error(error: type[CrosschannelError]) -> None:
    line = next(line for line in (errors.__doc__ or "").splitlines() if error.__name__ in line.split())
    assert f" {error.exit_code} " in line


def test_a_broken_contract_is_a_broken_gate() -> None:
    assert issubclass(ContractError, QualityError)
