"""ComfyUI's `prompt`: the graph of nodes that it ran, {id: {"class_type": …, "inputs": {name: value or [id, output]}}}.

From what was saved the graph is followed upstream to the sampler next to it, and from there to texts, model and noise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from generation.intake.made_with import LARGEST_SEED as HIGHEST_SEED
from generation.intake.made_with import MadeWith, number_in, prompt_in, whole_in, word_in

MOST_NODES = 10_000  # that are looked at
TEXTS = ("text", "text_g", "text_l", "prompt", "t5xxl", "string", "value", "clip_l")
SEEDS = ("seed", "noise_seed")
MODELS = ("ckpt_name", "unet_name", "model_name", "diffusion_model_name", "model")
CONDITIONS, NEGATIVE = ("positive", "conditioning", "cond1"), ("negative",)
SAMPLES = ("positive", "guider", "noise_seed", "seed")  # a sampler has one of these, and what it samples
Graph = Mapping[str, Any]


def read_graph(graph: Any) -> MadeWith | None:
    """None for what is no graph."""
    if not isinstance(graph, dict) or not any(inputs_of(graph, name) for name in list(graph)[:MOST_NODES]):
        return None
    sampler = find_sampler(graph)
    near = list(upstream(graph, [sampler])) if sampler else list(graph)[:MOST_NODES]
    return MadeWith(
        tool="ComfyUI",
        prompt=text_of(graph, sampler, CONDITIONS, NEGATIVE),
        negative_prompt=text_of(graph, sampler, NEGATIVE, CONDITIONS),
        seed=whole_in(first(graph, [name for name in near if adds_noise(graph, name)], SEEDS), HIGHEST_SEED),
        sampler=word_in(first(graph, near, ("sampler_name",))),
        steps=whole_in(first(graph, near, ("steps",)), 10_000),
        guidance=number_in(first(graph, near, ("cfg", "guidance"))),
        model=word_in(first(graph, near, MODELS, of_type=str)),
    )


def inputs_of(graph: Graph, name: str) -> dict[str, Any]:
    node = graph.get(name)
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return inputs if isinstance(inputs, dict) else {}


def linked(graph: Graph, value: Any) -> str | None:
    """The node that a link names: [id, output]."""
    is_link = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int)
    return str(value[0]) if is_link and str(value[0]) in graph else None


def upstream(graph: Graph, starts: list[str], without: tuple[str, ...] = ()) -> Iterator[str]:
    """Nodes from these on against the links, the nearest first, each once. `without`: inputs that are not followed, where
    a node has both prompts pass through it."""
    seen, queue = set(starts), deque(starts)
    while queue and len(seen) <= MOST_NODES:
        name = queue.popleft()
        yield name
        for key, value in inputs_of(graph, name).items():
            before = linked(graph, value)
            if before is not None and before not in seen and key not in without:
                seen.add(before)
                queue.append(before)


def find_sampler(graph: Graph) -> str | None:
    """The sampler that is nearest to what was saved; without anything saved, any."""
    names = list(graph)[:MOST_NODES]
    saved = [name for name in names if kind_of(graph, name).startswith(("Save", "Preview", "VHS_VideoCombine"))]
    return next((name for name in upstream(graph, saved or names) if is_sampler(graph, name)), None)


def kind_of(graph: Graph, name: str) -> str:
    node = graph.get(name)
    kind = node.get("class_type") if isinstance(node, dict) else None
    return kind if isinstance(kind, str) else ""


def is_sampler(graph: Graph, name: str) -> bool:
    inputs = inputs_of(graph, name)
    samples = any(key in inputs for key in ("latent_image", "latent", "samples", "image_embeds"))
    return samples and any(key in inputs for key in SAMPLES)


def adds_noise(graph: Graph, name: str) -> bool:
    """Not so the second of two samplers, which goes on from what the first left: its seed says nothing."""
    return inputs_of(graph, name).get("add_noise") != "disable"


def text_of(graph: Graph, sampler: str | None, names: tuple[str, ...], others: tuple[str, ...]) -> str | None:
    """The text that reaches one of these inputs of the sampler, or of its guider, and not through one of the others."""
    if sampler is None:
        return None
    guider = linked(graph, inputs_of(graph, sampler).get("guider"))
    for node in filter(None, (sampler, guider)):
        for name in names:
            start = linked(graph, inputs_of(graph, node).get(name))
            nodes = list(upstream(graph, [start], others)) if start else []
            text = prompt_in(first(graph, nodes, TEXTS, of_type=str))
            if text:
                return text
    return None


def first(graph: Graph, nodes: list[str], names: tuple[str, ...], of_type: type | None = None) -> Any:
    """The first value under one of these names; behind a link, the value of the node that it names."""
    for node in nodes:
        inputs = inputs_of(graph, node)
        for name in names:
            value = inputs.get(name)
            before = linked(graph, value)
            if before is not None:
                value = next(
                    (each for each in map(inputs_of(graph, before).get, (*names, "value")) if plain(each)), None
                )
            if plain(value) and (of_type is None or isinstance(value, of_type)):
                return value
    return None


def plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
