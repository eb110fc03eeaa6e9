"""What the environment says beside CIRCLETAKE_STUDIO, which every command reads as its --studio option."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from feedback.errors import Invalid
from feedback.fields import shown


class Settings(BaseSettings):
    """Read from CIRCLETAKE_* variables, for example CIRCLETAKE_SESSION_HOURS."""

    model_config = SettingsConfigDict(env_prefix="CIRCLETAKE_", extra="ignore")

    session_hours: float = Field(default=12.0, gt=0, le=24 * 31, description="How long a login lasts, in hours.")
    public_origin: str = Field(
        default="", description="Scheme, host and port that browsers see when a proxy changes the Host header."
    )
    metrics_token: str = Field(default="", repr=False, description="What Prometheus sends to read /metrics.")
    log_format: Literal["text", "json"] = Field(default="text", description="How the log on stderr is written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="What is logged; info has a line for each request."
    )


def read_settings() -> Settings:
    """The settings; Invalid names the variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as reason:
        wrong = reason.errors()[0]
        name = f"CIRCLETAKE_{wrong['loc'][0]}".upper()
        raise Invalid(f"{name}={shown(wrong['input'])} cannot be used: {wrong['msg']}") from None
