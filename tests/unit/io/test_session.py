from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.io.session import _from_environment, read_properties


def test_a_properties_file_holds_names_and_values(tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    path.write_text("# a comment\n\nspark.master   local[2]\nspark.driver.extraJavaOptions  -A -B\n", encoding="utf-8")
    assert read_properties(path) == {"spark.master": "local[2]", "spark.driver.extraJavaOptions": "-A -B"}


def test_the_environment_tunes_a_laptop_without_editing_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCHANNEL_SPARK_CONF", "spark.driver.memory=6g;spark.x=a=b")
    assert _from_environment() == {"spark.driver.memory": "6g", "spark.x": "a=b"}
    monkeypatch.delenv("CROSSCHANNEL_SPARK_CONF")
    assert _from_environment() == {}


def test_a_setting_without_a_value_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCHANNEL_SPARK_CONF", "spark.driver.memory=6g;/etc/spark.conf")
    with pytest.raises(UsageError, match="'/etc/spark.conf' is no name=value pair"):
        _from_environment()
