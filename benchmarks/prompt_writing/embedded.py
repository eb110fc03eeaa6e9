"""Makes the embedded prompt writer from nothing: a tokenizer and a small language model of the starter's captions.

    python -m benchmarks.prompt_writing.embedded --out generation/starter/writer

Its texts are briefs that leave some of time, place, weather, subject and framing open, followed by phrases for some of what
is open, in every order: so it can go on from any of them, names nothing twice, and may also stop. What is added comes after
a comma, as a writer is asked for it, and in the plainest words: a verdict on "at dusk" in one brief then teaches it for all,
where five ways to say so would each need verdicts of their own. Two minutes on one core, so its weights are committed and
not made at first use.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from benchmarks.synthetic.labels import ATTRIBUTES, sample_content
from benchmarks.synthetic.wording import PHRASINGS, TERSE, WORDS

BOS, EOS, PAD = "<s>", "</s>", "<pad>"
VOCABULARY = 512
WIDTH, LAYERS, HEADS = 96, 3, 4
TEXTS = 16_000
BATCH = 64
EPOCHS = 3
NAMED = 0.55  # share of the attributes that a brief names, besides its subject
AS_IT_IS = 0.15  # share of briefs to which nothing is added


def write_brief(labels: dict[str, str], named: set[str], rng: np.random.Generator) -> str:
    """A caption that says of a content only what is `named`."""
    terse = rng.random() < 0.2
    phrasing = str(rng.choice(TERSE if terse else PHRASINGS))
    words = {name: (labels[name] if terse else str(rng.choice(WORDS[name][labels[name]]))) for name in ATTRIBUTES}
    text = phrasing.format(**{name: words[name] if name in named else "" for name in ATTRIBUTES})
    text = re.sub(r"\s*([,:])(\s*[,:])*", r"\1", re.sub(r"\s+", " ", text)).strip(" ,:")
    return re.sub(r"^of ", "", re.sub(r"([,:])(?=\S)", r"\1 ", text))


def draw_brief(rng: np.random.Generator) -> tuple[str, dict[str, str], set[str]]:
    """(a brief, the content it is of, the attributes that it names)."""
    content = sample_content(rng)
    labels = {name: str(getattr(content, name)) for name in ATTRIBUTES}
    named = {name for name in ATTRIBUTES if name == "subject" or rng.random() < NAMED}
    return write_brief(labels, named, rng), labels, named


def draw_text(rng: np.random.Generator) -> str:
    """A brief and what may be added to it."""
    brief, labels, named = draw_brief(rng)
    left_open = [name for name in ATTRIBUTES if name not in named]
    rng.shuffle(left_open)
    added = [] if rng.random() < AS_IT_IS else left_open[: int(rng.integers(1, 4))]
    return f"{brief}," + ",".join(f" {WORDS[name][labels[name]][0]}" for name in added)


def train_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=[BOS, EOS, PAD], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=BOS, eos_token=EOS, pad_token=PAD)


def build_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    shape = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_hidden_layers": LAYERS}
    heads = {"num_attention_heads": HEADS, "num_key_value_heads": HEADS, "max_position_embeddings": 1024}
    config = LlamaConfig(vocab_size=len(tokenizer), tie_word_embeddings=True, **shape, **heads, **special)
    return LlamaForCausalLM(config)


def train(texts: list[str], tokenizer: PreTrainedTokenizerFast, epochs: int = EPOCHS) -> tuple[LlamaForCausalLM, float]:
    """The model, and its mean loss over the last hundred steps, in nats a token."""
    model = build_model(tokenizer)
    rows = [
        torch.tensor([tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]) for ids in tokenizer(texts)["input_ids"]
    ]
    steps = epochs * (len(rows) // BATCH)
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    rng, losses = np.random.default_rng(0), list[float]()
    for _ in range(epochs):
        for places in rng.permutation(len(rows))[: len(rows) // BATCH * BATCH].reshape(-1, BATCH):
            ids = torch.nn.utils.rnn.pad_sequence([rows[k] for k in places], batch_first=True, padding_value=-100)
            there = ids >= 0
            inputs = ids.masked_fill(~there, tokenizer.pad_token_id)
            loss = model(input_ids=inputs, attention_mask=there.long(), labels=ids).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
    return model.eval(), float(np.mean(losses[-100:]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="The folder that is written.")
    parser.add_argument("--texts", type=int, default=TEXTS, help="How many texts it learns from.")
    options = parser.parse_args()
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    texts = [draw_text(rng) for _ in range(options.texts)]
    tokenizer = train_tokenizer(texts)
    model, loss = train(texts, tokenizer)
    model.half().save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)
    size = sum(file.stat().st_size for file in options.out.iterdir())
    print(json.dumps({"loss": round(loss, 3), "parameters": model.num_parameters(), "bytes": size}))


if __name__ == "__main__":
    main()
