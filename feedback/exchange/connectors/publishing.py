"""Takes as previews there: the file that raters see, named, without what tells its version.

Takes of open trials, and of two wordings that are still compared, are never published: there the version could be guessed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from feedback.errors import Refused
from feedback.exchange.connectors.links import add_link, links_of, studio_key
from feedback.exchange.connectors.report import Report
from feedback.exchange.connectors.settings import ConnectorSettings
from feedback.exchange.connectors.statuses import latest_status, link_status
from feedback.exchange.connectors.tracker import Mark, OutgoingTake, Publication, Tracker
from feedback.production.shots import get_shot
from feedback.production.takes import Take, get_take, get_takes, is_hidden, list_takes
from feedback.rights.checks import missing_for_takes
from feedback.rights.content_credentials.library import is_installed
from feedback.rights.content_credentials.manifests import preview_manifest
from feedback.rights.content_credentials.signing import TYPES, Signing
from feedback.rights.content_credentials.studio_signer import signer_of
from feedback.rights.export_record import recorded_export
from feedback.rights.passport import passport_of
from feedback.store import Studio, media


def publications(studio: Studio, site: str, project: str) -> list[Publication]:
    """Takes of a project (code) that are there, oldest first."""
    links = [link for link in links_of(studio, site, "take") if link.ours is not None]
    takes = get_takes(studio, {link.ours for link in links if link.ours is not None})
    of_project = {number for number, take in takes.items() if take["project_code"] == project and not take["hidden"]}
    return [Publication(link.ours, link.theirs, link.detail) for link in links if link.ours in of_project]


def publish_takes(
    studio: Studio,
    tracker: Tracker,
    project: str,
    their_project: str,
    settings: ConnectorSettings,
    report: Report,
    only: Collection[int] = (),
) -> None:
    """Those of the statuses that the settings name, or those named; each once.

    Refused for a take that an open trial hides, or that is none of the project. A take that cannot go is named in the report.
    """
    chosen = named_takes(studio, project, only) if only else takes_to_publish(studio, project, settings)
    there = {link.ours for link in links_of(studio, tracker.site, "take")}
    shots = {link.ours: link.theirs for link in links_of(studio, tracker.site, "shot")}
    for take in chosen:
        if take["id"] in there:
            continue
        if take["shot"] not in shots:
            report.left.append(f"take {take['id']}: shot {take['shot_code']} is none of theirs; pull their shots first")
            continue
        try:
            publish(studio, tracker, their_project, shots[take["shot"]], take, settings)
            report.takes_published += 1
        except Refused as refusal:
            report.left.append(f"take {take['id']}: {refusal}")


def takes_to_publish(studio: Studio, project: str, settings: ConnectorSettings) -> list[Take]:
    takes = list_takes(studio, project=project)  # without those of open trials
    return [take for take in takes if take["state"] == "done" and take["status"] in settings.publish]


def named_takes(studio: Studio, project: str, numbers: Collection[int]) -> list[Take]:
    takes = [get_take(studio, number) for number in numbers]
    for take in takes:
        if take["project_code"] != project:
            raise Refused(f"take {take['id']} is none of project {project} but of {take['project_code']}")
        if take["hidden"]:
            raise Refused(f"take {take['id']} is compared blindly: it can be published when that is over")
        if take["state"] != "done":
            raise Refused(f"take {take['id']} is {take['state']}: publish it when it is done")
    return takes


def publish(
    studio: Studio, tracker: Tracker, their_project: str, shot: str, take: Take, settings: ConnectorSettings
) -> None:
    """Asked again just before it goes, since a comparison may have begun meanwhile."""
    if is_hidden(studio, take["id"]):
        raise Refused("it is compared blindly by now")
    if missing := missing_for_takes(studio, [take["id"]]).get(take["id"]):
        raise Refused("; ".join(missing))
    row, status = latest_status(studio, take["id"])
    name = file_name(studio, take, settings)
    code, place = take["project_code"], f"{tracker.site}: {name}"
    signing = preview_signing(studio)
    signed_by = signing.name if signing else None
    held = recorded_export(studio, code, "preview", place, [take["id"]], signed_by=signed_by)
    with held, named_file(studio, take, name, signing) as path:
        mark = Mark(studio_key(studio), "take", take["id"])
        outgoing = OutgoingTake(mark, name, path, f"{name}: {take['prompt']}", settings.theirs(status))
        published = tracker.publish_take(their_project, shot, outgoing)
    with studio.writing():
        add_link(studio, tracker.site, "take", take["id"], published.theirs, made_here=True, detail=published.detail)
        if row is not None and outgoing.status is not None:
            link_status(studio, tracker.site, row, published.status, made_here=True)


def file_name(studio: Studio, take: Take, settings: ConnectorSettings) -> str:
    shot = get_shot(studio, take["shot"])
    fields = {"project": take["project_code"], "sequence": shot["sequence"], "shot": shot["code"]}
    return settings.name.format(**fields, take=take["id"])


def preview_signing(studio: Studio) -> Signing | None:
    """None in a studio that has no certificate: publishing makes none."""
    signer = signer_of(studio) if is_installed() else None
    return Signing(signer) if signer else None


@contextmanager
def named_file(studio: Studio, take: Take, name: str, signing: Signing | None = None) -> Iterator[Path]:
    """The file that raters see, whole, under a name that people read, and signed as what it is."""
    stored = media.whole_path_of(studio, take["rendition"])
    with TemporaryDirectory(prefix="circletake-") as folder:
        path = Path(folder) / f"{name}{stored.suffix}"
        if signing is not None and path.suffix in TYPES:
            signing.sign(stored, path, preview_manifest(passport_of(studio, take["id"]), path.name))
            yield path
            return
        try:
            os.link(stored, path)
        except OSError:  # another file system
            shutil.copyfile(stored, path)
        yield path
