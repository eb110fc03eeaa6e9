"""Tiny, random text encoders of the Qwen family and their tokenizer, which several pipelines share."""

from __future__ import annotations

from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2TokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

TOKENS = 64  # what the tiny tokenizer admits at most, the chat template counted
LONG = 130  # so many that items are drawn alone, as with the real models' hundreds
SPACE = "Ġ"  # as byte-level vocabularies write it
INSIDE = "image by detailing the color shape size texture quantity text spatial relationships of objects and background"
FIRST = "system user assistant Describe"  # after a mark or a line's end, so without a space
WORDS = [f"{SPACE}{word}" for word in INSIDE.split()] + FIRST.split()
"""Those of the templates, one token each: Qwen-Image drops the first 34 tokens of a prompt in its template."""
MARKS = {"bos_token_id": None, "eos_token_id": 0}
SPREAD = 0.2  # of weights: so that prompts are told apart by what is read of them
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
"""What Qwen3's own does with one message of a user."""


def tiny_qwen_tokenizer(tokens: int = TOKENS) -> Qwen2TokenizerFast:
    """Single bytes and the words of the templates."""
    merges = [(word[:end], word[end]) for word in WORDS for end in range(1, len(word))]
    merges = list(dict.fromkeys(merges))
    pieces = ["<|endoftext|>", *sorted(ByteLevel.alphabet()), *(left + right for left, right in merges)]
    vocab = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Qwen2TokenizerFast(vocab=vocab, merges=merges, model_max_length=tokens, chat_template=CHAT_TEMPLATE)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.add_tokens(["<think>", "</think>"])
    return tokenizer


def tiny_qwen3(width: int, layers: int) -> Qwen3ForCausalLM:
    """Grouped queries, as all sizes have them."""
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tiny_qwen_tokenizer()),
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=8,
            tie_word_embeddings=True,
            **MARKS,
            initializer_range=SPREAD,
        )
    ).eval()


def tiny_qwen2_5_vl(width: int) -> Qwen2_5_VLForConditionalGeneration:
    """With the part that sees, which drawing from text leaves unused."""
    text = {
        "vocab_size": len(tiny_qwen_tokenizer()),
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]},
        **MARKS,
        "initializer_range": SPREAD,
    }
    vision = {
        "depth": 1,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": width,
        "fullatt_block_indexes": [0],
    }
    return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(text_config=text, vision_config=vision)).eval()
