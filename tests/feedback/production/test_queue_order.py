"""Which take is leased next: priority, then projects in turn, then age; and no lease looks through all takes."""

from __future__ import annotations

import re

import pytest

from feedback.clock import now
from feedback.errors import Invalid, NotFound
from feedback.models import versions
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio
from tests.feedback.scene import Scene

URGENT = render_queue.URGENT


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def brief_of(scene: Scene, project: str) -> int:
    """A brief in a project of this code, made with a shot if need be."""
    if project not in {row["code"] for row in projects.list_projects(scene.studio)}:
        projects.add_project(scene.studio, project)
        shots.add_shot(scene.studio, project, "S_010")
    shot = shots.find_shot(scene.studio, "S_010", project)["id"]
    return briefs.write_brief(scene.studio, shot, "a house by day", author="ana")["id"]


def project_of(scene: Scene, brief: int) -> str:
    return briefs.get_brief(scene.studio, brief)["project_code"]


def draw_in_order(scene: Scene, leases: int, limit: int = 1) -> list[str]:
    """Projects in the order in which one worker draws for them."""
    order = []
    for _ in range(leases):
        leased = render_queue.lease_takes(scene.studio, "test", limit)
        order += [project_of(scene, take["brief"]) for take in leased[:1]]
        for take in leased:
            scene.finish(take)
    return order


def test_one_worker_goes_round_the_projects(scene: Scene) -> None:
    render_queue.queue_takes(scene.studio, brief_of(scene, "BIG"), list(range(50)))
    render_queue.queue_takes(scene.studio, brief_of(scene, "LATE"), [1, 2])
    render_queue.queue_takes(scene.studio, brief_of(scene, "LAST"), [1])
    assert draw_in_order(scene, 7) == ["BIG", "LATE", "LAST", "BIG", "LATE", "BIG", "BIG"]


def test_a_project_that_comes_anew_waits_for_one_lease_at_most(scene: Scene) -> None:
    render_queue.queue_takes(scene.studio, brief_of(scene, "BIG"), list(range(50)))
    assert draw_in_order(scene, 3) == ["BIG"] * 3
    render_queue.queue_takes(scene.studio, brief_of(scene, "NEW"), [1])
    assert draw_in_order(scene, 1) == ["NEW"]


def test_workers_are_shared_out_even_if_one_projects_takes_last_longer(scene: Scene) -> None:
    """Turns alone would give a project of hour-long clips nearly all workers."""
    for project in ("CLIPS", "STILLS"):
        render_queue.queue_takes(scene.studio, brief_of(scene, project), list(range(50)))
    drawing: dict[str, list[str]] = {"CLIPS": [], "STILLS": []}
    for number in range(40):
        worker = f"w{number}"
        (take,) = render_queue.lease_takes(scene.studio, worker, 1)
        drawing[project_of(scene, take["brief"])].append(worker)
        if len(drawing["STILLS"]) > 2:  # its takes are quick, and no clip is done yet
            render_queue.give_back(scene.studio, drawing["STILLS"].pop(0))
    assert abs(len(drawing["CLIPS"]) - len(drawing["STILLS"])) <= 1


def test_urgent_takes_come_first_and_a_trials_last(scene: Scene) -> None:
    first, second = brief_of(scene, "BIG"), brief_of(scene, "SMALL")
    render_queue.queue_takes(scene.studio, first, [1], purpose="trial")
    ordinary = render_queue.queue_takes(scene.studio, first, [2, 3])
    urgent = render_queue.queue_takes(scene.studio, first, [4, 5], priority=URGENT)
    render_queue.queue_takes(scene.studio, second, [6])
    leases = [render_queue.lease_takes(scene.studio, "w", 9) for _ in range(4)]
    seeds = [[take["seed"] for take in leased] for leased in leases]
    assert seeds == [[4, 5], [6], [2, 3], [1]]  # SMALL before BIG, whose urgent takes are being drawn
    assert [take["id"] for leased in (leases[0], leases[2]) for take in leased] == urgent + ordinary


def test_a_trial_is_drawn_even_if_the_queue_is_never_empty(scene: Scene) -> None:
    brief = brief_of(scene, "BIG")
    (trial,) = render_queue.queue_takes(scene.studio, brief, [1], purpose="trial")
    render_queue.queue_takes(scene.studio, brief, [2])
    with scene.studio.writing() as db:
        db.table("takes").update(trial, {"created": now(-render_queue.TRIAL_PATIENCE - 1)})
    assert [take["id"] for take in render_queue.lease_takes(scene.studio, "w", 1)] == [trial]


