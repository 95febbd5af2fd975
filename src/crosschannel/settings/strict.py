"""The shape every settings model shares: no extra fields, no coercion, no change after load; and names that are safe anywhere."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# A name becomes a folder, a key, a column of a schema: nothing in it may mean something there.
Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,99}$")]
FieldName = Annotated[str, Field(pattern=r"^[^`\x00-\x1f\x7f]{1,200}$")]  # a name of the sender's; quoted by backticks where a schema is told
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,199}$")]
Zone = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]{0,60}$|^[+-]\d\d:\d\d$")]


def _one_sign(text: str) -> str:
    """Refuse a delimiter that no reader of CSV knows."""
    if len(text) != 1 or text in '"\r\n\\\0':
        raise ValueError(f'{text!r} is no delimiter; give one character, such as "," or ";" or "|", and a tab as "\\t" in double quotes')
    return text


Delimiter = Annotated[str, AfterValidator(_one_sign)]


class Settings(BaseModel):
    """A frozen, strict model; unknown fields are refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
