"""An image encoder of the studio's: a local transformers folder (CLIP, SigLIP, DINO and others).

Such encoders were trained on far more pictures than anybody judges, and know what people wear and how a hand is drawn. The
whole frame is read: processors of transformers crop its sides away, and what stands there counts. Nothing is ever fetched,
unpickled, or run from the folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import adaptive_avg_pool2d
from transformers import AutoImageProcessor, AutoModel
from transformers.utils import logging as transformers_logging

from feedback.errors import Invalid, one_line
from feedback.models.lineage import ImageEncoderBehind
from generation.model_card import licence_of
from generation.models.folder_safety import check_files
from generation.models.weights_digest import weights_sha256

GRID = 4  # cells along a side, over which patches are averaged
FRAMES_AT_ONCE = 32
LARGEST_SIDE = 1024  # pixels of what the encoder reads
MOST_OTHER_TOKENS = 32  # before those of the patches: one of the class, and registers
PROCESSORS = ("preprocessor_config.json", "processor_config.json")
UNLOADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError, IndexError)


@dataclass(frozen=True)
class InputFormat:
    """What the encoder reads, as its processor says."""

    height: int
    width: int
    factor: float  # of pixels 0 to 255
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resample: int  # of PIL

    def pixels(self, frames: np.ndarray) -> torch.Tensor:
        """uint8 [F, H, W, 3], of any size -> float32 [F, 3, height, width]; the whole frame, whatever its shape."""
        size, way = (self.width, self.height), Image.Resampling(self.resample)
        small = np.stack([np.asarray(Image.fromarray(frame).resize(size, way)) for frame in frames])
        scaled = torch.from_numpy(small).float() * self.factor
        return ((scaled - torch.tensor(self.mean)) / torch.tensor(self.std)).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class ImageEncoder:
    """A checked folder; its network is in memory only within `loaded`."""

    folder: Path
    sha256: str  # over its weights and how it reads pictures
    licence: str | None  # as its README or configuration has it
    input: InputFormat
    device: torch.device
    in_memory: list[LoadedEncoder] = field(default_factory=list, compare=False, repr=False)

    @contextmanager
    def loaded(self) -> Iterator[LoadedEncoder]:
        """Within another such block it is the network that is there already."""
        if self.in_memory:
            yield self.in_memory[0]
            return
        network, pools = load_network(self.folder)
        self.in_memory.append(LoadedEncoder(network.to(self.device), pools, self))
        try:
            yield self.in_memory[0]
        finally:
            self.in_memory.clear()
            network.to("meta")  # whoever still holds it holds no memory
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def describe(self) -> ImageEncoderBehind:
        return {"name": self.folder.resolve().name, "sha256": self.sha256, "licence": self.licence}


@dataclass(frozen=True)
class LoadedEncoder:
    network: Any
    pools: bool  # whether it makes one vector of a picture by weights of its own
    encoder: ImageEncoder

    @torch.no_grad()
    def encode(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Frames [F, 3, H, W] -> (one vector each [F, d], of the patches on the finest grid [F, C, 4, 4])."""
        parts = [self.encode_some(some) for some in pixels.split(FRAMES_AT_ONCE)]
        pooled, patches = zip(*parts, strict=True)
        return torch.cat(pooled), torch.cat(patches)

    def encode_some(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        out = self.network(pixel_values=pixels.to(self.encoder.device))
        states = out.last_hidden_state.float()
        patches, others = places_of(states, pixels.shape[2:], self.network.config)
        own = getattr(out, "pooler_output", None) if self.pools else None
        first = others[:, 0] if others.shape[1] else patches.mean((2, 3))
        pooled = first if own is None else own.float().flatten(1)
        return pooled.cpu(), adaptive_avg_pool2d(patches, GRID).cpu()


def places_of(states: torch.Tensor, size: Sequence[int], config: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """(what is where [B, C, h, w], tokens of the whole [B, n, C]) of a network's last hidden states of pixels of this size.

    Those of a convolutional network are on a grid as they are; tokens of a network of attention are row by row, after the others.
    """
    if states.dim() == 4:
        return states, states.new_zeros(len(states), 0, states.shape[1])
    height, width = grid_of(states.shape[1], size, getattr(config, "patch_size", None))
    others = states.shape[1] - height * width
    return states[:, others:].transpose(1, 2).unflatten(2, (height, width)), states[:, :others]


def grid_of(tokens: int, size: Sequence[int], patch: Any) -> tuple[int, int]:
    """(rows, columns) of patches among the tokens of one frame; ValueError where that is not known."""
    sides = patch if isinstance(patch, (tuple, list)) else (patch, patch)
    if isinstance(sides[0], int):
        height, width = (side // each for side, each in zip(size, sides, strict=True))
        if 0 <= tokens - height * width <= MOST_OTHER_TOKENS:
            return height, width
    if size[0] == size[1] and round(tokens**0.5) ** 2 == tokens:  # patches that were joined on the way
        return (round(tokens**0.5),) * 2
    raise ValueError(f"its {tokens} tokens are not told to be where in the frame")


def open_image_encoder(folder: Path, device: torch.device | None = None, cache: Path | None = None) -> ImageEncoder:
    """Checked, and tried on one grey frame; Invalid in one line that names the folder when it cannot be used.

    `cache`: a folder in which digests of weights are kept, as for `weights_sha256`.
    """
    if not (folder / "config.json").is_file():
        raise Invalid(
            f"image encoder {folder} is no folder of a model: give the one that `save_pretrained` of transformers wrote"
        )
    check_files(folder)
    if not any(folder.glob("*.safetensors")):
        raise Invalid(f"image encoder {folder} has no safetensors weights: nothing else is loaded, pickles never")
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    encoder = ImageEncoder(
        folder, sha256_of(folder, cache), licence_of(folder), input_format(folder), device or torch.device("cpu")
    )
    with refusing(folder), encoder.loaded() as loaded:
        read = loaded.encode(encoder.input.pixels(np.full((1, 64, 64, 3), 128, np.uint8)))
        if not all(bool(values.isfinite().all()) for values in read):
            raise ValueError("it makes no finite numbers of a grey picture")
    return encoder


@contextmanager
def refusing(folder: Path) -> Iterator[None]:
    """What the library says of a folder that it cannot use becomes one line."""
    try:
        yield
    except Invalid:
        raise
    except UNLOADABLE as reason:
        raise Invalid(f"image encoder {folder} cannot be used: {one_line(reason)[:300]}") from None


def load_network(folder: Path) -> tuple[Any, bool]:
    """(the network that reads pictures, whether its pooling has weights), in 32 bits, without what reads text beside it."""
    safe = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
    model, report = AutoModel.from_pretrained(folder, dtype=torch.float32, output_loading_info=True, **safe)
    network = getattr(model, "vision_model", model)
    prefix = "" if network is model else "vision_model."
    missing = [name for name in report["missing_keys"] if name.startswith(prefix)]
    # The library fills what is missing with random numbers. A head that classifiers are saved without is not needed.
    needed = [name for name in missing if "pooler" not in name and not name.removeprefix(prefix).startswith("head.")]
    if needed:
        raise ValueError(f"its weights lack {needed[0]}")
    return network.eval().requires_grad_(False), not missing


def input_format(folder: Path) -> InputFormat:
    """Invalid where the folder does not say how pictures are read, or not of which size."""
    if not any((folder / name).is_file() for name in PROCESSORS):
        raise Invalid(
            f"image encoder {folder} has no preprocessor_config.json: save its processor into the folder, too"
        )
    with refusing(folder):
        settings = processor_settings(folder)
        height, width = sides_of(settings)
        normal = settings.get("do_normalize", True)
        return InputFormat(
            height,
            width,
            float(settings.get("rescale_factor") or 1 / 255) if settings.get("do_rescale", True) else 1.0,
            tuple(map(float, settings["image_mean"])) if normal else (0.0,) * 3,
            tuple(map(float, settings["image_std"])) if normal else (1.0,) * 3,
            int(settings.get("resample") or Image.Resampling.BICUBIC),
        )


def processor_settings(folder: Path) -> dict[str, Any]:
    """With the processor's own defaults. Of one that needs torchvision, where that is not there, what the folder says."""
    own = written_settings(folder)
    try:
        processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (ImportError, ValueError):
        if not {"size", "image_mean", "image_std"} <= own.keys():
            raise
        return own
    return processor.to_dict()


def written_settings(folder: Path) -> dict[str, Any]:
    path = next(folder / name for name in PROCESSORS if (folder / name).is_file())
    settings = json.loads(path.read_bytes())
    return settings.get("image_processor", settings)


def sides_of(settings: dict[str, Any]) -> tuple[int, int]:
    """(height, width) of what the network reads: the crop, where there is one."""
    crops = settings.get("do_center_crop") and settings.get("crop_size")
    size = settings["crop_size"] if crops else settings["size"]
    if isinstance(size, int):
        size = {"shortest_edge": size}
    height, width = size.get("height") or size.get("shortest_edge"), size.get("width") or size.get("shortest_edge")
    if not isinstance(height, int) or not isinstance(width, int) or min(height, width) < 1:
        raise ValueError("its processor names no height and width: only encoders of one size are read")
    if max(height, width) > LARGEST_SIDE:
        raise ValueError(f"it reads {width}x{height} pixels: at most {LARGEST_SIDE} along a side")
    return height, width


def sha256_of(folder: Path, cache: Path | None) -> str:
    """Over the weights, and over what says how pictures are read."""
    files = [folder / name for name in ("config.json", *PROCESSORS) if (folder / name).is_file()]
    parts = [weights_sha256(folder, cache), *(path.read_text() for path in files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
