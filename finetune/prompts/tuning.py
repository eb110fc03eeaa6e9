"""Tunes a writer on pairs of wordings with TRL's DPOTrainer: a LoRA adapter by PEFT on a model that stays as it is.

Each pair becomes what both wordings begin with, and how the chosen and the rejected one go on from there. Where one of them
is the brief as it was written, its rest is empty: leaving a brief as it is is something a writer can learn, too.
"""

from __future__ import annotations

import math
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars
from peft import LoraConfig
from transformers.trainer_callback import PrinterCallback
from trl import DPOConfig, DPOTrainer

from feedback.wordings.preferences import ComparedWordings, folds_by_brief
from finetune.prompts.additions import split_at_difference
from finetune.prompts.writer import Writer


@dataclass(frozen=True)
class WriterRecipe:
    """Settings of the tuning; names as in TRL's DPOConfig and PEFT's LoraConfig where they have one."""

    beta: float = 0.3  # how far the writer may go from the model that it was tuned from: smaller is further
    label_smoothing: float = 0.1  # share of the verdicts that are taken to be slips
    learning_rate: float = 3e-3
    epochs: float = 6.0
    batch: int = 16
    r: int = 16
    seed: int = 0
    least_judgements: int = 40  # of decided pairs, below which nothing is tuned
    folds: int = 4  # it is measured on each fourth of the briefs by a writer that learned from the others
    most_chance: float = 0.2  # a writer that orders held-out pairs no better than coins would so often is not kept


def rows_of(writer: Writer, compared: Sequence[ComparedWordings]) -> list[dict[str, str]]:
    """What TRL reads: prompt, chosen, rejected; pairs that nobody decided are left out."""
    rows = []
    for pair in compared:
        if pair["share"] == 0.5:
            continue
        chosen, rejected = (pair["one"], pair["other"]) if pair["share"] > 0.5 else (pair["other"], pair["one"])
        same, *rests = split_at_difference(chosen, rejected)
        start = writer.start_token() + writer.frame(same)
        rows.append({"prompt": start, **dict(zip(("chosen", "rejected"), map(writer.completion, rests), strict=True))})
    return rows


def tune_writer(writer: Writer, compared: Sequence[ComparedWordings], recipe: WriterRecipe) -> Writer:
    """The writer with an adapter that learned from these pairs. The writer's own weights are not changed."""
    torch.manual_seed(recipe.seed)
    rows = rows_of(writer, compared)
    disable_progress_bars()
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = DPOTrainer(
            model=writer.model,
            args=config_of(recipe, scratch, len(rows)),
            train_dataset=Dataset.from_list(rows),
            processing_class=writer.tokenizer,
            peft_config=LoraConfig(r=recipe.r, lora_alpha=recipe.r, target_modules="all-linear", task_type="CAUSAL_LM"),
        )
        trainer.remove_callback(PrinterCallback)  # it writes to stdout, which is for the command's answer
        trainer.train()
    return Writer(trainer.model.eval(), writer.tokenizer)


def config_of(recipe: WriterRecipe, folder: str, rows: int) -> Any:
    return DPOConfig(
        output_dir=folder,
        beta=recipe.beta,
        label_smoothing=recipe.label_smoothing,
        learning_rate=recipe.learning_rate,
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=min(recipe.batch, rows),
        lr_scheduler_type="cosine",
        warmup_steps=5,
        seed=recipe.seed,
        data_seed=recipe.seed,
        use_cpu=not torch.cuda.is_available(),
        bf16=False,
        gradient_checkpointing=False,
        disable_dropout=True,
        max_length=None,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        log_level="error",
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )


@dataclass(frozen=True)
class HeldOut:
    """How well writers order pairs of briefs that they did not learn from."""

    pairs: int
    accuracy: float  # share that is ordered as the verdict was; half for one that is not told apart
    chance: float  # how likely coins are to be right as often


def measure_heldout(
    make_writer: Callable[[], Writer], compared: Sequence[ComparedWordings], recipe: WriterRecipe
) -> HeldOut:
    """Cross-validation over briefs; `make_writer`: loads the writer to tune anew."""
    fold_of = folds_by_brief(compared, recipe.folds)
    right, pairs = 0.0, 0
    for fold in sorted(set(fold_of)):
        learned = [pair for pair, its in zip(compared, fold_of, strict=True) if its != fold]
        heldout = [pair for pair, its in zip(compared, fold_of, strict=True) if its == fold and pair["share"] != 0.5]
        if not rows_of(writer := make_writer(), learned):
            continue
        right += sum(is_ordered_rightly(tune_writer(writer, learned, recipe), pair) for pair in heldout)
        pairs += len(heldout)
    return HeldOut(pairs, right / max(1, pairs), chance_of(math.ceil(right), pairs))


def is_ordered_rightly(writer: Writer, pair: ComparedWordings) -> float:
    """By how much likelier tuning made its wordings: 1 or 0, and 0.5 for two that are equal."""
    same, *rests = split_at_difference(pair["one"], pair["other"])
    one, other = writer.gains(same, rests)
    return 0.5 if one == other else float((one > other) == (pair["share"] > 0.5))


def chance_of(right: int, pairs: int) -> float:
    """How likely `right` or more of so many coins show heads."""
    return sum(math.comb(pairs, k) for k in range(right, pairs + 1)) / 2**pairs


def save_adapter(writer: Writer, folder: Path) -> None:
    writer.model.save_pretrained(str(folder), safe_serialization=True)
