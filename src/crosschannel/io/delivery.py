"""Write frames for other systems as files: Parquet as it is, CSV with nested columns as JSON text."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F
from pyspark.sql.types import ArrayType, MapType, StructType

FILE_FORMATS = ("parquet", "csv")
# RFC 4180: a quote is doubled; an empty text is quoted, so that it is not read as a missing one. Moments are UTC.
CSV_OPTIONS = {"header": "true", "escape": '"', "emptyValue": '""', "nullValue": "", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"}


def write_files(df: DataFrame, path: str, form: str) -> None:
    """Write a frame into a folder, over what is there."""
    if form == "csv":
        df.transform(to_flat).write.mode("overwrite").options(**CSV_OPTIONS).csv(path)
    else:
        df.write.mode("overwrite").parquet(path)


def to_flat(df: DataFrame) -> DataFrame:
    """Turn nested columns into JSON text, for systems that have none."""

    def flat(name: str, dtype: object) -> Column:
        is_nested = isinstance(dtype, ArrayType | MapType | StructType)
        return F.to_json(F.col(f"`{name}`")).alias(name) if is_nested else F.col(f"`{name}`")

    return df.select(*[flat(f.name, f.dataType) for f in df.schema.fields])
