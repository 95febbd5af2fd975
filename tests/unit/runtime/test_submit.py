from datetime import date
from pathlib import Path

import pytest

from crosschannel.runtime.job import Job
from crosschannel.runtime.submit import _parser, main


def count_things(ctx: object, settings: object) -> None:
    """Count things."""


JOB = Job("count_things", count_things, settings=lambda project: project.identity)


def test_arguments_say_where_and_when() -> None:
    given = _parser(JOB).parse_args(["--conf", "conf/demo", "--lake", "l", "--raw", "r", "--as-of", "2026-03-08", "--seed", "9", "--fresh"])
    assert (given.conf, given.lake, given.raw, given.as_of, given.seed, given.fresh) == (Path("conf/demo"), "l", "r", date(2026, 3, 8), 9, True)


def test_only_the_lake_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    assert _parser(JOB).parse_args(["--lake", "l"]).as_of is None
    with pytest.raises(SystemExit) as end:
        main(JOB, [])
    assert end.value.code == 2
    assert "--lake" in capsys.readouterr().err


def test_help_says_what_the_job_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(JOB, ["--help"])
    assert end.value.code == 0
    assert "Count things." in capsys.readouterr().out


def test_a_project_that_is_not_there_is_named_with_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(JOB, ["--conf", str(tmp_path / "none"), "--lake", "l"])
    assert end.value.code == 2
    assert "no such project folder" in capsys.readouterr().err
