"""Kitsu, through gazu (https://gazu.cg-wire.com). A take is a preview of its shot's task, under a comment of ours.

Kitsu has one status a task. The take that was published last, and one that is circled, give the task theirs; what is said of
the others is a comment that leaves it as it is. A comment of somebody else is about the take that was published last before it,
and an answer about the take of the comment that it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from feedback.errors import NotFound, Refused, one_line
from feedback.exchange.connectors.tracker import (
    Mark,
    OutgoingTake,
    Publication,
    Published,
    TheirNote,
    TheirPerson,
    TheirShot,
    TheirStatus,
    mark_in,
    marked,
)

CREDENTIALS = ("url", "email", "password")
OF_BOT = ("url", "token")
"""Instead: of a bot, where people sign in by a second factor or elsewhere."""
NOT_UPLOADED = (None, 0)
OF_TAKE = re.compile(r"Take (\d+)[,:]")


def load_gazu() -> Any:
    try:
        import gazu
    except ImportError:
        raise Refused("Kitsu needs gazu: pip install 'circletake[kitsu]'") from None
    return gazu


@contextmanager
def speaking_with(site: str) -> Iterator[None]:
    """What gazu and the network say becomes one line, which repeats nothing that was sent."""
    from gazu.exception import AuthFailedException, GazuException, NotAllowedException, NotAuthenticatedException
    from requests import RequestException

    try:
        yield
    except (AuthFailedException, NotAuthenticatedException):
        raise Refused(
            f"{site} does not know that account: check its e-mail address and password, or its token"
        ) from None
    except NotAllowedException as error:
        raise Refused(f"{site} does not allow this account {one_line(error, 80)}: give it a manager's role") from None
    except GazuException as error:
        raise Refused(f"{site} refused: {type(error).__name__} {one_line(error)}".rstrip()) from None
    except RequestException as error:
        raise Refused(f"{site} cannot be reached: {type(error).__name__}; check the address and try again") from None


class Kitsu:
    """One Kitsu, as one account."""

    def __init__(self, credentials: dict[str, str], task_type: str) -> None:
        """Refused when it cannot be reached, or does not know the account. `task_type`: of the tasks takes are published to."""
        self.gazu, self.task_type = load_gazu(), task_type
        self.url = credentials["url"].rstrip("/")
        with speaking_with(self.site):
            self.client = self.gazu.client.create_client(self.address())
            self.sign_in(credentials)
        self.comments: dict[str, list[dict[str, Any]]] = {}  # by task, of this run

    def sign_in(self, credentials: dict[str, str]) -> None:
        if "token" in credentials:
            self.gazu.client.set_tokens({"access_token": credentials["token"]}, client=self.client)
            self.gazu.client.get_current_user(client=self.client)
        else:
            self.gazu.log_in(credentials["email"], credentials["password"], client=self.client)

    @property
    def site(self) -> str:
        return f"kitsu {self.url}"

    def address(self) -> str:
        """Of the API: what was given, or that and /api, as Kitsu serves it."""
        import requests

        for url in (self.url, f"{self.url}/api"):
            reply = requests.get(f"{url}/", timeout=30)
            if reply.ok and "zou" in reply.text[:1000].lower() and "json" in reply.headers.get("content-type", ""):
                return url
        raise Refused(f"{self.site} is no Kitsu: give the address at which people open it")

    def list_projects(self) -> list[str]:
        with speaking_with(self.site):
            return sorted(project["name"] for project in self.gazu.project.all_open_projects(client=self.client))

    def find_project(self, name: str) -> str:
        with speaking_with(self.site):
            projects = self.gazu.project.all_open_projects(client=self.client)
        for project in projects:
            if name in (project["name"], project.get("code")):
                return str(project["id"])
        names = ", ".join(sorted(project["name"] for project in projects)) or "none"
        raise NotFound(f"{self.site} has no project {name!r}, but {names}: name one with --theirs")

    def list_shots(self, project: str) -> list[TheirShot]:
        with speaking_with(self.site):
            rate = self.gazu.project.get_project(project, client=self.client).get("fps")
            sequences = self.gazu.shot.all_sequences_for_project(project, client=self.client)
            shots = self.gazu.shot.all_shots_for_project(project, client=self.client)
        names = {sequence["id"]: sequence["name"] for sequence in sequences}
        listed = [as_shot(shot, names.get(shot["parent_id"], ""), rate) for shot in shots if not shot.get("canceled")]
        return sorted(listed, key=lambda shot: (shot.sequence, shot.name))

    def list_statuses(self) -> list[str]:
        with speaking_with(self.site):
            return [status["short_name"] for status in self.gazu.task.all_task_statuses(client=self.client)]

    def publish_take(self, project: str, shot: str, take: OutgoingTake) -> Published:
        with speaking_with(self.site):
            task = self.task_of(shot)
            comment = self.comment_marked(task["id"], take.mark)
            if comment is None:
                comment = self.add_comment(task, take.status, marked(take.text, take.mark))
            preview = next(iter(comment.get("previews") or []), None)
            preview = preview or self.gazu.task.create_preview(task["id"], comment["id"], client=self.client)
            stored = self.gazu.files.get_preview_file(preview["id"], client=self.client)
            if stored.get("file_size") in NOT_UPLOADED:  # new, or an earlier run was killed before
                self.gazu.task.upload_preview_file(preview["id"], str(take.path), client=self.client)
            self.comments.pop(task["id"], None)
        detail = {"task": task["id"], "comment": comment["id"], "created": comment["created_at"]}
        return Published(preview["id"], detail, comment["id"])

    def task_of(self, shot: str) -> Any:
        """The shot's task of the type that takes are published to, made where there is none."""
        kind = self.gazu.task.get_task_type_by_name(self.task_type, client=self.client)
        if kind is None:
            kinds = self.gazu.task.all_task_types(client=self.client)
            names = ", ".join(sorted({each["name"] for each in kinds if each.get("for_entity") == "Shot"}))
            raise NotFound(f"{self.site} has no task type {self.task_type!r}, but {names}: say which under task_type")
        there = self.gazu.task.get_task_by_entity(shot, kind, client=self.client)
        return there or self.gazu.task.new_task(
            self.gazu.shot.get_shot(shot, client=self.client), kind, client=self.client
        )

    def add_comment(self, task: dict[str, Any], status: str | None, text: str) -> Any:
        """Under a status of this short name, or the one that the task has."""
        given = self.gazu.task.get_task(task["id"], client=self.client)["task_status_id"]
        if status is not None:
            given = self.gazu.task.get_task_status_by_short_name(status, client=self.client)["id"]
        self.comments.pop(task["id"], None)
        return self.gazu.task.add_comment(task["id"], given, comment=text, client=self.client)

    def comments_of(self, task: str) -> list[dict[str, Any]]:
        """Oldest first."""
        if task not in self.comments:
            comments = self.gazu.task.all_comments_for_task(task, client=self.client)[::-1]
            # They come newest first, and times are whole seconds: of one second the order that they come in counts.
            self.comments[task] = sorted(comments, key=lambda comment: comment["created_at"])
        return self.comments[task]

    def comment_marked(self, task: str, mark: Mark) -> dict[str, Any] | None:
        return next((each for each in self.comments_of(task) if mark_in(each["text"]) == mark), None)

    def push_status(self, take: Publication, status: str, text: str, mark: Mark, *, is_newest: bool) -> str:
        with speaking_with(self.site):
            there = self.comment_marked(take.detail["task"], mark)
            task = {"id": take.detail["task"]}
            made = there or self.add_comment(task, status if is_newest else None, marked(text, mark))
        return str(made["id"])

    def push_note(self, take: Publication, text: str, mark: Mark, earlier: str | None) -> str:
        with speaking_with(self.site):
            there = self.comment_marked(take.detail["task"], mark)
            if there is None:
                return str(self.add_comment({"id": take.detail["task"]}, None, marked(text, mark))["id"])
            if there["text"] != marked(text, mark):
                self.gazu.task.update_comment({"id": there["id"], "text": marked(text, mark)}, client=self.client)
                self.comments.pop(take.detail["task"], None)
        return str(there["id"])

    def pull_notes(self, takes: Sequence[Publication]) -> list[TheirNote]:
        with speaking_with(self.site):
            people = {person["id"]: as_person(person) for person in self.gazu.person.all_persons(client=self.client)}
            comments = [each for task in tasks_of(takes) for each in self.about(task, takes)]
        notes = []
        for take, comment in comments:
            if mark_in(comment["text"]) is None and comment["text"]:
                notes.append(TheirNote(comment["id"], take, writer(people, comment), comment["text"]))
            notes += [
                TheirNote(reply["id"], take, writer(people, reply), reply["text"])
                for reply in comment.get("replies") or []
                if reply.get("text")
            ]
        return notes

    def pull_statuses(self, takes: Sequence[Publication]) -> list[TheirStatus]:
        with speaking_with(self.site):
            people = {person["id"]: as_person(person) for person in self.gazu.person.all_persons(client=self.client)}
            return [change for task in tasks_of(takes) for change in self.changes_of(task, takes, people)]

    def changes_of(
        self, task: str, takes: Sequence[Publication], people: dict[str, TheirPerson]
    ) -> Iterator[TheirStatus]:
        before, about = None, {comment["id"]: take for take, comment in self.about(task, takes)}
        for comment in self.comments_of(task):
            status = comment["task_status"]["short_name"]
            if status != before and mark_in(comment["text"]) is None and comment["id"] in about:
                yield TheirStatus(comment["id"], about[comment["id"]], writer(people, comment), status)
            before = status

    def about(self, task: str, takes: Sequence[Publication]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Comments of a task since the first of our takes, each with the take that it is about."""
        by_comment = {take.detail["comment"]: take.take for take in takes if take.detail["task"] == task}
        newest: int | None = None
        for comment in self.comments_of(task):
            newest = by_comment.get(comment["id"], newest)
            if comment["id"] not in by_comment and comment.get("previews"):
                newest = None  # somebody else's preview, which what follows is about
            named = take_named(comment) or newest
            if named is not None:
                yield named, comment


def tasks_of(takes: Sequence[Publication]) -> list[str]:
    return list(dict.fromkeys(take.detail["task"] for take in takes))


def take_named(comment: dict[str, Any]) -> int | None:
    """Of a note or a status of ours: the take that it begins with."""
    match = OF_TAKE.match(comment["text"] or "")
    return int(match[1]) if match and mark_in(comment["text"]) else None


def writer(people: dict[str, TheirPerson], comment: dict[str, Any]) -> TheirPerson:
    return people.get(comment.get("person_id") or "", TheirPerson("somebody", ""))


def as_person(person: dict[str, Any]) -> TheirPerson:
    names = (person.get("first_name"), person.get("last_name"))
    return TheirPerson(" ".join(filter(None, names)), person.get("email") or "")


def as_shot(shot: dict[str, Any], sequence: str, rate: Any) -> TheirShot:
    data = shot.get("data") or {}
    frames = {name: whole(data.get(name)) for name in ("frame_in", "frame_out")}
    fps = data.get("fps") or rate
    return TheirShot(
        shot["id"],
        sequence,
        shot["name"],
        None,
        str(fps) if fps else None,
        **frames,
        frames=whole(shot.get("nb_frames")),
    )


def whole(value: Any) -> int | None:
    text = str(value) if value is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
