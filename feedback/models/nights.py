"""Nights: one row each, and the lease of whoever spends it: host, process, heartbeat, and when it is believed dead.

A lease counts by the studio's own record, so that a night on another machine, or in another container, is seen too. Whoever
has lost it learns of that with the next heartbeat or stage, and must stop.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, cast

import psutil

from feedback.clock import boot, now, seconds_between
from feedback.days import day_named
from feedback.errors import Conflict, Interrupted
from feedback.store import Studio
from feedback.store.time_zone import time_zone

HEARTBEAT = 10.0  # seconds between two
EXPIRES = 60.0  # seconds without a heartbeat, after which a night is believed dead
SAME_NIGHT = 20 * 3600.0  # seconds after its start in which an interrupted night goes on; later another one begins

EndState = Literal["done", "refused", "failed", "interrupted"]


class Night(TypedDict):
    """A row of `nights`. Times are UTC."""

    id: int
    state: Literal["running", "done", "refused", "failed", "interrupted"]
    person: str | None  # for whom alone
    project: str | None
    reason: str | None  # why it did not end as done
    stage: str  # where it is, or was last
    stage_since: str
    results: dict[str, Any]  # by stage that is done
    holder: str
    host: str
    process: int
    boot: str  # which start of the machine
    sittings: int  # how often it was begun: more than once after an interruption
    started: str
    heartbeat: str
    expires: str
    ended: str | None


@dataclass(frozen=True)
class Holder:
    """Who spends a night. `token`: of one sitting, so that no later process of the same number is taken for it."""

    token: str
    host: str
    process: int
    boot: str


def this_process() -> Holder:
    return Holder(secrets.token_hex(8), socket.gethostname(), os.getpid(), boot())


def begin_night(studio: Studio, holder: Holder, person: str | None = None, project: str | None = None) -> Night:
    """A night in state running: a new one, or the last one for the same person and project, if it was interrupted.

    Raises Conflict, with who spends it, while another one is alive.
    """
    with studio.writing() as db:
        other = running_night(studio)
        if other is not None:
            if not is_gone(other, holder):
                raise Conflict(describe_busy(other))
            gone = {"state": "interrupted", "reason": f"{describe_holder(other)} is gone", "ended": now()}
            db.table("nights").update(other["id"], gone)
        last = last_night(studio, person, project)
        lease = {"holder": holder.token, "host": holder.host, "process": holder.process, "boot": holder.boot}
        lease |= {"heartbeat": now(), "expires": now(EXPIRES), "stage_since": now()}
        if last is not None and goes_on(last):
            again = {"state": "running", "reason": None, "ended": None, "sittings": last["sittings"] + 1}
            db.table("nights").update(last["id"], {**lease, **again})
            return get_night(studio, last["id"])
        whose = {"person": person, "project": project}
        new = {"state": "running", "stage": "preflight", "results": "{}", "sittings": 1, "started": now()}
        return get_night(studio, int(db.table("nights").insert({**whose, **new, **lease}).last_pk or 0))


def goes_on(last: Night) -> bool:
    return last["state"] == "interrupted" and seconds_between(last["started"], now()) < SAME_NIGHT


def is_gone(night: Night, seen_by: Holder) -> bool:
    """Whether whoever spends a night has died: its process on this machine, or by the time without a heartbeat."""
    is_here = night["boot"] == seen_by.boot and night["host"] == seen_by.host
    if is_here and (night["process"] == seen_by.process or not psutil.pid_exists(night["process"])):
        return True  # of this number is the process that asks, which spends no other
    return has_expired(night)


def is_alive_here(night: Night) -> bool:
    """Whether its process, or another one of that number, runs on this machine."""
    return night["boot"] == boot() and night["host"] == socket.gethostname() and psutil.pid_exists(night["process"])


def has_expired(night: Night) -> bool:
    return seconds_between(night["expires"], now()) >= 0


def beat(studio: Studio, night: int, holder: Holder) -> bool:
    """Whether the night is still the holder's; then it is believed alive for another EXPIRES seconds."""
    sql = "UPDATE nights SET heartbeat = ?, expires = ? WHERE id = ? AND holder = ? AND state = 'running'"
    with studio.writing() as db:
        return db.execute(sql, (now(), now(EXPIRES), night, holder.token)).rowcount == 1


