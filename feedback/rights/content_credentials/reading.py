"""Reading credentials, also those of strangers' files: what a file is, who signed it, and whether it was changed since.

c2pa's own reader decides; nothing is asked of the network. States: see `Verdict.state`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict

from feedback.errors import Invalid, NotFound, one_line
from feedback.rights.content_credentials.library import c2pa, context
from feedback.rights.content_credentials.manifests import CUT, PASSPORT
from feedback.rights.content_credentials.signing import ANY, SIDECAR, TYPES, sidecar_of, sidecar_of_picture

UNTRUSTED = "signingCredential.untrusted"
CHANGED = (
    "dataHash.mismatch",
    "bmffHash.mismatch",
    "boxesHash.mismatch",
    "hashedURI.mismatch",
    "claimSignature.mismatch",
)
MOST_ASSERTION = 4 * 2**20  # characters of a passport that is shown
State = Literal["trusted", "untrusted", "changed", "invalid", "unsigned", "unreadable"]


class Action(TypedDict):
    action: str  # such as c2pa.created
    source: str  # the last part of the digital source type; empty where none is given
    by: str  # the software or model
    when: str
    parameters: dict[str, Any]


class Verdict(TypedDict):
    """What the credentials of a file say, and whether to believe it."""

    file: str
    state: State
    """trusted: whole, and by a signer on the trust list; untrusted: whole, by anybody; changed: not as it was signed;
    invalid: signed, and against the rules (an expired certificate); unsigned: without; unreadable: broken."""
    reason: str  # in words; empty for trusted
    where: str  # embedded, or the name of the sidecar
    title: str
    generator: str
    signer: str  # organisation and name, as the certificate has them
    signed: str | None  # when, by a time stamp authority; None: nobody attests it
    actions: list[Action]
    ingredients: list[str]
    passport: dict[str, Any] | None  # of a take
    cut: dict[str, Any] | None  # of a file with several takes
    problems: list[str]  # codes and explanations of c2pa's validation


def verify_file(path: Path, trusted: str) -> Verdict:
    """`trusted`: certificates (PEM) of whoever is believed. NotFound, Invalid: there is no such file, or it is a folder."""
    check_file(path)
    if not path.stat().st_size:
        return empty(path, "unreadable", "it is empty")
    sidecar = None if path.suffix == SIDECAR else sidecar_beside(path)
    try:
        report, embedded = read(path, sidecar, trusted)
    except c2pa().C2paError as error:
        return unread(path, error)
    return verdict_of(path, report, "embedded" if embedded or sidecar is None else sidecar.name)


def check_file(path: Path) -> None:
    if path.is_dir():
        raise Invalid(f"{path} is a folder: name one file")
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    if path.suffix == SIDECAR:
        raise Invalid(f"{path.name} is a sidecar: name the file beside it that it speaks for")


def sidecar_beside(path: Path) -> Path | None:
    return next((each for each in (sidecar_of(path), sidecar_of_picture(path)) if each.is_file()), None)


def read(path: Path, sidecar: Path | None, trusted: str) -> tuple[dict[str, Any], bool]:
    """c2pa's report, and whether the credentials are in the file itself."""
    reading = context(trusted)
    with path.open("rb") as file:
        try:
            with c2pa().Reader(TYPES.get(path.suffix.lower()), file, context=reading) as reader:
                return json.loads(reader.json()), True
        except c2pa().C2paError:
            if sidecar is None:
                raise
    with path.open("rb") as file, c2pa().Reader(ANY, file, sidecar.read_bytes(), context=reading) as reader:
        return json.loads(reader.json()), False


def unread(path: Path, error: Exception) -> Verdict:
    kinds = c2pa().C2paError
    if isinstance(error, (kinds.ManifestNotFound, kinds.NotSupported)):
        return empty(path, "unsigned", "it has no Content Credentials, and there is no sidecar beside it")
    return empty(path, "unreadable", f"it cannot be read as what it is called ({one_line(error, 120)})")


