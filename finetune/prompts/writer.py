"""A writer: a causal language model from a local transformers folder, with what a studio taught it as a LoRA adapter.

The embedded one is small and knows the language of the starter model's captions alone (generation/starter/writer). A studio
brings its own with `circletake prompts tune --model FOLDER`. A model with a chat template gets the brief in a request; any
other one goes on writing where the brief ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from feedback.errors import Invalid, one_line
from finetune.prompts.additions import ENDING, clean_addition
from generation.starter import WRITER

EMBEDDED = "starter"  # the name of the embedded writer, in place of a folder
INSTRUCTION = (
    "Here is the prompt for one picture or clip. Reply only with a few short phrases, between commas, that could be added to"
    " its end. Contradict nothing in it, and name nobody: "
)
LONGEST = 48  # tokens of an addition
CANDIDATES = 24  # additions that are drawn for one brief, of which the best are offered


@dataclass(frozen=True)
class Addition:
    """One that may be offered, and how much likelier the studio's judgements made it (0 of a writer not tuned yet)."""

    text: str
    gain: float  # log-probability under the tuned writer minus that under the model it was tuned from


@dataclass
class Writer:
    """A language model that adds to prompts."""

    model: Any
    tokenizer: Any

    def frame(self, prompt: str) -> str:
        """The text after which an addition is written."""
        if self.tokenizer.chat_template:
            messages = [{"role": "user", "content": INSTRUCTION + prompt}]
            return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return f"{prompt.rstrip(ENDING)}," if prompt else ""

    def completion(self, rest: str) -> str:
        """What is written after the frame of a prompt whose wording goes on with `rest`; empty where it ends."""
        words = rest.strip(ENDING)
        return f" {words}" if words and not self.tokenizer.chat_template else words

    def encode(self, prompt: str) -> list[int]:
        """Token ids of the frame, with the model's own first token where it has one."""
        has_own = bool(self.tokenizer.chat_template)
        return self.tokenizer(self.start_token() + self.frame(prompt), add_special_tokens=not has_own)["input_ids"]

    def start_token(self) -> str:
        """The model's first token as text, where its tokenizer does not put it there by itself."""
        first = self.tokenizer.bos_token_id
        own = self.tokenizer("a")["input_ids"][0] == first or self.tokenizer.chat_template
        return "" if first is None or own else self.tokenizer.bos_token

    @torch.no_grad()
    def draw(self, prompt: str, count: int, seed: int) -> list[str]:
        """`count` continuations as the model comes, sampled; the same seed gives the same ones on one machine.

        What was learned chooses among them and does not write them: so a writer says nothing that its language model would
        not, and contradicts a brief as seldom (measured: in 1 of 130 rewrites, and in 8 of those that the tuned model wrote).
        """
        ids = torch.tensor([self.encode(prompt)])
        untuned = self.model.disable_adapter() if self.is_tuned else nullcontext()
        with torch.random.fork_rng(devices=[]), untuned:
            torch.manual_seed(seed)
            out = self.model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                temperature=1.0,
                top_k=0,
                num_return_sequences=count,
                max_new_tokens=LONGEST,
                pad_token_id=self.tokenizer.pad_token_id,
            )
        return self.tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True)

    def propose(self, prompt: str, seed: int, count: int = CANDIDATES) -> list[Addition]:
        """What may be added to a prompt, best first; nothing where the writer would leave it as it is.

        Of a tuned writer the best is the one that the judgements made likeliest, compared with leaving the prompt as it is.
        Of one that is not tuned yet the order is by chance.
        """
        drawn = list(dict.fromkeys(clean_addition(prompt, text) for text in self.draw(prompt, count, seed)))
        texts = [text for text in drawn if text]
        if not texts or not self.is_tuned:
            return [Addition(text, 0.0) for text in texts]
        none, *gains = self.gains(prompt, ["", *texts])
        ranked = sorted(zip(texts, gains, strict=True), key=lambda pair: -pair[1])
        return [Addition(text, gain - none) for text, gain in ranked if gain > none]

    @property
    def is_tuned(self) -> bool:
        return hasattr(self.model, "disable_adapter")

    def gains(self, prompt: str, additions: Sequence[str]) -> list[float]:
        """How much likelier tuning made each addition, with its end, in log-probability: DPO's implicit reward over beta."""
        tuned = self.log_probability(prompt, additions)
        with self.model.disable_adapter():
            before = self.log_probability(prompt, additions)
        return (tuned - before).tolist()

    @torch.no_grad()
    def log_probability(self, prompt: str, additions: Sequence[str]) -> torch.Tensor:
        """Of each addition and its end after a prompt, [n]."""
        start = self.encode(prompt)
        end = [self.tokenizer.eos_token_id]
        rests = [self.completion(text) for text in additions]
        tails = [self.tokenizer(rest, add_special_tokens=False)["input_ids"] + end if rest else end for rest in rests]
        width = max(map(len, tails))
        ids = torch.tensor([start + tail + [self.tokenizer.pad_token_id] * (width - len(tail)) for tail in tails])
        logits = self.model(input_ids=ids).logits[:, len(start) - 1 : -1].log_softmax(-1)
        chosen = logits.gather(-1, ids[:, len(start) :, None])[..., 0]
        there = torch.arange(width) < torch.tensor([len(tail) for tail in tails])[:, None]
        return (chosen * there).sum(1)


def folder_of(base: str) -> Path:
    """Where the language model of this name lies: the embedded one, or a folder of the studio's."""
    return WRITER if base == EMBEDDED else Path(base)


def load_writer(base: str = EMBEDDED, adapter: Path | None = None) -> Writer:
    """A writer, ready to propose. Invalid names a folder that holds no language model that can be loaded from here."""
    folder = folder_of(base)
    if not (folder / "config.json").is_file():
        raise Invalid(f"{folder} holds no language model: give the folder that `save_pretrained` of transformers wrote")
    transformers_logging.disable_progress_bar()
    try:
        # Never pickled weights, never code that comes with a model, nothing from the network.
        safe = {"local_files_only": True, "trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(folder, **safe)
        model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, dtype=torch.float32, **safe)
    except (OSError, ValueError, KeyError) as reason:
        raise Invalid(f"{folder} cannot be loaded as a language model: {one_line(reason)}") from None
    if tokenizer.eos_token_id is None:
        raise Invalid(f"the tokenizer in {folder} has no end-of-text token, which every addition ends with")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, str(adapter))
    return Writer(model.eval(), tokenizer)
