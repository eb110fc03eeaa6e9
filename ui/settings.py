"""What the environment says beside CIRCLETAKE_STUDIO, which every command reads as its --studio option."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from CIRCLETAKE_* variables, for example CIRCLETAKE_SESSION_HOURS."""

    model_config = SettingsConfigDict(env_prefix="CIRCLETAKE_", extra="ignore")

    session_hours: float = Field(default=12.0, gt=0, le=24 * 31, description="How long a login lasts, in hours.")
    public_origin: str = Field(
        default="", description="Scheme, host and port that browsers see when a proxy changes the Host header."
    )
