"""Passports in exports: what a project's policy asks for, what media are signed with, and the list beside an export."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from typing import Any, cast

from feedback.errors import Refused
from feedback.exchange.edit.cut import Clip, Cut, name_takes
from feedback.exchange.files import check_count, safe_name, whole_file
from feedback.judgements.selects import SelectDetails
from feedback.production.takes import get_take
from feedback.rights.content_credentials.handed_out import reduced
from feedback.rights.content_credentials.library import EXTRA, is_installed
from feedback.rights.content_credentials.manifests import cut_manifest
from feedback.rights.content_credentials.signing import Signing, sidecar_of
from feedback.rights.content_credentials.studio_signer import signer_or_tryout
from feedback.rights.passport import Passport, incomplete, passports_of
from feedback.rights.passport_policy import PassportPolicy, check_complete, policy_of
from feedback.rights.project_rules import OFF, REDUCED, REFUSE, rules_of
from feedback.store import Studio, media

LISTED = "_passports.json"  # after the project's code


def with_passports(studio: Studio, cut: Cut) -> tuple[Cut, PassportPolicy]:
    """The cut with its takes' passports, and its project's policy. Refused where that asks for complete ones."""
    policy = policy_of(studio, cut.project)
    passports = passports_of(studio, {clip.select["take"] for clip in cut.clips})
    check_complete(policy, passports, cut.project)
    clips = [replace(clip, passport=passports[clip.select["take"]]) for clip in cut.clips]
    if rules_of(studio, cut.project)["credentials"] == REDUCED:
        clips, passports = [handed_out(studio, clip) for clip in clips], {}
    return replace(cut, clips=clips, inputs=input_files(studio, passports)), policy


def handed_out(studio: Studio, clip: Clip) -> Clip:
    """Without names and prompts: in its passport, and in the file, of which that is taken that raters see."""
    assert clip.passport is not None
    bare = get_take(studio, clip.select["take"])["rendition"]
    select = clip.select if bare is None else {**clip.select, "path": media.path_of(studio, bare)}
    return replace(clip, passport=reduced(clip.passport), select=cast(SelectDetails, select))


def input_files(studio: Studio, passports: Mapping[int, Passport]) -> dict[str, Path]:
    """By sha256, those that are there."""
    hashes = {each["sha256"] for passport in passports.values() for each in passport["inputs"]}
    paths = {sha256: media.path_of(studio, sha256) for sha256 in hashes}
    return {sha256: path for sha256, path in paths.items() if path.is_file()}


def with_signing(studio: Studio, cut: Cut, policy: PassportPolicy) -> Cut:
    """The cut with what its media are signed with. Refused where the policy asks for passports and nothing can sign."""
    why = None if is_installed() else f"Content Credentials need c2pa-python: {EXTRA}"
    if why is None:
        signer = signer_or_tryout(studio)
        why = None if signer else "this studio is read-only and has no certificate"
        if signer is not None:
            return replace(cut, signing=Signing(signer))
    if policy == REFUSE:
        raise Refused(f"{cut.project} exports signed media alone: {why}")
    return replace(cut, remarks=[*cut.remarks, f"the media have no Content Credentials: {why}"])


def list_passports(cut: Cut, path: Path, policy: PassportPolicy) -> None:
    """Writes the takes' passports beside an export (`path`), and signs a file that holds no credentials itself."""
    if policy == OFF:
        return
    passports = {clip.select["take"]: clip.passport for clip in cut.clips if clip.passport is not None}
    listed = path.parent / f"{safe_name(cut.project)}{LISTED}"
    write_list(listed, cut.project, passports)
    if gaps := incomplete(passports):
        cut.remarks.append(f"passports of {name_takes(list(gaps))} are incomplete: {listed.name} lists what they lack")
    if cut.signing is not None and path.is_file():
        more = {"passports": listed.name, "passports_sha256": sha256_of(listed)}
        cut.signing.write_sidecar(path, sidecar_of(path), cut_manifest(path.name, cut.project, passports, more))


def write_list(path: Path, project: str, passports: Mapping[int, Passport]) -> None:
    about: dict[str, Any] = {
        "project": project,
        "takes": len(passports),
        "incomplete": {str(take): missing for take, missing in incomplete(passports).items()},
        "passports": list(passports.values()),
    }
    with whole_file(path) as partial:
        partial.write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
        check_count(path, len(json.loads(partial.read_text(encoding="utf-8"))["passports"]), len(passports))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