def test_a_worker_draws_for_its_projects_only(scene: Scene) -> None:
    for project in ("A", "B", "C"):
        render_queue.queue_takes(scene.studio, brief_of(scene, project), [1])
    bound = render_queue.projects_named(scene.studio, ["C", "B"])
    leased = [render_queue.lease_takes(scene.studio, "w", 4, projects=bound) for _ in range(3)]
    assert [[project_of(scene, take["brief"]) for take in each] for each in leased] == [["B"], ["C"], []]
    with pytest.raises(NotFound, match="no project 'D'"):
        render_queue.projects_named(scene.studio, ["D"])


def test_a_batch_is_one_version_however_many_are_queued_between(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    brief = brief_of(scene, "A")
    for seed in range(8):
        render_queue.queue_takes(scene.studio, brief, [seed], version=(None, "v0001", "starter", "v0001")[seed % 4])
    leases = [render_queue.lease_takes(scene.studio, "w", 4) for _ in range(2)]
    assert [{take["version"] for take in leased} for leased in leases] == [{"starter"}, {"v0001"}]
    assert [[take["seed"] for take in leased] for leased in leases] == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_wrong_priorities_are_refused(scene: Scene) -> None:
    with pytest.raises(Invalid, match="priority 2"):
        render_queue.queue_takes(scene.studio, scene.brief(), [1], priority=2)


def fill(scene: Scene, done: int, queued: int) -> None:
    """Takes of five projects, by SQL: through `queue_takes` they would take minutes."""
    numbers = [brief_of(scene, f"P{number}") for number in range(5)]
    count = "WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < ?)"
    insert = f"INSERT INTO takes (brief, seed, state, created) {count} SELECT ? + k % 5, k, ?, ? FROM n"
    with scene.studio.writing() as db:
        for state, rows in (("done", done), ("queued", queued)):
            db.execute(insert, (rows, numbers[0], state, now()))


def test_no_lease_looks_through_all_takes(scene: Scene) -> None:
    """Whatever is asked of SQLite in the life of a lease finds its takes by an index."""
    fill(scene, done=4000, queued=600)
    statements: list[str] = []
    with scene.studio.writing() as db:
        db.conn.set_trace_callback(statements.append)
    leased = render_queue.lease_takes(scene.studio, "test", 4, without=[1], projects=[2, 3])
    assert render_queue.lease_takes(scene.studio, "w", 4)
    render_queue.renew_leases(scene.studio, "test", dict.fromkeys([take["id"] for take in leased], 0.5), 60)
    scene.finish(leased[0])
    render_queue.fail_take(scene.studio, leased[1]["id"], "test", "too dark")
    assert render_queue.give_back(scene.studio, "test", "no room") == 2
    render_queue.end_leases(scene.studio, "w")
    with scene.studio.writing() as db:
        db.conn.set_trace_callback(None)
    plans = {
        statement: [row["detail"] for row in scene.studio.rows(f"EXPLAIN QUERY PLAN {statement}")]
        for statement in statements
        if re.match(r"\s*(SELECT|UPDATE|WITH)\b", statement) and "takes" in statement
    }
    assert len(plans) > 8
    scans = [(statement, line) for statement, plan in plans.items() for line in plan if reads_everything(line)]
    assert not scans


def reads_everything(line: str) -> bool:
    return bool(re.match(r"SCAN (takes|[twlb])\b", line))


def steps_of_a_lease(scene: Scene) -> int:
    """How many tens of instructions SQLite's virtual machine runs for one lease."""
    steps: list[None] = []
    with scene.studio.writing() as db:
        db.conn.set_progress_handler(lambda: steps.append(None), 10)
        assert len(render_queue.lease_takes(scene.studio, "test", 4)) == 4
        db.conn.set_progress_handler(None, 10)
    return len(steps)


def test_a_lease_is_as_much_work_in_a_large_studio_as_in_a_small_one(scene: Scene) -> None:
    fill(scene, done=50, queued=100)
    small = steps_of_a_lease(scene)
    fill(scene, done=20_000, queued=5000)
    assert steps_of_a_lease(scene) < 1.2 * small


def test_a_plan_that_reads_everything_is_seen(scene: Scene) -> None:
    plan = scene.studio.rows("EXPLAIN QUERY PLAN SELECT id FROM takes t WHERE t.seed = 1")
    assert any(reads_everything(row["detail"]) for row in plan)


def test_obstacles_are_found_without_looking_at_every_queued_take(scene: Scene) -> None:
    statements: list[str] = []
    render_queue.obstacle(scene.studio)  # this thread's reader
    scene.studio._local.connection.set_trace_callback(statements.append)
    assert render_queue.obstacle(scene.studio) is None
    plan, *_ = scene.studio.rows(f"EXPLAIN QUERY PLAN {statements[0]}")
    assert "takes_given_back" in plan["detail"]


def test_takes_that_an_older_process_queues_have_their_project(scene: Scene) -> None:
    with scene.studio.writing() as db:
        db.table("takes").insert({"brief": scene.brief(), "seed": 1, "created": now()})
    assert len(render_queue.lease_takes(scene.studio, "w", 1)) == 1
