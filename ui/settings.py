"""What the environment says, read once, each with a sentence. Options on the command line win over these."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from CIRCLETAKE_* variables, for example CIRCLETAKE_STUDIO."""

    model_config = SettingsConfigDict(env_prefix="CIRCLETAKE_", extra="ignore")

    studio: Path = Field(Path("studio"), description="The studio's folder.")
    session_hours: float = Field(12.0, gt=0, le=24 * 31, description="How long a login lasts, in hours.")
    public_origin: str = Field(
        "", description="Scheme, host and port that browsers see when a proxy changes the Host header."
    )
