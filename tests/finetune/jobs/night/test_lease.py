"""The lease of a night: one at a time, kept alive, taken over when nobody does, and noticed when it is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from feedback.clock import now
from feedback.errors import Conflict, Interrupted
from feedback.maintenance.doctor import check_nights
from feedback.models import nights
from feedback.store import Studio
from finetune.jobs.locks import only_one
from finetune.jobs.night.lease import LOCK, Lease, night_lease
from tests.factories import new_studio


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Studio]:
    studio = new_studio(tmp_path / "studio")
    yield studio
    studio.close()


ELSEWHERE = nights.Holder("there", "other-machine", 4711, "another boot")


def expire(studio: Studio, night: int) -> None:
    with studio.writing() as db:
        db.table("nights").update(night, {"expires": now(-1)})


def test_a_night_on_another_machine_is_named_and_left_alone_until_it_expires(bare: Studio) -> None:
    first = nights.begin_night(bare, ELSEWHERE)
    nights.enter_stage(bare, first["id"], ELSEWHERE, "tune")
    with night_lease(bare) as lease:
        busy = r"already going on in process 4711 on other-machine since 20[-\d]+ [\d:]+ UTC, at its stage tune: wait"
        with pytest.raises(Conflict, match=busy):
            lease.begin()
        assert check_nights(bare) == (True, f"one goes on in {nights.describe_running(nights.get_night(bare, 1))}")
        expire(bare, first["id"])
        assert "was interrupted: the next night goes on" in check_nights(bare)[1]
        again = lease.begin()
    assert (again["id"], again["sittings"], again["process"]) == (first["id"], 2, os.getpid())
    with pytest.raises(Interrupted, match=f"taken over by process {os.getpid()}"):
        nights.enter_stage(bare, first["id"], ELSEWHERE, "register")
    assert not nights.beat(bare, first["id"], ELSEWHERE)


def test_a_dead_process_of_this_machine_is_taken_over_at_once(bare: Studio) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    nights.begin_night(bare, replace(nights.this_process(), process=dead.pid))
    with night_lease(bare) as lease:
        assert lease.begin()["sittings"] == 2


def test_what_began_long_ago_is_another_night(bare: Studio) -> None:
    nights.begin_night(bare, ELSEWHERE)
    with bare.writing() as db:
        db.table("nights").update(1, {"started": now(-nights.SAME_NIGHT - 1), "expires": now(-1)})
    assert nights.begin_night(bare, nights.this_process())["id"] == 2
    assert nights.get_night(bare, 1)["reason"] == "process 4711 on other-machine is gone"


def test_nights_for_others_do_not_go_on_with_mine(bare: Studio) -> None:
    here = nights.this_process()
    first = nights.begin_night(bare, here, project="AGM")
    nights.end_night(bare, first["id"], here, "interrupted")
    assert nights.begin_night(bare, here, project="BRT")["id"] == 2
    nights.end_night(bare, 2, here, "failed", "no disk")
    assert check_nights(bare)[0] is False
    assert nights.begin_night(bare, here, project="AGM")["id"] == 1


def test_heartbeats_keep_a_lease_and_tell_of_its_loss(bare: Studio) -> None:
    stop = Event()
    with night_lease(bare, stop) as lease:
        lease.begin()
        assert beats_within(lease, 0.01)
        lease.check()
        expire(bare, 1)
        nights.begin_night(bare, ELSEWHERE)
        lost = Lease(bare, lease.holder, stop, night=1, every=0.01)
        watch(lost, stop)
        assert lost.is_lost
        with pytest.raises(Interrupted, match="taken over"):
            lost.check()
        lease.night = None


def beats_within(lease: Lease, every: float) -> bool:
    before = nights.get_night(lease.studio, 1)["heartbeat"]
    other = Lease(lease.studio, lease.holder, Event(), night=1, every=every)
    watch(other, None)
    return nights.get_night(lease.studio, 1)["heartbeat"] > before and not other.is_lost


def watch(lease: Lease, stop: Event | None) -> None:
    """Its heartbeats for a moment, or until it stops."""
    heart = Thread(target=lease.keep_alive)
    heart.start()
    if stop is None:
        time.sleep(0.2)
    else:
        assert stop.wait(10)
    lease.ended.set()
    heart.join()


def test_a_hanging_process_of_this_machine_is_named_and_the_doctor_is_alarmed(bare: Studio) -> None:
    script = f"""
import time
from feedback.store import Studio
from finetune.jobs.night.lease import night_lease
with night_lease(Studio.open({str(bare.folder)!r})) as lease:
    lease.begin()
    print("begun", flush=True)
    time.sleep(600)
"""
    hanging = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        assert hanging.stdout is not None
        assert hanging.stdout.readline() == b"begun\n"
        hanging.send_signal(signal.SIGSTOP)
        with pytest.raises(Conflict, match=f"process {hanging.pid} on .* at its stage preflight"), night_lease(bare):
            pass
        expire(bare, 1)
        is_ok, line = check_nights(bare)
        assert not is_ok
        assert f"process {hanging.pid}" in line
        assert "gives no sign of life since" in line
        with pytest.raises(Conflict, match=r"no sign of life since .*: end it"), night_lease(bare):
            pass
    finally:
        hanging.kill()
        hanging.wait()
    with night_lease(bare) as lease:
        assert lease.begin()["sittings"] == 2


def test_a_night_that_still_loads_its_libraries_is_named_too(bare: Studio) -> None:
    with (
        only_one(bare.runs_folder / LOCK, "a night"),
        pytest.raises(
            Conflict, match=rf"in process {os.getpid()} on \S+ since 20[-\d]+ [\d:]+ UTC, at its stage preflight"
        ),
        night_lease(bare),
    ):
        pass
