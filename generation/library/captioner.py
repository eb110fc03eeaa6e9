"""Captions by a model that the studio names: a transformers folder of an image-to-text model, such as BLIP or GIT.

It is loaded from its folder alone, from safetensors, and runs no code of its own. What it wrote is marked as its.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.utils import logging as transformers_logging

from feedback.errors import Invalid, Refused, one_line
from feedback.fields import on_one_line
from feedback.library.items import LONGEST_CAPTION, MODEL, get_item, set_captions, without_caption
from feedback.store import Studio, media
from generation.media.decode import read_frames
from generation.models.folder_safety import check_files

TOKENS = 60  # of a caption
TOGETHER = 4  # pictures


class Captioner:
    """Describes pictures in a sentence."""

    def __init__(self, folder: Path) -> None:
        """Invalid, with one line, for a folder that holds no such model or must not be loaded."""
        if not (folder / "config.json").is_file():
            raise Invalid(
                f"{folder} holds no image-to-text model: give the folder that transformers' save_pretrained wrote"
            )
        check_files(folder)
        self.name = f"{MODEL}{folder.resolve().name}"
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        transformers_logging.disable_progress_bar()
        safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            self.processor = AutoProcessor.from_pretrained(folder, **safe)
            self.model = AutoModelForImageTextToText.from_pretrained(folder, use_safetensors=True, **safe)
        except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
            raise Invalid(f"{folder} holds no image-to-text model that can be loaded: {one_line(error)}") from error
        self.model = self.model.to(self.device).eval()

    def describe(self, pictures: Sequence[np.ndarray]) -> list[str]:
        """A sentence for each uint8 [H, W, 3]; empty where the model says nothing."""
        images = [Image.fromarray(picture) for picture in pictures]
        inputs = self.processor(images=images, return_tensors="pt").to(self.device)
        with torch.inference_mode():
            tokens = self.model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)
        texts = self.processor.batch_decode(tokens, skip_special_tokens=True)
        return [on_one_line(text)[:LONGEST_CAPTION] for text in texts]


def caption_items(
    studio: Studio,
    captioner: Captioner,
    title: int | None,
    stop: threading.Event,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Describes what nobody has described, of a title or of all; returns how many items it is. The rest comes next time."""
    numbers, done = without_caption(studio, title), 0
    for together in groups(numbers, TOGETHER):
        if stop.is_set():
            break
        texts = describe_items(studio, captioner, together)
        set_captions(
            studio, [(number, text) for number, text in zip(together, texts, strict=True) if text], captioner.name
        )
        done += sum(map(bool, texts))
        on_progress(min(len(numbers), numbers.index(together[-1]) + 1), len(numbers))
    return done


def groups(numbers: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def describe_items(studio: Studio, captioner: Captioner, numbers: list[int]) -> list[str]:
    try:
        return captioner.describe([picture_of_item(studio, number) for number in numbers])
    except (RuntimeError, ValueError, TypeError) as error:
        raise Refused(f"the {captioner.name} cannot describe item {numbers[0]}: {one_line(error)}") from error


def picture_of_item(studio: Studio, number: int) -> np.ndarray:
    """uint8 [H, W, 3]: the frame, or the middle of the clip."""
    path = media.path_of(studio, get_item(studio, number)["media"])
    frames = read_frames(path)
    return frames[len(frames) // 2]
