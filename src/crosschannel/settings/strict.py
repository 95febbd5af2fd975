"""The shape every settings model shares: no extra fields, no coercion, no change after load; and names that are safe anywhere."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# A name becomes a folder, a key, a column of a schema: nothing in it may mean something there.
Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,99}$")]
FieldName = Annotated[str, Field(pattern=r"^[^`\x00-\x1f\x7f]{1,200}$")]  # a name of the sender's; quoted by backticks where a schema is told
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,199}$")]
Zone = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]{0,60}$|^[+-]\d\d:\d\d$")]


class Settings(BaseModel):
    """A frozen, strict model; unknown fields are refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
