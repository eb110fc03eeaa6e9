"""Faces are seen by OpenCV's cascades, and counted against the people who allowed theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from feedback.copies import checks
from feedback.copies.checks import Face
from feedback.copies.faces import people_allowed, with_faces_nobody_allowed
from feedback.errors import Invalid
from feedback.rights import consents, contributors
from feedback.store import Studio
from generation.copies import faces
from generation.copies.checking import Known, check_take
from tests.factories import add_brief, add_person, new_studio
from tests.generation.copies.scenes import add_take, picture
from tests.generation.library.test_real_media import package_file


def portrait() -> np.ndarray:
    """Grace Hopper, of matplotlib: public domain, US Navy."""
    path = package_file("matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg")
    return np.asarray(Image.open(path).convert("RGB"))


def test_one_face_in_a_portrait_and_none_in_scenes() -> None:
    ((x, y, width, height),) = faces.find_faces(portrait())
    assert 0.3 < x + width / 2 < 0.7
    assert 0.1 < y + height / 2 < 0.5
    assert not any(faces.find_faces(picture(seed)) for seed in range(5))


def test_a_detector_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(faces.DETECTOR, str(tmp_path / "none.onnx"))
    with pytest.raises(Invalid, match="there is no file"):
        faces.find_faces(picture(1))
    for name in ("broken.onnx", "broken.xml"):
        (tmp_path / name).write_text("nothing")
        monkeypatch.setenv(faces.DETECTOR, str(tmp_path / name))
        with pytest.raises(Invalid, match=f"{faces.DETECTOR}: .*{name} cannot be used: "):
            faces.find_faces(picture(1))


def test_a_cascade_of_the_studio(monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    monkeypatch.setenv(faces.DETECTOR, f"{cv2.data.haarcascades}haarcascade_frontalface_alt2.xml")
    assert len(faces.find_faces(portrait())) == 1


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    studio = new_studio(tmp_path / "studio")
    add_person(studio, "ana", "creative")
    return studio


def test_a_face_is_marked_until_somebody_allows_it(studio: Studio) -> None:
    brief = add_brief(studio, "ana", "a portrait of Grace Hopper")
    take = add_take(studio, portrait(), brief=brief)
    contributors.add_contributor(studio, "Grace Hopper")
    check_take(Known(studio), take)
    assert len(checks.faces_of(studio, take)) == 1
    assert with_faces_nobody_allowed(studio, [take]) == {take}
    consent = consents.add_consent(studio, "Grace Hopper", subject="likeness", uses=["drawing"], described="a portrait")
    assert people_allowed(studio, [brief["id"]]) == {brief["id"]: 1}
    assert not with_faces_nobody_allowed(studio, [take])
    consents.end_consent(studio, consent["id"], "asked us to")
    assert with_faces_nobody_allowed(studio, [take]) == {take}


def test_each_face_needs_somebody(studio: Studio) -> None:
    take = add_take(studio, picture(1))
    checks.keep_check(studio, take, 0, faces=[Face(0, 0.1, 0.1, 0.2, 0.2), Face(0, 0.6, 0.1, 0.2, 0.2)])
    assert with_faces_nobody_allowed(studio, [take]) == {take}
    checks.keep_check(studio, take, 0, faces=[])
    assert not with_faces_nobody_allowed(studio, [take])
