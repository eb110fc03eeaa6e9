"""What the environment says beside CIRCLETAKE_STUDIO, which every command reads as its --studio option."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from feedback.errors import Invalid
from feedback.fields import shown
from feedback.judgements.tags import clean_word
from feedback.production.briefs import MOST_STEPS
from feedback.production.queue_limits import QueueLimits
from feedback.report.costs import Rate
from feedback.report.morning import ReportOptions
from feedback.trials.counting import MOST_PEOPLE, PEOPLE
from feedback.trials.deciders import PromotionRule
from ui.context import Limits, ReviewOptions


class Settings(BaseSettings):
    """Read from CIRCLETAKE_* variables, for example CIRCLETAKE_SESSION_HOURS."""

    model_config = SettingsConfigDict(env_prefix="CIRCLETAKE_", extra="ignore")

    session_hours: float = Field(default=12.0, gt=0, le=24 * 31, description="How long a login lasts, in hours.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies, with commas between, that say where a request is from.",
    )
    most_body_bytes: int = Field(
        default=1024 * 1024, ge=1024, le=2**30, description="Of one request of a signed-in person."
    )
    most_upload_bytes: int = Field(
        default=64 * 1024 * 1024, ge=1024, le=2**30, description="Of a brief that brings its source and mask."
    )
    requests_per_second: float = Field(
        default=100.0, ge=1, le=1e6, description="Of one person, on average; ten seconds' worth may come at once."
    )
    queue_per_person: int = Field(
        default=1000, ge=1, le=10**9, description="Takes of one person that wait to be drawn."
    )
    queue_per_project: int = Field(
        default=10_000, ge=1, le=10**9, description="Takes of one project that wait to be drawn."
    )
    most_steps: int = Field(default=250, ge=1, le=MOST_STEPS, description="Denoising steps of a person's brief.")
    shortest_look_ms: int = Field(
        default=150,
        ge=0,
        le=5000,
        description="Verdicts that come sooner after their pair, in ms, do not count.",
    )
    first_frame: int = Field(default=1001, ge=0, le=10**6, description="The number of a clip's first frame.")
    tags: str = Field(default="", max_length=2000, description="The studio's own tags, with commas between.")
    both_bad_asks_tag: bool = Field(default=False, description="Whether both bad asks for a tag that says why.")
    tune_recipe: str = Field(
        default="", max_length=4096, description="The recipe (a YAML file) of nights that are started from the pages."
    )
    pair_selection: Literal["random", "active"] = Field(
        default="random", description="How ordinary pairs are dealt: at random, or those first that tell most."
    )
    promotion: Literal["by-hand", "automatic"] = Field(
        default="by-hand", description="Who puts a proven candidate into production: people, or the night."
    )
    promotion_people: int = Field(
        default=PEOPLE, ge=PEOPLE, le=MOST_PEOPLE, description="Who must have judged before the night may do so."
    )
    cost_per_hour: float | None = Field(
        default=None, ge=0, le=1e6, description="Of the machine that draws and tunes, as the morning report counts it."
    )
    currency: str = Field(default="", max_length=12, description="In which that is, such as EUR.")
    prompt_model: str = Field(
        default="",
        max_length=4096,
        description="The folder of the language model that writers of prompts are tuned from.",
    )
    face_detector: str = Field(
        default="", max_length=4096, description="The file of the network or cascade that looks for faces in takes."
    )
    public_origin: str = Field(
        default="", description="Scheme, host and port that browsers see when a proxy changes the Host header."
    )
    metrics_token: str = Field(default="", repr=False, description="What Prometheus sends to read /metrics.")
    log_format: Literal["text", "json"] = Field(default="text", description="How the log on stderr is written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="What is logged; info has a line for each request."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def names_networks(cls, text: str) -> str:
        return ",".join(str(ip_network(part.strip(), strict=False)) for part in text.split(",") if part.strip())

    @field_validator("tags")
    @classmethod
    def are_tags(cls, text: str) -> str:
        try:
            words = [clean_word(part) for part in text.split(",") if part.strip()]
        except Invalid as reason:
            raise ValueError(str(reason)) from None
        return ",".join(dict.fromkeys(words))

    @field_validator("tune_recipe", "face_detector")
    @classmethod
    def is_file(cls, path: str) -> str:
        if path and not Path(path).is_file():
            raise ValueError("there is no such file")
        return path

    @field_validator("prompt_model")
    @classmethod
    def is_model(cls, path: str) -> str:
        if path and not (Path(path) / "config.json").is_file():
            raise ValueError("there is no language model in this folder")
        return path

    @property
    def limits(self) -> Limits:
        queue = QueueLimits(self.queue_per_person, self.queue_per_project, self.most_steps)
        return Limits(self.most_body_bytes, self.most_upload_bytes, self.requests_per_second, queue)

    @property
    def promotion_rule(self) -> PromotionRule:
        return PromotionRule(self.promotion == "automatic", self.promotion_people)

    @property
    def report(self) -> ReportOptions:
        return ReportOptions(Rate(self.cost_per_hour, self.currency.strip()))

    @property
    def review(self) -> ReviewOptions:
        tags = tuple(filter(None, self.tags.split(",")))
        ask = self.both_bad_asks_tag
        return ReviewOptions(self.shortest_look_ms, self.first_frame, tags, ask, self.pair_selection)


def read_settings() -> Settings:
    """The settings; Invalid names the variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as reason:
        wrong = reason.errors()[0]
        name = f"CIRCLETAKE_{wrong['loc'][0]}".upper()
        raise Invalid(
            f"{name}={shown(wrong['input'])} cannot be used: {wrong['msg'].removeprefix('Value error, ')}"
        ) from None
