"""Every route and every page event of the running app, and what each kind of person gets from it.

A route or an event without an entry fails the tests: whoever adds one says here who may use it.
"""

from __future__ import annotations

import json

from tests.security.askers import (
    STRANGERS,
    Case,
    Event,
    admins,
    ballot,
    everybody,
    judged,
    members,
    ranking,
    signed_in,
    supervisors,
)

FORM = {"place": "HIDDEN/H_010", "prompt": "a red boat", "takes": 1}
NOTHING = everybody(404) | dict.fromkeys(STRANGERS, 401)
ROUTES: dict[str, list[Case]] = {
    # Open to everybody, and the same for everybody.
    "GET /openapi.json": [Case(everybody(200))],
    "HEAD /openapi.json": [Case(everybody(200))],
    "GET /healthz": [Case(everybody(200))],
    # For admins, and for whoever has the token that `serve` was given for it.
    "GET /metrics": [Case(everybody(403) | {"admin": 200})],
    "GET /login": [Case(everybody(200))],
    "POST /login": [Case(everybody(401), form={"name": "", "password": ""})],
    "GET /web/{version}/{name:path}": [Case(everybody(404), "/web/x/page.js")],
    "GET /favicon.ico": [Case(everybody(200))],
    "POST /logout": [Case(signed_in(303))],
    # Oneself and the studio.
    "GET /api/me": [Case(signed_in(200))],
    "GET /api/state": [Case(signed_in(200))],
    "GET /api/{rest:path}": [Case(signed_in(404), "/api/nothing")],
    "POST /api/{rest:path}": [Case(signed_in(404), "/api/nothing", {})],
    # What is in projects.
    "GET /api/projects": [Case(signed_in(200)), Case(supervisors(200), "/api/projects?archived=true")],
    "POST /api/projects": [
        Case(supervisors(201), body=lambda asker: {"code": f"of_{asker.kind}", "fps": "25"}),
        Case(supervisors(400), body={"code": "HIDDEN"}),
    ],
    "PATCH /api/projects/{code}": [
        Case(members(200, creative=403), "/api/projects/HIDDEN", {"archived": False}),
        Case(NOTHING, "/api/projects/NONE", {"title": "x"}),
    ],
    "GET /api/projects/{code}/edit": [
        Case(members(200, creative=403), "/api/projects/HIDDEN/edit"),
        Case(NOTHING, "/api/projects/NONE/edit"),
    ],
    "GET /api/shots": [
        Case(signed_in(200)),
        Case(members(200), "/api/shots?project=HIDDEN"),
        Case(members(200, creative=403), "/api/shots?project=HIDDEN&archived=true"),
    ],
    "POST /api/shots": [
        Case(members(201), body=lambda asker: {"project": "HIDDEN", "code": f"by_{asker.kind}"}),
        Case(NOTHING, body={"project": "NONE", "code": "x"}),
    ],
    "PATCH /api/shots/{shot}": [
        Case(members(200, creative=403), lambda asker: f"/api/shots/{asker.shot}", {"archived": False}),
        Case(NOTHING, "/api/shots/999999", {"title": "x"}),
    ],
    # The library is the studio's: everybody who is signed in browses it, supervisors of any project change it.
    "GET /api/library": [Case(signed_in(200)), Case(signed_in(200), "/api/library?text=shot&state=all&person=nobody")],
    "GET /api/library/choices": [Case(signed_in(200))],
    "GET /api/library/report": [Case(supervisors(200))],
    "GET /api/library/items/{item}": [
        Case(signed_in(200), "/api/library/items/1"),
        Case(NOTHING, "/api/library/items/999999"),
    ],
    "GET /api/library/items/{item}/picture": [
        Case(signed_in(200), "/api/library/items/1/picture"),
        Case(supervisors(200), "/api/library/items/1/picture?whole=true"),
        Case(NOTHING, "/api/library/items/999999/picture"),
    ],
    "POST /api/library/exclude": [
        Case(supervisors(200), body={"items": [2], "reason": "not ours"}),
        Case(supervisors(404), body={"items": [999999], "reason": "not ours"}),
    ],
    "POST /api/library/include": [Case(supervisors(200), body={"items": [2]})],
    "POST /api/library/tag": [Case(supervisors(200), body={"items": [1], "people": ["Ann"]})],
    "GET /api/pairs": [
        Case(signed_in(200), "/api/pairs?count=64"),
        Case(signed_in(200), "/api/pairs?shot=H_010"),
        Case(members(200), "/api/pairs?project=HIDDEN"),
        Case(members(200), "/api/pairs?session=unreleased+dailies"),
    ],
    # Review sessions, progress and what one chose; who agrees with whom is for supervisors.
    "GET /api/review-sessions": [Case(signed_in(200)), Case(members(200), "/api/review-sessions?project=HIDDEN")],
    "POST /api/review-sessions": [
        Case(members(201, creative=403), body=lambda asker: {"project": "HIDDEN", "name": f"dailies of {asker.kind}"}),
        Case(members(201, creative=403), body={"project": "HIDDEN", "dry_run": True}),
        Case(signed_in(404), body=lambda asker: {"project": "NONE", "name": "x"}),
    ],
    "POST /api/review-sessions/close": [
        Case(members(201, creative=403), body={"project": "HIDDEN", "name": "unreleased dailies"})
    ],
    "GET /api/progress": [
        Case(signed_in(200)),
        Case(members(200), "/api/progress?project=HIDDEN"),
        Case(members(200), "/api/progress?session=unreleased+dailies"),
    ],
    "GET /api/summary": [
        Case(signed_in(200)),
        Case(members(200), "/api/summary?project=HIDDEN"),
        Case(members(200), "/api/summary?session=unreleased+dailies"),
    ],
    "GET /api/agreement": [
        Case(supervisors(200)),
        Case(members(200, creative=403), "/api/agreement?project=HIDDEN"),
    ],
    "GET /api/agreement/standings": [
        Case(supervisors(200)),
        Case(members(200, creative=403), "/api/agreement/standings?project=HIDDEN"),
    ],
    "GET /api/agreement/differences": [
        Case(supervisors(200), "/api/agreement/differences?one=creative&other=supervisor"),
        Case(
            members(200, creative=403),
            "/api/agreement/differences?one=creative&other=supervisor&project=HIDDEN",
        ),
    ],
    "POST /api/pairs/leases": [
        Case(signed_in(200), body=lambda asker: {"client": "page", "pairs": f"{asker.left}-{asker.right}"})
    ],
    "POST /api/ballots": [Case(members(201), body=ballot)],
    "GET /api/rankings": [
        Case(signed_in(200), "/api/rankings?count=2&size=9"),
        Case(members(200), "/api/rankings?project=HIDDEN"),
    ],
    "POST /api/rankings": [Case(members(201), body=ranking)],
    "POST /api/ratings": [Case(members(201), body=judged("rating", stars=4))],
    "POST /api/notes": [Case(members(201), body=judged("note", text="look at the hand"))],
    "GET /api/notes": [Case(members(200), lambda asker: f"/api/notes?take={asker.left}")],
    "POST /api/notes/resolutions": [
        Case(members(201), body=lambda asker: {"uid": asker.uid("resolved"), "note": asker.own_note})
    ],
    # The creative's own: to be taken back by nobody else.
    "DELETE /api/notes/{note}": [
        Case(members(403, creative=204), lambda asker: f"/api/notes/{asker.own_note}"),
        Case(signed_in(404), "/api/notes/999999"),
    ],
    "POST /api/tags": [Case(members(201), body=lambda asker: judged("tag", word=f"word {asker.kind}")(asker))],
    "POST /api/statuses": [
        Case(members(201), body=judged("status", status="needs_retake")),
        Case(members(201, creative=403), body=judged("circle", status="circled")),
    ],
    "GET /api/tags": [Case(members(200), lambda asker: f"/api/tags?take={asker.left}")],
    "DELETE /api/tags/{tag}": [Case(members(204), lambda asker: f"/api/tags/{asker.own_tag}")],
    "GET /api/board": [
        Case(signed_in(200)),
        Case(members(200), "/api/board?project=HIDDEN"),
        Case(members(200, creative=403), "/api/board?project=HIDDEN&sort=win_rate"),
        Case(members(200, creative=403), "/api/board?project=HIDDEN&version=starter"),
        Case(members(200, creative=403), "/api/board?project=HIDDEN&rater=admin"),
    ],
    "GET /api/board/cards": [Case(signed_in(200), lambda asker: f"/api/board/cards?takes={asker.left},{asker.right}")],
    "GET /api/cut": [Case(members(200), lambda asker: f"/api/cut?take={asker.left}")],
    "GET /api/board/changes": [Case(members(200), "/api/board/changes?project=HIDDEN&since=2026-01-01")],
    "GET /api/board/choices": [Case(members(200), "/api/board/choices?project=HIDDEN")],
    # Each take is answered for by itself: to outsiders, that there is none.
    "POST /api/board/statuses": [
        Case(
            signed_in(201),
            body=lambda asker: {"status": "circled", "takes": [{"uid": asker.uid("bulk"), "take": asker.left}]},
        )
    ],
    "POST /api/briefs": [
        Case(members(201), body={"shot": "H_010", "prompt": "a red boat"}),
        Case(members(201), body={"shot": "H_010", "project": "HIDDEN", "prompt": "a red boat"}),
        # A supervisor of the other project has no shot of this code either.
        Case(
            signed_in(404, outsider=404),
            body=lambda asker: {"shot": "NONE", "prompt": "a red boat", "source_media": asker.archived_hash},
        ),
    ],
    # The page's form: it tells outsiders what it tells of a project that there is not.
    "GET /api/briefs": [
        Case(signed_in(200)),
        Case(signed_in(200), "/api/briefs?mine=true"),
        Case(signed_in(200), "/api/briefs?before=2"),
    ],
    "GET /api/briefs/form": [Case(signed_in(200))],
    "GET /api/briefs/from-take": [
        Case(members(200), lambda asker: f"/api/briefs/from-take?take={asker.left}"),
    ],
    "GET /api/storyboard": [Case(members(200), "/api/storyboard?project=HIDDEN")],
    "GET /api/storyboard/takes": [Case(members(200), "/api/storyboard/takes?project=HIDDEN")],
    "POST /api/storyboard/panels": [
        Case(members(201), body=lambda asker: {"project": "HIDDEN", "takes": [asker.left]}),
    ],
    # The studio that is tried has no panel 999; of hidden ones tests/ui/api/test_storyboard.py.
    "PATCH /api/storyboard/panels/{panel}": [
        Case(signed_in(404), path="/api/storyboard/panels/999", body={"revision": 1, "action": "a"}),
    ],
    "POST /api/storyboard/panels/{panel}/place": [
        Case(signed_in(404), path="/api/storyboard/panels/999/place", body={"place": 1}),
    ],
    "DELETE /api/storyboard/panels/{panel}": [Case(signed_in(404), path="/api/storyboard/panels/999")],
    "POST /api/storyboard/panels/{panel}/restore": [Case(signed_in(404), path="/api/storyboard/panels/999/restore")],
    "GET /api/exports/storyboard": [
        # Nothing is on it before somebody adds a panel.
        Case(members(400), "/api/exports/storyboard?project=HIDDEN&sequence=NONE"),
    ],
    "POST /api/briefs/check": [
        Case(signed_in(200), body=FORM),
        Case(signed_in(200), body=lambda asker: {**FORM, "based_on": asker.brief}),
    ],
    "POST /api/briefs/queue": [
        # To a supervisor of another project: that there is a project of this code already.
        Case(members(201, other_supervisor=400), body=FORM),
        Case(members(201, other_supervisor=400), body=lambda asker: {**FORM, "based_on": asker.brief}),
        Case(
            signed_in(404, supervisor=400, admin=201),
            body=lambda asker: {**FORM, "place": "OTHER/O_010", "based_on": asker.brief},
        ),
    ],
    "POST /api/briefs/queue/files": [
        Case(members(201, other_supervisor=400), form={"brief": json.dumps(FORM)}),
    ],
    "GET /api/briefs/rewrites": [Case(signed_in(200))],
    # The server that is tried has no worker, and so no writer; no rewrite is there to be ended.
    "POST /api/briefs/rewrites/propose": [Case(signed_in(404), body={"prompt": "a red boat"})],
    "POST /api/briefs/rewrites/{rewrite}/end": [Case(signed_in(404), path="/api/briefs/rewrites/9/end")],
    "POST /api/takes": [
        Case(members(201), body=lambda asker: {"brief": asker.brief, "takes": 1}),
        Case(members(201, creative=403), body=lambda asker: {"brief": asker.brief, "takes": 1, "priority": "urgent"}),
    ],
    "GET /api/exports/selects": [Case(members(200, creative=403), "/api/exports/selects?project=HIDDEN&format=csv")],
    "GET /api/exports": [Case(members(200, creative=403), "/api/exports?project=HIDDEN")],
    "GET /api/exports/ai-use": [Case(members(200, creative=403), "/api/exports/ai-use?project=HIDDEN")],
    "GET /api/exports/data-summary": [Case(supervisors(200), "/api/exports/data-summary?version=starter")],
    "GET /api/takes/{take}/passport": [
        Case(members(200, creative=403), lambda asker: f"/api/takes/{asker.left}/passport"),
        Case(NOTHING, "/api/takes/999999/passport"),
    ],
    "GET /api/takes/{take}/likeness": [
        Case(members(200), lambda asker: f"/api/takes/{asker.left}/likeness"),
        Case(NOTHING, "/api/takes/999999/likeness"),
    ],
    "GET /api/takes": [Case(members(200), lambda asker: f"/api/takes?brief={asker.brief}")],
    "POST /api/takes/cancel": [
        Case(members(201), body=lambda asker: {"takes": [asker.left]}),
        Case(members(201), body=lambda asker: {"brief": asker.brief}),
        Case(signed_in(201), body={"all": "mine"}),
        Case(supervisors(201), body={"all": "everybody"}),
    ],
    "POST /api/takes/retry": [
        Case(members(201), body=lambda asker: {"takes": [asker.left]}),
        Case(members(201), body=lambda asker: {"brief": asker.brief}),
        Case(signed_in(201), body={"all": "mine"}),
        Case(supervisors(201), body={"all": "everybody"}),
    ],
    "GET /api/takes/{take}": [
        Case(members(200), lambda asker: f"/api/takes/{asker.left}"),
        Case(NOTHING, "/api/takes/999999"),
    ],
    "POST /api/takes/again": [
        # The creative has judged a pair with it by then.
        Case(members(201), body=lambda asker: {"take": asker.left, "same_seed": True}),
        Case(members(201), body=lambda asker: {"take": asker.left, "takes": 2}),
    ],
    "GET /api/selects": [Case(members(200, creative=403), "/api/selects?project=HIDDEN")],
    "POST /api/selects": [
        Case(members(201, creative=403), body=judged("select", frame_in=0, frame_out=0)),  # circled above
    ],
    "GET /media/{name}": [
        Case(members(200), lambda asker: f"/media/{asker.rendition}.png"),
        Case(members(200), lambda asker: f"/media/{asker.rendition_hash}.png"),
        Case(members(200, creative=404), lambda asker: f"/media/{asker.archived_hash}.png"),
        Case(signed_in(404), f"/media/{'0' * 64}.png"),
    ],
    # People: admins of everybody, each of themselves.
    "GET /api/people": [Case(admins(200))],
    "POST /api/people": [Case(admins(422), body={"name": "a b"})],
    "PATCH /api/people/{person_id}": [Case(admins(404), "/api/people/999999", {"role": "admin"})],
    "PUT /api/people/{person_id}/projects/{code}": [Case(admins(404), "/api/people/999999/projects/HIDDEN")],
    "DELETE /api/people/{person_id}/projects/{code}": [Case(admins(404), "/api/people/999999/projects/HIDDEN")],
    "POST /api/people/{person_id}/tokens": [Case(admins(404), "/api/people/999999/tokens", {"label": "x"})],
    "DELETE /api/people/{person_id}/tokens/{token}": [Case(admins(404), "/api/people/999999/tokens/1")],
    "DELETE /api/people/{person_id}/sessions": [Case(admins(404), "/api/people/999999/sessions")],
    "GET /api/me/access": [Case(signed_in(200))],
    "DELETE /api/me/sessions": [Case(signed_in(204))],
    "DELETE /api/me/sessions/{session}": [Case(signed_in(404), "/api/me/sessions/999999")],
    "POST /api/me/tokens": [Case(signed_in(201), body={"label": "x"})],
    "DELETE /api/me/tokens/{token}": [Case(signed_in(404), "/api/me/tokens/999999")],
    "POST /api/me/password": [Case(signed_in(403), body={"current": "no", "new": "a long pass phrase"})],
    # Rights: supervisors record and end them, everybody answers for themselves.
    "GET /api/rights": [Case(supervisors(200))],
    "POST /api/rights/people": [Case(supervisors(422), body={"name": " "})],
    "POST /api/rights/consents": [
        Case(
            supervisors(404),
            body={"person": "nobody", "subject": "likeness", "uses": ["drawing"], "described": "a face"},
        ),
    ],
    "POST /api/rights/licences": [
        Case(supervisors(422), body={"name": "none", "holder": "nobody", "uses": []}),
        Case(  # that there is such a project, nobody is told who does not see it
            supervisors(422, other_supervisor=404),
            body={"name": "x", "holder": "y", "uses": [], "projects": ["HIDDEN"]},
        ),
    ],
    "POST /api/rights/files": [Case(supervisors(404), form={"licence": "none", "media": "0" * 64})],
    "POST /api/rights/documents": [Case(supervisors(422), form={"file": "no file"})],
    "GET /api/rights/consents/{consent}/touched": [Case(supervisors(404), "/api/rights/consents/9/touched")],
    "POST /api/rights/consents/{consent}/revoke": [
        Case(supervisors(404), "/api/rights/consents/9/revoke", {"reason": "none"})
    ],
    "GET /api/rights/licences/{licence}/touched": [Case(supervisors(404), "/api/rights/licences/9/touched")],
    "POST /api/rights/licences/{licence}/end": [
        Case(supervisors(404), "/api/rights/licences/9/end", {"reason": "none"})
    ],
    "GET /api/me/agreement": [Case(signed_in(200))],
    "POST /api/me/agreement": [Case(signed_in(200), body={"agreed": True})],
    # The studio's model.
    "GET /api/versions": [Case(supervisors(200))],
    "GET /api/versions/ranking": [Case(supervisors(200))],
    "GET /api/judgements-needed": [Case(supervisors(200))],
    "POST /api/versions/standing": [Case(supervisors(404), body={"version": "none"})],
    "POST /api/versions/promote": [Case(supervisors(404), body={"version": "none"})],
    "POST /api/versions/rollback": [Case(supervisors(400))],
    # The server that is tried has no worker, and is no demo.
    "GET /api/nights": [Case(supervisors(404))],
    "POST /api/nights": [Case(supervisors(404))],
    "POST /api/nights/stop": [Case(supervisors(404))],
    "GET /api/report": [
        Case(supervisors(200)),
        Case(supervisors(200), "/api/report?format=page"),
        Case(members(200, creative=403), "/api/report?project=HIDDEN&format=html"),
    ],
    "GET /api/runs/{run}": [Case(supervisors(200), "/api/runs/newest")],
    "GET /api/guide": [Case(supervisors(404))],
    # It is about all projects: for those who see each of them.
    "GET /api/versions/{version}/ledger": [
        Case(admins(200), "/api/versions/starter/ledger"),
        Case(admins(200), "/api/versions/starter/ledger?format=page"),
        Case(admins(404), "/api/versions/none/ledger"),
    ],
    "GET /api/versions/{version}/before-after": [Case(supervisors(404), path="/api/versions/starter/before-after")],
    "GET /api/versions/{version}/before-after/{number}/{side}": [
        Case(supervisors(404), path="/api/versions/starter/before-after/0/after")
    ],
    # Of Gradio: what pages use.
    "GET /": [Case(signed_in(200))],
    "HEAD /": [Case(signed_in(200))],
    "GET /rank": [Case(signed_in(200))],
    "GET /board": [Case(signed_in(200)), Case(signed_in(200), "/board?shot=HIDDEN/H_010")],
    "GET /briefs": [Case(signed_in(200))],
    "GET /projects": [Case(signed_in(200)), Case(signed_in(200), "/projects?project=HIDDEN")],
    "GET /library": [Case(signed_in(200)), Case(signed_in(200), "/library?title=Harbour")],
    "GET /sessions": [Case(signed_in(200))],
    "GET /agreement": [Case(signed_in(200))],
    "GET /report": [Case(signed_in(200))],
    "GET /ledger": [Case(signed_in(200))],
    "GET /summary": [Case(signed_in(200)), Case(signed_in(200), "/summary?session=unreleased+dailies")],
    "GET /models": [Case(signed_in(200))],
    "GET /people": [Case(signed_in(200))],
    "GET /rights": [Case(signed_in(200))],
    "GET /account": [Case(signed_in(200))],
    "GET /take": [Case(signed_in(200))],
    "GET /storyboard": [Case(signed_in(200)), Case(signed_in(200), "/storyboard?project=HIDDEN")],
    "GET /selects": [Case(signed_in(200)), Case(signed_in(200), "/selects?project=HIDDEN")],
    "GET /theme.css": [Case(signed_in(200))],
    "GET /manifest.json": [Case(signed_in(200))],
    "GET /assets/{path:path}": [Case(signed_in(404), "/assets/nothing.js")],
    "GET /static/{path:path}": [Case(signed_in(200), "/static/js/iframeResizer.contentWindow.min.js")],
    "GET /gradio_api/app_id": [Case(signed_in(200))],
    "GET /gradio_api/queue/data": [Case(signed_in(404), "/gradio_api/queue/data?session_hash=x")],
    "POST /gradio_api/queue/join": [Case(signed_in(422), body={"session_hash": "x"})],
}


EVENTS: dict[str, Event] = {
    "begin": Event(),  # models
    "see_standing": Event(["none", "a test", ""], role="supervisor"),
    "promote": Event(["none", "a test", "starter"], role="supervisor"),
    "roll_back": Event(["none", "a test", "starter"], role="supervisor"),
    "reject": Event(["none", "a test", "starter"], role="supervisor"),
    "open_trial": Event(["none", "a test", ""], role="supervisor"),
    "close_trial": Event(["none", "a test", ""], role="supervisor"),
}