def enter_stage(studio: Studio, night: int, holder: Holder, stage: str) -> None:
    """Raises Interrupted when the night is somebody else's by now."""
    change_own(studio, night, holder, {"stage": stage, "stage_since": now()})


def keep_result(studio: Studio, night: int, holder: Holder, stage: str, result: dict[str, Any]) -> None:
    """What came of a stage, for the same night after an interruption. Raises Interrupted as `enter_stage`."""
    results = {**get_night(studio, night)["results"], stage: result}
    change_own(studio, night, holder, {"results": json.dumps(results, sort_keys=True)})


def end_night(studio: Studio, night: int, holder: Holder, state: EndState, reason: str | None = None) -> None:
    """Raises Interrupted as `enter_stage`."""
    change_own(studio, night, holder, {"state": state, "reason": reason, "ended": now()})


def change_own(studio: Studio, night: int, holder: Holder, change: dict[str, Any]) -> None:
    with studio.writing() as db:
        row = get_night(studio, night)
        if row["holder"] != holder.token or row["state"] != "running":
            raise Interrupted(f"night {night} was taken over by {describe_holder(row)}: this one has ended")
        db.table("nights").update(night, {**change, "heartbeat": now(), "expires": now(EXPIRES)})


def get_night(studio: Studio, night: int) -> Night:
    return read_night(studio.rows("SELECT * FROM nights WHERE id = ?", (night,))[0])


def running_night(studio: Studio) -> Night | None:
    row = studio.row("SELECT * FROM nights WHERE state = 'running'")
    return read_night(row) if row else None


def newest(studio: Studio) -> Night | None:
    """The one that was begun or gone on with last."""
    row = studio.row("SELECT * FROM nights ORDER BY state = 'running' DESC, heartbeat DESC, id DESC LIMIT 1")
    return read_night(row) if row else None


def last_night(studio: Studio, person: str | None = None, project: str | None = None) -> Night | None:
    """The newest for the same person and project."""
    sql = "SELECT * FROM nights WHERE person IS ? AND project IS ? ORDER BY id DESC LIMIT 1"
    row = studio.row(sql, (person, project))
    return read_night(row) if row else None


def nights_of_day(studio: Studio, day: str) -> list[Night]:
    """Those that began on a day of the studio's (2026-11-27), the first one first. Invalid for what is no date."""
    span = day_named(day, time_zone(studio))
    sql = "SELECT * FROM nights WHERE started >= ? AND started < ? ORDER BY id"
    return [read_night(row) for row in studio.rows(sql, (span.begin, span.end))]


def read_night(row: dict[str, Any]) -> Night:
    return cast(Night, {**row, "results": json.loads(row["results"])})


def describe_holder(night: Night) -> str:
    return f"process {night['process']} on {night['host']}"


def describe_running(night: Night) -> str:
    """Who spends it, since when and at which stage."""
    return where_line(night["process"], night["host"], night["started"], night["stage"])


def where_line(process: int, host: str, since: str, stage: str) -> str:
    return f"process {process} on {host} since {since[:16].replace('T', ' ')} UTC, at its stage {stage}"


def busy_line(process: int, host: str, since: str, stage: str) -> str:
    return f"a night is already going on in {where_line(process, host, since, stage)}: wait for it to end"


def describe_busy(night: Night) -> str:
    if has_expired(night):
        return f"a night in {describe_running(night)}, gives no sign of life since {night['heartbeat'][:19]}: end it"
    return busy_line(night["process"], night["host"], night["started"], night["stage"])
