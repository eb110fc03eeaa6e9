"""Z-Image (`diffusers.ZImagePipeline`), base and Turbo: a single stream of tokens, and Qwen3. Checked against diffusers 0.42."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from diffusers import ZImageImg2ImgPipeline, ZImageInpaintPipeline, ZImagePipeline

from generation.families.hidden import middle, on_grid, run_to
from generation.families.protocol import LENGTH, Condition
from generation.families.siblings import Siblings
from generation.families.stills.chat import count_chat_tokens
from generation.families.stills.stills_family import StillsFamily
from generation.objectives import Flow, Objective
from generation.request import Request

PATCH = 2  # places of the latents a side
MOST_TEXT = 512  # tokens of the chat template with the prompt in it; the pipeline's own default
NO_GUIDANCE = 1.0


class ZImage(StillsFamily):
    """Flow matching, but the denoiser is fed 1 - t and answers x0 - eps. A prompt is as long as it is, without padding."""

    pipeline_class: ClassVar[type] = ZImagePipeline
    siblings: ClassVar[Siblings] = Siblings(ZImageImg2ImgPipeline, ZImageInpaintPipeline)
    denoisers: ClassVar[tuple[str, ...]] = ("transformer",)
    lora_targets: ClassVar[tuple[str, ...]] = (
        "attention.to_q", "attention.to_k", "attention.to_v", "attention.to_out.0",
    )  # fmt: skip
    """Those of diffusers' own script."""
    one_by_one: ClassVar[bool] = True

    objective: Objective = Flow()

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, D], zeros after each prompt's end, "length": [B], in tokens}."""
        most = self.longest_prompt(pipe)
        rows = [self.encode_one(pipe, request.prompt, most) for request in requests]
        padded = [torch.cat([row, row.new_zeros(most - len(row), row.shape[1])]) for row in rows]
        return {"encoder_hidden_states": torch.stack(padded), LENGTH: torch.tensor([len(row) for row in rows])}

    def encode_one(self, pipe: Any, prompt: str, most: int) -> torch.Tensor:
        """[tokens, D]; the pipeline writes its template into the very list that it is given."""
        (embeds,), _ = pipe.encode_prompt([prompt], do_classifier_free_guidance=False, max_sequence_length=most)
        return embeds

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps - x0; positions of the image begin after the prompt's, so that prompts may not be padded."""
        lengths = condition[LENGTH].tolist()
        texts = [row[:length] for row, length in zip(condition["encoder_hidden_states"], lengths, strict=True)]
        answer = denoiser(list(x_t.unbind(0)), 1 - t, texts, return_dict=False)[0]
        return -torch.stack(list(answer))

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """The picture goes through refiners of its own, then is what a row of tokens begins with."""
        blocks = [*denoiser.noise_refiner, *denoiser.layers]
        answer = run_to(middle(blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition))
        count = (x_t.shape[3] // PATCH) * (x_t.shape[4] // PATCH)
        return on_grid(answer[:, :count], x_t, (1, PATCH, PATCH))

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        """The pipeline's scale begins at 0: it adds so many differences to a prediction that is guided once already."""
        return {
            "prompt": [request.prompt for request in requests],
            "negative_prompt": [request.negative_prompt for request in requests],
            "guidance_scale": max(0.0, requests[0].guidance - NO_GUIDANCE),
            "max_sequence_length": self.longest_prompt(pipe),
        }

    def longest_prompt(self, pipe: Any) -> int:
        return min(super().longest_prompt(pipe), MOST_TEXT)

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        return count_chat_tokens(pipe.tokenizer, prompt, enable_thinking=True)

    def side_step(self, pipe: Any) -> int:
        return pipe.vae_scale_factor * PATCH

    def longest_side(self, pipe: Any) -> int:
        """What the tables of positions hold, rows and columns."""
        return self.side_step(pipe) * min(pipe.transformer.config.axes_lens[1:])

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """With those of the longest prompt."""
        return super().tokens_per_item(pipe, width, height, frames) + self.longest_prompt(pipe)
