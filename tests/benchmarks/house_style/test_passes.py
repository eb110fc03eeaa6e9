"""Passes are counted in items, forward and back, and of half a network as half."""

from __future__ import annotations

import torch

from benchmarks.house_style.passes import counting_passes


class Denoiser(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = torch.nn.ModuleList(torch.nn.Linear(4, 4) for _ in range(4))

    def forward(self, x: torch.Tensor, most: int = 4) -> torch.Tensor:
        for block in self.blocks[:most]:
            x = block(x)
        return x


class SmallDecoder(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_in, self.conv_out = torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.conv_out(self.conv_in(z))


def test_items_forward_and_back() -> None:
    denoiser, decoder = Denoiser(), SmallDecoder()
    with counting_passes() as passes:
        with torch.no_grad():
            denoiser(torch.ones(6, 4))
            denoiser(torch.ones(4, 4), most=2)
            decoder(torch.ones(3, 4))
        denoiser(torch.ones(2, 4)).sum().backward()
    denoiser(torch.ones(6, 4))
    assert passes.described() == {"forward": 6 + 2 + 2, "backward": 2, "encoded": 0, "decoded": 3}
