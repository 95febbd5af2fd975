"""A source says how its text files are written, by one of a closed list of names."""

import pytest
from pydantic import ValidationError

from crosschannel.contracts.raw import ENCODINGS
from tests.spark.ingest.judged import source


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_known_encoding_is_one_that_python_knows_too(encoding):
    assert source(encoding=encoding).encoding == encoding
    assert "id\n".encode(encoding).decode(encoding) == "id\n"


@pytest.mark.parametrize("changes", [{"encoding": "ebcdic"}, {"encoding": "utf-16", "format": "parquet"}, {"encoding": "latin-1", "stream": {"kafka": {"topic": "t"}}}])
def test_an_encoding_nobody_knows_or_nothing_could_have_is_refused(changes):
    with pytest.raises(ValidationError, match="utf-8"):
        source(**changes)
