"""Who works on which project, how many takes each project has in which state, who queued them, and whose a file is.

Before, everybody saw every project: whoever is there stays a member of all, so that nobody loses sight of their work.
The demo and what is written on the command line without a project are open to all, and stay so for new people.
Admins see every project in any case. Counted as in m012_render_queue, whose trigger gives a new take its project.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

COUNT = "ON CONFLICT (project, state) DO UPDATE SET number = number + 1; END"
STATEMENTS = f"""
CREATE TABLE project_members (
    project INTEGER NOT NULL REFERENCES projects(id), person INTEGER NOT NULL REFERENCES people(id), since TEXT NOT NULL,
    PRIMARY KEY (person, project)) WITHOUT ROWID;
CREATE INDEX members_of_project ON project_members(project);
INSERT INTO project_members SELECT projects.id, people.id, strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now')
    FROM projects, people WHERE people.role <> 'admin';
CREATE TABLE project_take_counts (
    project INTEGER NOT NULL REFERENCES projects(id), state TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (project, state)) WITHOUT ROWID;
INSERT INTO project_take_counts SELECT project, state, count(*) FROM takes WHERE project IS NOT NULL GROUP BY project, state;
CREATE TRIGGER project_takes_counted_when_made AFTER INSERT ON takes WHEN new.project IS NOT NULL BEGIN
    INSERT INTO project_take_counts VALUES (new.project, new.state, 1) {COUNT};
CREATE TRIGGER project_takes_counted_when_placed AFTER UPDATE OF project ON takes WHEN old.project IS NULL AND new.project IS NOT NULL BEGIN
    INSERT INTO project_take_counts VALUES (new.project, new.state, 1) {COUNT};
CREATE TRIGGER project_takes_counted_when_changed AFTER UPDATE OF state ON takes WHEN new.state <> old.state AND old.project IS NOT NULL BEGIN
    UPDATE project_take_counts SET number = number - 1 WHERE project = old.project AND state = old.state; INSERT INTO project_take_counts VALUES (new.project, new.state, 1) {COUNT};
CREATE TRIGGER project_takes_counted_when_removed AFTER DELETE ON takes WHEN old.project IS NOT NULL BEGIN
    UPDATE project_take_counts SET number = number - 1 WHERE project = old.project AND state = old.state; END;
ALTER TABLE projects ADD COLUMN open_to_all INTEGER NOT NULL DEFAULT 0;
UPDATE projects SET open_to_all = 1 WHERE code IN ('SCRATCH', 'DEMO');
ALTER TABLE takes ADD COLUMN queued_by INTEGER REFERENCES people(id);
CREATE INDEX takes_waiting_of ON takes(queued_by, state) WHERE state IN ('queued', 'leased');
CREATE INDEX takes_of_media ON takes(media) WHERE media IS NOT NULL;
CREATE INDEX takes_of_poster ON takes(poster) WHERE poster IS NOT NULL;
CREATE INDEX briefs_of_source ON briefs(source_media) WHERE source_media IS NOT NULL;
CREATE INDEX briefs_of_mask ON briefs(mask_media) WHERE mask_media IS NOT NULL;
"""


def m014_project_members(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
