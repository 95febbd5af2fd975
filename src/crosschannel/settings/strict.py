"""The shape every settings model shares: no extra fields, no coercion, no change after load."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A frozen, strict model; unknown fields are refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
