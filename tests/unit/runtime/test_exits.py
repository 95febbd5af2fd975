import pytest

from crosschannel.errors import CrosschannelError, InputError, LockedError, PreflightError, ResourceError, StorageError
from crosschannel.runtime.exits import as_known, errors_in_words


def test_an_error_raised_on_purpose_ends_in_its_words_and_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end, errors_in_words():
        raise LockedError("another run is writing")
    assert end.value.code == 12
    assert capsys.readouterr().err == "crosschannel: another run is writing\n"


def test_a_defect_ends_in_one_line_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end, errors_in_words():
        raise ValueError("ann@example.com")
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert "unexpected ValueError" in said
    assert "example.com" not in said


def test_a_defect_shows_its_trace_when_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCHANNEL_DEBUG", "1")
    with pytest.raises(ValueError, match="details"), errors_in_words():
        raise ValueError("details")


def test_a_full_disk_is_known_whoever_reports_it() -> None:
    assert isinstance(as_known(OSError("java.io.IOException: No space left on device")), StorageError)
    assert isinstance(as_known(RuntimeError("(sqlite3.OperationalError) database or disk is full [SQL: INSERT]")), StorageError)
    assert isinstance(as_known(InputError("x")), InputError)
    assert type(as_known(KeyError("x"))) is CrosschannelError


@pytest.mark.fault(7, 21, 28)
@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (RuntimeError("Job aborted: java.lang.OutOfMemoryError: Java heap space, near ann@example.com"), ResourceError, "spark.driver.memory"),
        (ConnectionRefusedError(111, "Connection refused"), ResourceError, "crosschannel resume"),
        (RuntimeError("(sqlite3.OperationalError) database is locked [SQL: INSERT ann@example.com]"), ResourceError, "the database of MLflow"),
        (RuntimeError("API request to http://x failed with exception"), ResourceError, "MLFLOW_TRACKING_URI"),
        (RuntimeError("[DELTA_UNSUPPORTED_FEATURES_FOR_READ] ann@example.com"), PreflightError, "a later version of Delta"),
    ],
)
def test_what_libraries_say_becomes_a_remedy_without_their_words(error: Exception, kind: type[CrosschannelError], said: str) -> None:
    known = as_known(error)
    assert type(known) is kind
    assert said in str(known)
    assert "ann@" not in str(known)


def test_nothing_happens_without_an_error() -> None:
    with errors_in_words():
        pass
