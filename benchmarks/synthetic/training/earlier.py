"""A later starter goes on from an earlier one: its latents, its denoiser and its words are not learned again.

The earlier one drew at half the size: its patches had half the pixels a side. A scene drawn twice as large and averaged
down to half is the scene that it knows, so the later autoencoder's first channels are the earlier one's latents of
that, and the denoiser, with zeros for what is new, begins by drawing as well as the earlier one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from diffusers.models.autoencoders.autoencoder_kl_wan import patchify, unpatchify
from safetensors.torch import load_file, save_file
from torch.nn.functional import avg_pool2d
from transformers import T5TokenizerFast, UMT5EncoderModel

from benchmarks.synthetic.training.architecture import PATCH, build_tokenizer

FILE = "earlier.safetensors"


@dataclass(frozen=True)
class EarlierCode:
    """What the earlier latents are in folded pixels: (basis @ pixels - mean) / divisor is what its denoiser saw."""

    basis: torch.Tensor  # [k, D], orthonormal
    mean: torch.Tensor  # [k]
    divisor: torch.Tensor  # [k]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in asdict(self).items()}, folder / FILE)

    @torch.no_grad()
    def statistics(self, vae: AutoencoderKLWan) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and divisor of the first channels of `vae`, which has its zero at another colour; [k] each."""
        grey = encode(vae, torch.zeros(1, 3, 1, PATCH, PATCH))[0, : len(self.mean)]
        return self.mean + grey, self.divisor

    @classmethod
    def load(cls, folder: Path) -> EarlierCode | None:
        """None where the autoencoder of this training folder went on from nothing."""
        return cls(**load_file(folder / FILE)) if (folder / FILE).exists() else None


@torch.no_grad()
def read_code(folder: Path) -> EarlierCode:
    """Of an earlier pipeline's folder, found by asking its encoder, which is linear, for one pixel after the other."""
    vae = AutoencoderKLWan.from_pretrained(folder / "vae", dtype=torch.float32)
    patch = vae.config.patch_size
    half = patchify(avg_pool2d(single_pixels(PATCH)[:, :, 0], PATCH // patch)[:, :, None], patch)[..., 0, 0, 0]
    grey = encode(vae, torch.zeros(1, 3, 1, patch, patch))
    matrix = (encode(vae, single_pixels(patch)) - grey).T @ half.T  # [k, D]
    values, vectors = torch.linalg.eigh(matrix @ matrix.T)
    # Its rows are orthogonal and of one length but for rounding: the nearest that are exactly so.
    basis = vectors @ torch.diag(values.rsqrt()) @ vectors.T @ matrix
    length = float(values.sqrt().mean())
    mean, divisor = (torch.tensor(vae.config[name]) / length for name in ("latents_mean", "latents_std"))
    return EarlierCode(basis, mean - grey[0] / length, divisor)


def single_pixels(patch: int) -> torch.Tensor:
    """A picture for each folded pixel, in which only it is lit: [D, 3, 1, patch, patch] with D = 3 * patch * patch."""
    return unpatchify(torch.eye(3 * patch**2)[:, :, None, None, None], patch)


def encode(vae: AutoencoderKLWan, pictures: torch.Tensor) -> torch.Tensor:
    """One patch each -> latents [N, z]."""
    moments = vae.quant_conv(vae.encoder(patchify(pictures, vae.config.patch_size)))
    return moments[:, : vae.config.z_dim, 0, 0, 0]


@torch.no_grad()
def grow_denoiser(grown: WanTransformer3DModel, folder: Path) -> None:
    """Starts from the earlier pipeline's denoiser; further channels and layers begin by changing nothing.

    Raises ValueError where its width is another one.
    """
    earlier = WanTransformer3DModel.from_pretrained(folder / "transformer", dtype=torch.float32)
    state, sizes = grown.state_dict(), (earlier.config.in_channels, grown.config.in_channels)
    for name, weight in earlier.state_dict().items():
        if name.startswith(("patch_embedding.weight", "proj_out.")):
            weight = widen(weight, name, *sizes)
        if weight.shape != state[name].shape:
            raise ValueError(f"{name} of {folder} is {tuple(weight.shape)}, not {tuple(state[name].shape)}")
        state[name] = weight
    grown.load_state_dict(state)
    for block in grown.blocks[earlier.config.num_layers :]:
        for last in (block.attn1.to_out[0], block.attn2.to_out[0], block.ffn.net[2]):
            last.weight.zero_()
            last.bias.zero_()


def widen(weight: torch.Tensor, name: str, before: int, after: int) -> torch.Tensor:
    """Zeros for further channels: at the second place of the patch embedding, the last of the output's rows."""
    if name.startswith("patch_embedding"):
        return torch.cat([weight, weight.new_zeros(len(weight), after - before, *weight.shape[2:])], dim=1)
    places = weight.unflatten(0, (-1, before))
    return torch.cat([places, places.new_zeros(len(places), after - before, *weight.shape[1:])], dim=1).flatten(0, 1)


@torch.no_grad()
def borrow_words(text_encoder: UMT5EncoderModel, folder: Path) -> None:
    """Start the text encoder from that of an earlier pipeline's folder; words it did not know stay as they are.

    Raises RuntimeError where its layers have other sizes.
    """
    known = T5TokenizerFast.from_pretrained(folder / "tokenizer").get_vocab()
    earlier = UMT5EncoderModel.from_pretrained(folder / "text_encoder", dtype=torch.float32).state_dict()
    embedding = text_encoder.shared.weight.clone()
    for piece, place in build_tokenizer().get_vocab().items():
        if piece in known:
            embedding[place] = earlier["shared.weight"][known[piece]]
    tables = {name: embedding for name in ("shared.weight", "encoder.embed_tokens.weight") if name in earlier}
    text_encoder.load_state_dict({**earlier, **tables})
