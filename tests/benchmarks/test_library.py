"""The benchmark of the library: its films are films of many shots, and its numbers are of both readings."""

from __future__ import annotations

from pathlib import Path

from benchmarks.library.__main__ import as_text, measure_memory, measure_speed
from benchmarks.library.films import decode, render, repeat


def test_a_film_is_read_and_measured(tmp_path: Path) -> None:
    film = render(tmp_path / "film.mp4", 10, (160, 90), 12)
    speed = measure_speed(tmp_path, film, 10, 1, 1)
    assert speed["frames and clips"]["clips"] == 2
    assert speed["frames"]["clips"] == 0
    assert speed["frames"]["stills"] >= 2
    assert speed["decoding"]["of_decoding"] == 1
    long = repeat(film, tmp_path / "long.mp4", 3)
    assert decode(long, 1) == 3 * decode(film, 1) == 360
    memory = measure_memory(tmp_path, long, 1)
    assert memory["most_after_that"] >= memory["after_a_tenth"] > 0
    assert "of decoding" in as_text({"megabits": 1.0, "speed": speed, "memory": {"hours": 0.01, **memory}})