def empty(path: Path, state: State, reason: str) -> Verdict:
    texts = dict.fromkeys(("where", "title", "generator", "signer"), "")
    return Verdict(
        file=str(path),
        state=state,
        reason=reason,
        signed=None,
        actions=[],
        ingredients=[],
        passport=None,
        cut=None,
        problems=[],
        **texts,  # type: ignore[typeddict-item]
    )


def verdict_of(path: Path, report: dict[str, Any], where: str) -> Verdict:
    manifest = report.get("manifests", {}).get(report.get("active_manifest"), {})
    failures = (report.get("validation_results") or {}).get("activeManifest", {}).get("failure", [])
    state, reason = judged(failures, str(report.get("validation_state", "Invalid")))
    signature = manifest.get("signature_info") or {}
    assertions = {each.get("label"): each.get("data") for each in manifest.get("assertions", [])}
    parts = (signature.get("issuer"), signature.get("common_name"))
    return Verdict(
        file=str(path),
        state=state,
        reason=reason,
        where=where,
        title=text(manifest.get("title")),
        generator=generator_of(manifest),
        signer=" · ".join(dict.fromkeys(text(part) for part in parts if part)),
        signed=text(signature.get("time")) or None,
        actions=actions_in(assertions),
        ingredients=[text(each.get("title")) for each in manifest.get("ingredients", [])],
        passport=bounded(assertions.get(PASSPORT)),
        cut=bounded(assertions.get(CUT)),
        problems=[f"{each.get('code')}: {text(each.get('explanation'))}" for each in failures],
    )


def judged(failures: list[dict[str, Any]], state: str) -> tuple[State, str]:
    codes = [str(each.get("code")) for each in failures]
    if any(code.endswith(CHANGED) for code in codes):
        return "changed", "its content is not what was signed"
    others = [each for each in failures if each.get("code") != UNTRUSTED]
    if others or state not in ("Trusted", "Valid"):
        why = text(others[0].get("explanation")) if others else "c2pa's reader calls it invalid"
        return "invalid", f"its credentials break the rules: {why}"
    if codes or state == "Valid":
        return "untrusted", "its signer is on no trust list of this studio: anybody may have signed it"
    return "trusted", ""


def text(value: Any) -> str:
    return " ".join(str(value or "").split())[:200]


def generator_of(manifest: Mapping[str, Any]) -> str:
    named = (manifest.get("claim_generator_info") or [{}])[0]
    return text(f"{named.get('name', '')} {named.get('version', '')}") or text(manifest.get("claim_generator"))


def bounded(value: Any) -> dict[str, Any] | None:
    """What strangers may have written as ours, where it is of our form and no book."""
    return value if isinstance(value, dict) and len(json.dumps(value)) <= MOST_ASSERTION else None


def actions_in(assertions: Mapping[str, Any]) -> list[Action]:
    data = next((value for label, value in assertions.items() if str(label).startswith("c2pa.actions")), None) or {}
    return [action_of(each) for each in data.get("actions", []) if isinstance(each, dict)]


def action_of(given: Mapping[str, Any]) -> Action:
    agent, parameters = given.get("softwareAgent") or "", given.get("parameters")
    known = parameters if isinstance(parameters, dict) else {}
    return Action(
        action=text(given.get("action")),
        source=text(given.get("digitalSourceType")).rsplit("/", 1)[-1],
        by=text(agent.get("name")) if isinstance(agent, dict) else text(agent),
        when=text(given.get("when")),
        parameters={name: value for name, value in known.items() if name != "ingredients"},
    )


def read_bytes(data: bytes, ending: str, trusted: str = "") -> dict[str, Any]:
    """c2pa's report of a file in memory."""
    with c2pa().Reader(TYPES[ending], io.BytesIO(data), context=context(trusted)) as reader:
        return dict(json.loads(reader.json()))
