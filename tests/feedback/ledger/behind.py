"""A studio whose version learned from people, a title and a performer, with one consent of each state."""

from __future__ import annotations

from pathlib import Path

from feedback.clock import now
from feedback.judgements import ballots, ratings
from feedback.models import runs, versions
from feedback.models.influences import NewInfluence, NewInfluences, keep_influences
from feedback.people import accounts
from feedback.production.briefs import Brief, write_brief
from feedback.production.shots import find_shot
from feedback.rights.consents import add_consent, end_consent
from feedback.rights.contributors import add_contributor
from feedback.rights.licences import add_licence
from feedback.store import Studio, media
from tests.factories import add_brief, add_takes, judging_studio, png

FACE = {"subject": "likeness", "uses": ["training", "drawing"], "described": "a face in a window"}
NAMES = ("Ada Lovelace", "=cmd|' /C calc'!A0", "آدا لوفلايس", "竹内")


def studio_behind(folder: Path) -> Studio:
    """v0001 stands on: 3 verdicts and a star by ana and sue, of a brief of the first performer and one from a frame."""
    studio = judging_studio(folder, briefs_count=2)
    for name in NAMES:
        add_contributor(studio, name)
    add_consent(studio, NAMES[0], **FACE)
    add_consent(studio, NAMES[1], **{**FACE, "ends": "2020-01-01"})
    add_consent(studio, NAMES[2], **FACE)
    add_consent(studio, NAMES[3], **FACE)
    frame = add_frame(studio)
    shown = add_takes(studio, add_brief(studio, "ana", "Ada Lovelace at a window"), 2, 500)
    from_frame = add_takes(studio, brief_from(studio, frame), 2, 600)
    ana, sue = (accounts.get_person(studio, name)["id"] for name in ("ana", "sue"))
    judged = [
        ("ballot", ballots.cast_ballot(studio, ana, "1", *shown, "left", 900)[0]["id"], ana, "train"),
        ("ballot", ballots.cast_ballot(studio, sue, "2", *from_frame, "both_bad", 900)[0]["id"], sue, "train"),
        ("ballot", ballots.cast_ballot(studio, sue, "3", 1, 2, "right", 900)[0]["id"], sue, "heldout"),
        ("rating", ratings.rate_take(studio, sue, "4", shown[0], 5)[0]["id"], sue, "train"),
    ]
    weights = {
        ("ballot", judged[0][1], ana): 1.0,
        ("ballot", judged[1][1], sue): 0.5,
        ("rating", judged[3][1], sue): 0.5,
    }
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/0001", judged, items=[1], weights=weights)
    adapter: versions.Adapter = {"folder": "models/v0001", "sha256": "1" * 64, "weight": 1.0}
    versions.register_candidate(studio, "v0001", "starter", [adapter], run)
    runs.finish_run(studio, run, "v0001", {"seconds": 1800.0, "device": "cuda"})
    rows = [
        NewInfluence("person", ana, 1.0, 0.02, 0.01, -0.01, 0.02, 0.9, 0.05),
        NewInfluence("person", sue, 2.0),
        NewInfluence("title", 1, 1.0, 0.001, 0.002, 0.0, 0.001, 0.99, 0.01),
    ]
    keep_influences(studio, run, NewInfluences(rows, 5, 3, 6, 0.6))
    end_consent(studio, 3, "the contract ended")
    return studio


def add_frame(studio: Studio) -> str:
    """A frame of the title Harbour that shows the fourth performer; its sha256."""
    add_licence(studio, "Archive", holder="The harbour archive", uses=["training", "drawing"])
    sha256 = media.store_bytes(studio, png(33), "png", "image/png", 32, 32, 1)
    with studio.writing() as db:
        db.table("titles").insert({"id": 1, "name": "Harbour", "licence": 1, "created": now()})
        film = {
            "path": "/films/harbour.mov",
            "bytes": 1,
            "kind": "film",
            "detail": "{}",
            "state": "done",
            "counts": "{}",
        }
        db.table("library_files").insert({"id": 1, "sha256": "f" * 64, "title": 1, "created": now(), **film})
        item = {
            "kind": "still",
            "shot": 1,
            "frame_in": 7,
            "frame_out": 7,
            "seconds": 0.3,
            "caption": "",
            "captioned_by": "",
        }
        item |= {"sharpness": 1.0, "perceptual_hash": 0, "created": now(), "media": sha256}
        db.table("library_items").insert({"id": 1, "file": 1, **item})
        db.table("item_contributors").insert({"item": 1, "contributor": 4})
    return sha256


def brief_from(studio: Studio, sha256: str) -> Brief:
    author, shot = accounts.get_person(studio, "ana")["id"], find_shot(studio, "T_010")["id"]
    fields = {"kind": "still", "width": 32, "height": 32, "frames": 1, "steps": 2}
    return write_brief(studio, shot, "the harbour again", author=author, source_media=sha256, **fields)
