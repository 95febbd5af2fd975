from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.errors import StorageError
from crosschannel.io.delta_log import latest_data_version, latest_version, log_text, operation
from crosschannel.io.lake import Lake
from tests.support.rows import row, rows
from tests.support.tables import Board


@pytest.fixture
def board(spark: SparkSession, tmp_path: Path) -> str:
    lake = Lake(spark, str(tmp_path))
    lake.write(Board.contract, rows(spark, Board, row(place=1)))
    return lake.path(Board.contract)


def test_a_folder_without_log_has_no_version(spark: SparkSession, tmp_path: Path) -> None:
    assert latest_version(spark, str(tmp_path)) == latest_data_version(spark, str(tmp_path)) == -1


def test_creation_and_each_commit_are_versions(spark: SparkSession, board: str) -> None:
    assert latest_version(spark, board) == latest_data_version(spark, board) == 1
    assert operation(spark, board, 1) == "WRITE"


def test_a_file_of_the_log_that_is_not_there_is_none(spark: SparkSession, board: str) -> None:
    assert log_text(spark, board, "00000000000000000000.json") is not None
    assert log_text(spark, board, "00000000000000000009.json") is None


def test_a_commit_that_names_no_operation_is_damage(spark: SparkSession, board: str) -> None:
    Path(board, "_delta_log", "00000000000000000002.json").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="version 2 of the log names no operation; run `crosschannel doctor"):
        latest_data_version(spark, board)
