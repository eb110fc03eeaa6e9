"""Model folders and adapters as somebody who means harm would send them: each from a small one that is whole."""

from __future__ import annotations

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

PARTS = ("transformer", "vae", "text_encoder")
Harm = Callable[[Path], None]


class Executed:
    """Unpickled, it writes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.marker, "executed")


CODE = "from pathlib import Path\nPath({marker!r}).write_text('executed')\nclass Part: pass\n"


def weights_of(folder: Path, part: str) -> Path:
    return next((folder / part).glob("*.safetensors"))


def change_json(path: Path, **values: Any) -> None:
    content = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**content, **values}))


def pickled(part: str, ending: str, marker: Path) -> Harm:
    def harm(folder: Path) -> None:
        path = weights_of(folder, part)
        path.unlink()
        path.with_suffix(ending).write_bytes(pickle.dumps(Executed(marker)))

    return harm


def linked(name: str, target: Path) -> Harm:
    def harm(folder: Path) -> None:
        path = folder / name
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return harm


def configured(name: str, **values: Any) -> Harm:
    return lambda folder: change_json(folder / name, **values)


def with_part(name: str, value: Any) -> Harm:
    return lambda folder: change_json(folder / "model_index.json", **{name: value})


def with_code(part: str, library: str, marker: Path) -> Harm:
    def harm(folder: Path) -> None:
        (folder / part / f"{library}.py").write_text(CODE.format(marker=str(marker)))
        change_json(folder / "model_index.json", **{part: [library, "Part"]})

    return harm


def with_text(name: str, text: str | bytes) -> Harm:
    return lambda folder: (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode()) and None


def with_header(part: str, change: Callable[[dict[str, Any]], Any] | None, length: int | None = None) -> Harm:
    """Another header before the same weights; `length`: what the file says that the header has, in bytes."""

    def harm(folder: Path) -> None:
        path = weights_of(folder, part)
        data = path.read_bytes()
        (old,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + old])
        header = (change(header) or header) if change else header
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data[8 + old :])

    return harm


def first_of(header: dict[str, Any]) -> dict[str, Any]:
    return header[min(name for name in header if name != "__metadata__")]


def huge_shape(header: dict[str, Any]) -> None:
    first_of(header)["shape"] = [2**40, 2**40]


def negative_shape(header: dict[str, Any]) -> None:
    first_of(header)["shape"] = [-1, -1]


def outside(header: dict[str, Any]) -> None:
    first_of(header)["data_offsets"] = [2**50, 2**50 + 4]


def overlapping(header: dict[str, Any]) -> None:
    names = sorted(name for name in header if name != "__metadata__")
    header[names[1]]["data_offsets"] = header[names[0]]["data_offsets"]


def unknown_format(header: dict[str, Any]) -> None:
    first_of(header)["dtype"] = "OBJECT"


def cut(part: str, share: float) -> Harm:
    def harm(folder: Path) -> None:
        path = weights_of(folder, part)
        os.truncate(path, int(path.stat().st_size * share))

    return harm


def longer(part: str) -> Harm:
    def harm(folder: Path) -> None:
        with weights_of(folder, part).open("ab") as file:
            file.write(b"more than the header tells of")

    return harm


def pipe_named(name: str) -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return harm


def folders(marker: Path) -> dict[str, Harm]:
    """What is done to a folder of a Wan pipeline, by name. `marker`: the file that executed code would write."""
    deep = "[" * 100_000 + "]" * 100_000
    config = "transformer/config.json"
    cases: dict[str, Harm] = {
        f"pickled {part}{ending}": pickled(part, ending, marker)
        for part in PARTS
        for ending in (".bin", ".ckpt", ".pt", ".pkl")
    }
    cases |= {f"code beside {part}": with_code(part, "part", marker) for part in PARTS}
    cases |= {f"code called {name}": with_code("vae", name, marker) for name in ("diffusers", "transformers", "wan")}
    cases |= {
        f"part of {library}": with_part("vae", [library, name])
        for library, name in (("os", "system"), ("subprocess", "Popen"), ("hostile_module", "Part"), ("..", "Part"))
    }
    cases |= {
        "part outside": with_part("../vae", ["diffusers", "AutoencoderKLWan"]),
        "class with a dot": with_part("vae", ["diffusers", "loaders.peft.os.system"]),
        "part of three": with_part("vae", ["diffusers", "AutoencoderKLWan", "x"]),
        "linked weights": linked("vae/diffusion_pytorch_model.safetensors", Path("/etc/passwd")),
        "linked configuration": linked(config, Path("/etc/passwd")),
        "linked folder": linked("more", Path("/etc")),
        "link upwards": linked("more", Path("../..")),
        "a pipe": pipe_named(config),
        "auto_map": configured("text_encoder/config.json", auto_map={"AutoModel": "someone/else--code.Model"}),
        "auto_map of a tokenizer": configured(
            "tokenizer/tokenizer_config.json", auto_map={"AutoTokenizer": ["x.Y", None]}
        ),
        "attention from a hub": configured("text_encoder/config.json", _attn_implementation="someone/kernels"),
        "adapter beside": with_text("text_encoder/adapter_config.json", '{"base_model_name_or_path": "/etc"}'),
        "shards elsewhere": with_text(
            "text_encoder/model.safetensors.index.json", '{"weight_map": {"shared.weight": "../../../../etc/passwd"}}'
        ),
        "many layers": configured(config, num_layers=10**9),
        "wide layers": configured(config, ffn_dim=10**12),
        "many positions": configured(config, rope_max_seq_len=10**9),
        "large vocabulary": configured("text_encoder/config.json", vocab_size=10**10),
        "deep index": with_text("model_index.json", deep),
        "deep configuration": with_text(config, f'{{"x": {deep}}}'),
        "long configuration": with_text(config, '{"x": "' + "y" * 5_000_000 + '"}'),
        "no object": with_text(config, "[1, 2]"),
        "no text": with_text(config, bytes(range(256))),
        "no JSON": with_text("model_index.json", "{"),
    }
    lies = {"huge": huge_shape, "negative": negative_shape, "outside": outside, "overlap": overlapping}
    cases |= {f"header {name}": with_header("vae", lie) for name, lie in lies.items()}
    cases |= {
        "header unknown format": with_header("transformer", unknown_format),
        "header of a terabyte": with_header("vae", None, 2**40),
        "header longer than its file": with_header("vae", None, 15 * 1024**2),
        "header negative": with_header("vae", None, 2**64 - 1),
        "header deep": with_header("vae", lambda header: deep.encode()),
        "header no object": with_header("vae", lambda header: b"[]"),
        "header of numbers": with_header("vae", lambda header: b'{"x": 1}'),
        "header no text": with_header("vae", lambda header: bytes(range(256))),
        "cut": cut("transformer", 0.5),
        "cut in the header": cut("transformer", 0.001),
        "empty": cut("vae", 0),
        "longer": longer("vae"),
    }
    return cases


def adapters() -> dict[str, dict[str, Any]]:
    """Settings in the header of an adapter's file, by name."""
    return {
        "imports a module": {"megatron_config": {"a": 1}, "megatron_core": "hostile_module"},
        "only names a module": {"megatron_core": "hostile_module"},
        "takes singular values": {"init_lora_weights": "pissa"},
        "takes many singular values": {"init_lora_weights": "pissa_niter_1000000"},
        "reads data": {"init_lora_weights": "eva"},
        "huge rank": {"r": 10**9},
        "no rank": {"r": 0},
        "rank as text": {"r": "8"},
        "rank of a layer": {"rank_pattern": {"to_q": 10**9}},
        "slow names": {"target_modules": r"(\w+)+$" + "x"},
        "slow pattern": {"rank_pattern": {r"(\w+\w+)+x": 4}},
        "slow alpha": {"alpha_pattern": {r"(.*)*x": 4}},
        "layers again": {"layer_replication": [[0, 10**6]]},
        "other weights": {"modules_to_save": ["proj_out"]},
        "another method": {"peft_type": "PROMPT_TUNING"},
        "tokens": {"trainable_token_indices": {"x": list(range(1000))}},
        "endless strength": {"lora_alpha": 1e300},
        "text as strength": {"lora_alpha": "1e6"},
    }
