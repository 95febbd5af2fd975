from pathlib import PurePath

import pytest

from crosschannel.errors import PreflightError
from crosschannel.io.installed import files_of, packages_of, runs


def test_the_requirements_of_requirements_are_found_by_name() -> None:
    names = [p.metadata["Name"].lower() for p in packages_of(["pydantic>=2", "pandas"], {"numpy"})]
    assert {"pydantic", "pydantic_core", "pandas", "python-dateutil", "six"} <= set(names)
    assert len(names) == len(set(names))
    assert "numpy" not in names


def test_a_requirement_that_is_not_installed_is_named_unless_it_is_for_another_platform() -> None:
    with pytest.raises(PreflightError, match="no-such-package-of-ours is required and not installed here"):
        packages_of(["no_such.package-of-ours>=1"], ())
    assert packages_of(["no-such-package-of-ours>=1; sys_platform == 'win32'"], ()) == []


def test_code_and_data_travel_tests_headers_scripts_and_traces_of_a_machine_stay() -> None:
    assert all(runs(PurePath(p)) for p in ("numpy/core.py", "pytz/zoneinfo/UTC", "numpy.libs/x.so", "six-1.0.dist-info/METADATA"))
    left = ("../../../bin/f2py", "/etc/x", "numpy/tests/test_x.py", "numpy/__pycache__/x.pyc", "numpy/core.pyi", "pyarrow/include/x.h")
    assert not any(runs(PurePath(p)) for p in (*left, "six-1.0.dist-info/RECORD", "six-1.0.dist-info/direct_url.json"))
    assert {"six.py"} <= {name for name, _ in files_of(packages_of(["six"], ()))}
