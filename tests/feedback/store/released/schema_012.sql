BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'circletake','m001_people','2026-11-26 14:04:30.444278+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'circletake','m002_work','2026-11-26 14:04:30.445190+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'circletake','m003_judgements','2026-11-26 14:04:30.451511+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'circletake','m004_looks','2026-11-26 14:04:30.454647+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'circletake','m005_trial_reasons','2026-11-26 14:04:30.455478+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'circletake','m006_trial_last_ballot','2026-11-26 14:04:30.456190+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'circletake','m007_descriptors','2026-11-26 14:04:30.458143+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'circletake','m008_take_provenance','2026-11-26 14:04:30.473040+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'circletake','m009_recipe_names','2026-11-26 14:04:30.473375+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'circletake','m010_token_expiry','2026-11-26 14:04:30.474003+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'circletake','m011_brief_guidance_2','2026-11-26 14:04:30.478970+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'circletake','m012_render_queue','2026-11-26 14:04:30.481364+00:00');
CREATE TABLE ballots (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    "left" INTEGER NOT NULL REFERENCES takes(id), "right" INTEGER NOT NULL REFERENCES takes(id),
    verdict TEXT NOT NULL CHECK (verdict IN ('left','right','tie','both_bad','skip')), elapsed_ms INTEGER NOT NULL,
    trial INTEGER REFERENCES trials(id), supersedes INTEGER UNIQUE REFERENCES ballots(id), created TEXT NOT NULL);
INSERT INTO "ballots" VALUES(1,'ana 0 0',1,1,2,'left',900,NULL,NULL,'2026-11-26T14:04:30.865930+00:00');
INSERT INTO "ballots" VALUES(2,'ana 0 1',1,2,3,'right',901,NULL,NULL,'2026-11-26T14:04:30.883599+00:00');
INSERT INTO "ballots" VALUES(3,'ben 1 0',2,1,2,'right',900,NULL,NULL,'2026-11-26T14:04:30.899532+00:00');
INSERT INTO "ballots" VALUES(4,'ben 1 1',2,2,3,'tie',901,NULL,NULL,'2026-11-26T14:04:30.911526+00:00');
INSERT INTO "ballots" VALUES(5,'ana 2 0',1,5,6,'tie',900,NULL,NULL,'2026-11-26T14:04:30.919258+00:00');
INSERT INTO "ballots" VALUES(6,'ana 2 1',1,6,7,'both_bad',901,NULL,NULL,'2026-11-26T14:04:30.923238+00:00');
INSERT INTO "ballots" VALUES(7,'ben 3 0',2,5,6,'both_bad',900,NULL,NULL,'2026-11-26T14:04:30.931235+00:00');
INSERT INTO "ballots" VALUES(8,'ben 3 1',2,6,7,'skip',901,NULL,NULL,'2026-11-26T14:04:30.935233+00:00');
INSERT INTO "ballots" VALUES(9,'changed',2,2,1,'left',700,NULL,3,'2026-11-26T14:04:30.943308+00:00');
INSERT INTO "ballots" VALUES(10,'in the trial',2,9,10,'left',800,1,NULL,'2026-11-26T14:04:31.205921+00:00');
CREATE TABLE briefs (
    id INTEGER PRIMARY KEY, shot INTEGER NOT NULL REFERENCES shots(id), prompt TEXT NOT NULL, negative_prompt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('still','clip')), width INTEGER NOT NULL, height INTEGER NOT NULL,
    frames INTEGER NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, steps INTEGER NOT NULL, guidance REAL NOT NULL,
    source_media TEXT REFERENCES media(sha256), mask_media TEXT REFERENCES media(sha256), author TEXT NOT NULL,
    created TEXT NOT NULL, guidance_2 REAL);
INSERT INTO "briefs" VALUES(1,1,'a house by day, 0','','still',128,128,1,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:30.583683+00:00',NULL);
INSERT INTO "briefs" VALUES(2,2,'a house by day, 1','','clip',128,128,9,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:30.587751+00:00',NULL);
CREATE TABLE "descriptors" (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
INSERT INTO "events" VALUES(1,'2026-11-26T14:04:30.521016+00:00','command line','version.initial','starter','{"previous": null}','0000000000000000000000000000000000000000000000000000000000000000','4fe0c616963a7dd8f181bbd5cf7429960c724c8332dcbc3221b01d1ff79a212b');
INSERT INTO "events" VALUES(2,'2026-11-26T14:04:30.532836+00:00','command line','person.add','ana','{"role": "supervisor"}','4fe0c616963a7dd8f181bbd5cf7429960c724c8332dcbc3221b01d1ff79a212b','9431e65e7dcf820149ba792cfb04315d179c8f7a594df2e4f2dcb2300dd30a8b');
INSERT INTO "events" VALUES(3,'2026-11-26T14:04:30.539987+00:00','command line','person.add','ben','{"role": "creative"}','9431e65e7dcf820149ba792cfb04315d179c8f7a594df2e4f2dcb2300dd30a8b','36a1f2cff35a7175dad699196f93a3acf33a8bb41828413e46809d12e037c022');
INSERT INTO "events" VALUES(4,'2026-11-26T14:04:30.548122+00:00','command line','token.issue','ben','{"expires": null, "label": "a script"}','36a1f2cff35a7175dad699196f93a3acf33a8bb41828413e46809d12e037c022','ea422da09132d7bbeab093da46c042ba0d142badc4b00a74d9860d419ef143b0');
INSERT INTO "events" VALUES(5,'2026-11-26T14:04:30.964249+00:00','ana','take.status','1','{"from": "wip", "to": "circled"}','ea422da09132d7bbeab093da46c042ba0d142badc4b00a74d9860d419ef143b0','162da984a29bcade385765e73227def68a4b3795a1f89d28be3d0f0aeea78238');
INSERT INTO "events" VALUES(6,'2026-11-26T14:04:30.968086+00:00','ana','take.status','5','{"from": "wip", "to": "needs_retake"}','162da984a29bcade385765e73227def68a4b3795a1f89d28be3d0f0aeea78238','8bfcbeaa2943ef6279c2114c5c70381e26f4b26d2637e384f0553ef426df0f0a');
INSERT INTO "events" VALUES(7,'2026-11-26T14:04:30.972632+00:00','studio','run.start','1','{"judgements": 2, "method": "dpo", "snapshot_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}','8bfcbeaa2943ef6279c2114c5c70381e26f4b26d2637e384f0553ef426df0f0a','44a8adf5b40d54ce3e17f2f9a4de74bc75077814ce7e43ad31fe7d8e5094166b');
INSERT INTO "events" VALUES(8,'2026-11-26T14:04:30.980700+00:00','studio','run.refused','1','{"reason": "too few pairs"}','44a8adf5b40d54ce3e17f2f9a4de74bc75077814ce7e43ad31fe7d8e5094166b','f4eefcf1aa593d35d9ae791a8cee0b2c26ec158f6aed4b6c0a67f7fcd31e5821');
INSERT INTO "events" VALUES(9,'2026-11-26T14:04:30.992249+00:00','studio','run.start','2','{"judgements": 2, "method": "guided", "snapshot_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}','f4eefcf1aa593d35d9ae791a8cee0b2c26ec158f6aed4b6c0a67f7fcd31e5821','6dcc891337c37afe630c548203fa895ff19f6abae9e8748df7b86c942face726');
INSERT INTO "events" VALUES(10,'2026-11-26T14:04:31.000158+00:00','studio','version.register','v0002','{"adapters": [], "base": "starter", "run": null}','6dcc891337c37afe630c548203fa895ff19f6abae9e8748df7b86c942face726','2e0066199a92a4b562b0ee89b3b42b6bc2b398b1b4d0cecfc3b433d5fca0c52e');
INSERT INTO "events" VALUES(11,'2026-11-26T14:04:31.004486+00:00','command line','version.promote','v0002','{"forced": true, "previous": "starter", "reason": "quick", "trial": {"baseline": "starter", "candidate": "v0002", "high": 1.0, "left": 0, "losses": 0, "low": 0.0, "pairs": 0, "pairs_judged": 0, "raters": 0, "ties": 0, "win_rate": null, "wins": 0}}','2e0066199a92a4b562b0ee89b3b42b6bc2b398b1b4d0cecfc3b433d5fca0c52e','036f694496730c342992afb5a27d0daea13383c858323bd634e3098b6c32e439');
INSERT INTO "events" VALUES(12,'2026-11-26T14:04:31.008511+00:00','studio','version.register','v0001','{"adapters": [{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}], "base": "starter", "run": 2}','036f694496730c342992afb5a27d0daea13383c858323bd634e3098b6c32e439','4813345640a55cb2debecb67ace2ec5d0673c34e3ee453c56f05c9061e03abfb');
INSERT INTO "events" VALUES(13,'2026-11-26T14:04:31.020203+00:00','studio','run.done','2','{"version": "v0001"}','4813345640a55cb2debecb67ace2ec5d0673c34e3ee453c56f05c9061e03abfb','0d12a8ee97739212fb4308c1ece264abbed5b3793bccd99c8fcf3ccf9f41d250');
INSERT INTO "events" VALUES(14,'2026-11-26T14:04:31.025166+00:00','studio','trial.open','1','{"baseline": "v0002", "candidate": "v0001", "pairs": 2}','0d12a8ee97739212fb4308c1ece264abbed5b3793bccd99c8fcf3ccf9f41d250','c1e3f4db6c2bd4a28203288bb3911e9c8d6cd854a559f4e33e659c57008d498c');
CREATE TABLE media (
    sha256 TEXT PRIMARY KEY, ext TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, frames INTEGER NOT NULL, created TEXT NOT NULL);
INSERT INTO "media" VALUES('8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96','png','image/png',14,16,16,1,'2026-11-26T14:04:30.626472+00:00');
INSERT INTO "media" VALUES('d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43','png','image/png',14,16,16,1,'2026-11-26T14:04:30.666498+00:00');
INSERT INTO "media" VALUES('92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b','png','image/png',14,16,16,1,'2026-11-26T14:04:30.685520+00:00');
INSERT INTO "media" VALUES('058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','png','image/png',14,16,16,1,'2026-11-26T14:04:30.738449+00:00');
INSERT INTO "media" VALUES('4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:30.766512+00:00');
INSERT INTO "media" VALUES('1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','png','image/png',14,16,16,1,'2026-11-26T14:04:30.798514+00:00');
INSERT INTO "media" VALUES('3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:30.810490+00:00');
INSERT INTO "media" VALUES('f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','png','image/png',14,16,16,1,'2026-11-26T14:04:30.830486+00:00');
INSERT INTO "media" VALUES('d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:30.842508+00:00');
INSERT INTO "media" VALUES('ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','png','image/png',14,16,16,1,'2026-11-26T14:04:31.045907+00:00');
INSERT INTO "media" VALUES('950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','png','image/png',14,16,16,1,'2026-11-26T14:04:31.090494+00:00');
INSERT INTO "media" VALUES('4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:31.102478+00:00');
INSERT INTO "media" VALUES('46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','png','image/png',15,16,16,1,'2026-11-26T14:04:31.126447+00:00');
INSERT INTO "media" VALUES('8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','mp4','video/mp4',7,16,16,9,'2026-11-26T14:04:31.138475+00:00');
INSERT INTO "media" VALUES('db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613','png','image/png',15,16,16,1,'2026-11-26T14:04:31.186510+00:00');
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), text TEXT NOT NULL, region TEXT, frame_in INTEGER, frame_out INTEGER,
    supersedes INTEGER UNIQUE REFERENCES notes(id), created TEXT NOT NULL);
INSERT INTO "notes" VALUES(1,'note 1',1,1,'the hand; it''s wrong','{"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}',NULL,NULL,NULL,'2026-11-26T14:04:30.947508+00:00');
INSERT INTO "notes" VALUES(2,'note 2',2,5,'schön: ab hier
weiter',NULL,2,5,NULL,'2026-11-26T14:04:30.951330+00:00');
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL CHECK (role IN ('creative','supervisor','admin')),
    password_hash TEXT, created TEXT NOT NULL, disabled TEXT);
INSERT INTO "people" VALUES(1,'ana','supervisor',NULL,'2026-11-26T14:04:30.532501+00:00',NULL);
INSERT INTO "people" VALUES(2,'ben','creative',NULL,'2026-11-26T14:04:30.539735+00:00',NULL);
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "projects" VALUES(1,'AGM','A Good Man',24000,1001,'2026-11-26T14:04:30.563782+00:00');
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL REFERENCES versions(name), previous TEXT REFERENCES versions(name),
    action TEXT NOT NULL CHECK (action IN ('initial','promote','rollback')), person TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO "promotions" VALUES(1,'starter',NULL,'initial','command line','2026-11-26T14:04:30.520730+00:00');
INSERT INTO "promotions" VALUES(2,'v0002','starter','promote','command line','2026-11-26T14:04:31.004246+00:00');
CREATE TABLE queue_turns (project INTEGER PRIMARY KEY REFERENCES projects(id), turn INTEGER NOT NULL);
INSERT INTO "queue_turns" VALUES(1,7);
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    supersedes INTEGER UNIQUE REFERENCES ratings(id), created TEXT NOT NULL);
INSERT INTO "ratings" VALUES(1,'rating 0',1,1,1,NULL,'2026-11-26T14:04:30.887390+00:00');
INSERT INTO "ratings" VALUES(2,'rating 1',2,1,2,NULL,'2026-11-26T14:04:30.915265+00:00');
INSERT INTO "ratings" VALUES(3,'rating 2',1,5,3,NULL,'2026-11-26T14:04:30.927210+00:00');
INSERT INTO "ratings" VALUES(4,'rating 3',2,5,4,NULL,'2026-11-26T14:04:30.939227+00:00');
CREATE TABLE run_judgements (
    run INTEGER NOT NULL REFERENCES runs(id), kind TEXT NOT NULL CHECK (kind IN ('ballot','rating','status')),
    judgement INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id),
    split TEXT NOT NULL CHECK (split IN ('train','heldout')), PRIMARY KEY (run, kind, judgement));
INSERT INTO "run_judgements" VALUES(1,'ballot',1,1,'train');
INSERT INTO "run_judgements" VALUES(1,'ballot',2,1,'train');
INSERT INTO "run_judgements" VALUES(2,'ballot',1,1,'train');
INSERT INTO "run_judgements" VALUES(2,'ballot',2,1,'train');
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('running','done','refused','failed')), method TEXT NOT NULL,
    recipe TEXT NOT NULL, snapshot_sha256 TEXT NOT NULL, folder TEXT NOT NULL, version TEXT, metrics TEXT, reason TEXT,
    progress REAL NOT NULL DEFAULT 0, started TEXT NOT NULL, finished TEXT);
INSERT INTO "runs" VALUES(1,'refused','dpo','{"beta": 2000.0, "method": "dpo"}','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','runs/0001',NULL,'{"pairs": 3}','too few pairs',0.0,'2026-11-26T14:04:30.972189+00:00','2026-11-26T14:04:30.980183+00:00');
INSERT INTO "runs" VALUES(2,'done','guided','{"method": "guided"}','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','runs/0002','v0001','{"heldout_accuracy": 0.7}',NULL,1.0,'2026-11-26T14:04:30.991766+00:00','2026-11-26T14:04:31.019712+00:00');
CREATE TABLE selects (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, shot INTEGER NOT NULL REFERENCES shots(id),
    take INTEGER NOT NULL REFERENCES takes(id), frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL,
    position INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "selects" VALUES(1,'303e82c7-cdb0-4d7e-aa28-87467adb3f27',1,1,0,0,1,1,'2026-11-26T14:04:30.964012+00:00',0);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
INSERT INTO "sessions" VALUES(1,'3fb93188b016de9b35cb21bd69c97122484c19c8124b98c8afddf47f7fc2e5aa',1,'2026-11-26T14:04:30.555707+00:00','2026-11-27T02:04:30.555734+00:00',NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT, changed TEXT);
INSERT INTO "settings" VALUES('name','Old','2026-11-26T14:04:30.494526+00:00');
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), code TEXT NOT NULL, title TEXT NOT NULL,
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (project, code));
INSERT INTO "shots" VALUES(1,1,'AGM_010','',24000,1001,'2026-11-26T14:04:30.574674+00:00');
INSERT INTO "shots" VALUES(2,1,'AGM_020','',24000,1001,'2026-11-26T14:04:30.579861+00:00');
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id),
    status TEXT NOT NULL CHECK (status IN ('wip','needs_retake','approved','circled')), created TEXT NOT NULL);
INSERT INTO "statuses" VALUES(1,'status 1',1,1,'circled','2026-11-26T14:04:30.963547+00:00');
INSERT INTO "statuses" VALUES(2,'status 2',1,5,'needs_retake','2026-11-26T14:04:30.967859+00:00');
CREATE TABLE tags (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), word TEXT NOT NULL, created TEXT NOT NULL,
    removed_by INTEGER REFERENCES people(id));
INSERT INTO "tags" VALUES(1,'tag 1',1,1,'hero','2026-11-26T14:04:30.959909+00:00',NULL);
CREATE TABLE take_counts (state TEXT PRIMARY KEY, number INTEGER NOT NULL);
INSERT INTO "take_counts" VALUES('queued',1);
INSERT INTO "take_counts" VALUES('leased',1);
INSERT INTO "take_counts" VALUES('done',10);
INSERT INTO "take_counts" VALUES('failed',1);
CREATE TABLE takes (
    id INTEGER PRIMARY KEY, brief INTEGER NOT NULL REFERENCES briefs(id), seed INTEGER NOT NULL,
    requested_version TEXT, version TEXT,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','leased','done','failed','cancelled')), error TEXT,
    progress REAL NOT NULL DEFAULT 0, purpose TEXT NOT NULL DEFAULT 'shot' CHECK (purpose IN ('shot','trial')),
    media TEXT REFERENCES media(sha256), poster TEXT REFERENCES media(sha256), rendition TEXT REFERENCES media(sha256),
    rendition_poster TEXT REFERENCES media(sha256), worker TEXT, lease_expires TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL, started TEXT, finished TEXT, provenance TEXT, project INTEGER REFERENCES projects(id), priority INTEGER NOT NULL DEFAULT 0);
INSERT INTO "takes" VALUES(1,1,0,NULL,'starter','done',NULL,1.0,'shot','8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,'8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,NULL,NULL,1,'2026-11-26T14:04:30.591537+00:00','2026-11-26T14:04:30.600508+00:00','2026-11-26T14:04:30.631923+00:00','{"model": "starter", "seed": 1}',1,0);
INSERT INTO "takes" VALUES(2,1,1,NULL,'starter','done',NULL,1.0,'shot','d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,'d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,NULL,NULL,1,'2026-11-26T14:04:30.591537+00:00','2026-11-26T14:04:30.600508+00:00','2026-11-26T14:04:30.671908+00:00','{"model": "starter", "seed": 2}',1,0);
INSERT INTO "takes" VALUES(3,1,2,NULL,'starter','done',NULL,1.0,'shot','92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,'92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,NULL,NULL,1,'2026-11-26T14:04:30.591537+00:00','2026-11-26T14:04:30.600508+00:00','2026-11-26T14:04:30.687550+00:00','{"model": "starter", "seed": 3}',1,0);
INSERT INTO "takes" VALUES(4,1,3,NULL,'starter','failed','out of memory',0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-26T14:04:30.591537+00:00','2026-11-26T14:04:30.600508+00:00','2026-11-26T14:04:30.692143+00:00',NULL,1,0);
INSERT INTO "takes" VALUES(5,2,10,NULL,'starter','done',NULL,1.0,'shot','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8',NULL,NULL,1,'2026-11-26T14:04:30.705203+00:00','2026-11-26T14:04:30.716015+00:00','2026-11-26T14:04:30.772103+00:00','{"model": "starter", "seed": 5}',1,0);
INSERT INTO "takes" VALUES(6,2,11,NULL,'starter','done',NULL,1.0,'shot','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d',NULL,NULL,1,'2026-11-26T14:04:30.705203+00:00','2026-11-26T14:04:30.716015+00:00','2026-11-26T14:04:30.815630+00:00','{"model": "starter", "seed": 6}',1,0);
INSERT INTO "takes" VALUES(7,2,12,NULL,'starter','done',NULL,1.0,'shot','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae',NULL,NULL,1,'2026-11-26T14:04:30.705203+00:00','2026-11-26T14:04:30.716015+00:00','2026-11-26T14:04:30.847694+00:00','{"model": "starter", "seed": 7}',1,0);
INSERT INTO "takes" VALUES(8,1,386767867,'v0001','v0001','done',NULL,1.0,'trial','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,'ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,NULL,NULL,1,'2026-11-26T14:04:31.023866+00:00','2026-11-26T14:04:31.036867+00:00','2026-11-26T14:04:31.059961+00:00','{"model": "starter", "seed": 8}',1,-1);
INSERT INTO "takes" VALUES(9,2,705438263,'v0001','v0001','done',NULL,1.0,'trial','4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,NULL,1,'2026-11-26T14:04:31.024337+00:00','2026-11-26T14:04:31.068122+00:00','2026-11-26T14:04:31.107780+00:00','{"model": "starter", "seed": 9}',1,-1);
INSERT INTO "takes" VALUES(10,2,1681162883,'v0002','v0002','done',NULL,1.0,'trial','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd',NULL,NULL,1,'2026-11-26T14:04:31.024569+00:00','2026-11-26T14:04:31.111888+00:00','2026-11-26T14:04:31.143733+00:00','{"model": "starter", "seed": 10}',1,-1);
INSERT INTO "takes" VALUES(11,1,1257371606,'v0002','v0002','done',NULL,1.0,'trial','db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,'db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,NULL,NULL,1,'2026-11-26T14:04:31.024804+00:00','2026-11-26T14:04:31.160197+00:00','2026-11-26T14:04:31.196124+00:00','{"model": "starter", "seed": 11}',1,-1);
INSERT INTO "takes" VALUES(12,1,91,NULL,'v0002','leased',NULL,0.0,'shot',NULL,NULL,NULL,NULL,'worker','2026-11-26T14:06:31.218573+00:00',1,'2026-11-26T14:04:31.215796+00:00','2026-11-26T14:04:31.218582+00:00',NULL,NULL,1,0);
INSERT INTO "takes" VALUES(13,1,92,NULL,NULL,'queued',NULL,0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,0,'2026-11-26T14:04:31.224470+00:00',NULL,NULL,NULL,1,0);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    label TEXT NOT NULL, created TEXT NOT NULL, ended TEXT, expires TEXT);
INSERT INTO "tokens" VALUES(1,'0e06ec93b5cf7b676dedec22b35315165211543945a235e761a444418a411190',2,'a script','2026-11-26T14:04:30.547745+00:00',NULL,NULL);
CREATE TABLE trial_pairs (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id), brief INTEGER NOT NULL REFERENCES briefs(id),
    candidate_take INTEGER NOT NULL REFERENCES takes(id), baseline_take INTEGER NOT NULL REFERENCES takes(id));
INSERT INTO "trial_pairs" VALUES(1,1,2,9,10);
INSERT INTO "trial_pairs" VALUES(2,1,1,8,11);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, candidate TEXT NOT NULL REFERENCES versions(name), baseline TEXT NOT NULL REFERENCES versions(name),
    state TEXT NOT NULL CHECK (state IN ('open','closed')), created TEXT NOT NULL, closed TEXT, reason TEXT, last_ballot INTEGER);
INSERT INTO "trials" VALUES(1,'v0001','v0002','open','2026-11-26T14:04:31.023261+00:00',NULL,NULL,NULL);
CREATE TABLE versions (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, adapters TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('candidate','production','retired','rejected')), run INTEGER, created TEXT NOT NULL);
INSERT INTO "versions" VALUES('starter','starter','[]','retired',NULL,'2026-11-26T14:04:30.520424+00:00');
INSERT INTO "versions" VALUES('v0002','starter','[]','production',NULL,'2026-11-26T14:04:30.999788+00:00');
INSERT INTO "versions" VALUES('v0001','starter','[{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}]','candidate',2,'2026-11-26T14:04:31.008305+00:00');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX briefs_of_shot ON briefs(shot);
CREATE INDEX takes_of_brief ON takes(brief, state);
CREATE INDEX takes_by_state ON takes(state, id);
CREATE INDEX takes_of_rendition ON takes(rendition);
CREATE INDEX trial_pairs_of_trial ON trial_pairs(trial);
CREATE INDEX trial_pairs_of_takes ON trial_pairs(candidate_take, baseline_take);
CREATE INDEX ballots_of_person ON ballots(person, "left", "right");
CREATE INDEX ballots_of_pair ON ballots("left", "right");
CREATE VIEW current_ballots AS SELECT * FROM ballots b
    WHERE NOT EXISTS (SELECT 1 FROM ballots newer WHERE newer.supersedes = b.id);
CREATE INDEX ratings_of_take ON ratings(take, person);
CREATE VIEW current_ratings AS SELECT * FROM ratings r
    WHERE NOT EXISTS (SELECT 1 FROM ratings newer WHERE newer.supersedes = r.id);
CREATE INDEX tags_of_take ON tags(take);
CREATE INDEX notes_of_take ON notes(take);
CREATE INDEX statuses_of_take ON statuses(take, id);
CREATE INDEX selects_of_shot ON selects(shot, take, id);
CREATE TRIGGER takes_have_a_project AFTER INSERT ON takes WHEN new.project IS NULL BEGIN
    UPDATE takes SET project = (SELECT s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id = new.brief)
    WHERE id = new.id; END;
CREATE TRIGGER takes_counted_when_made AFTER INSERT ON takes BEGIN
    INSERT INTO take_counts VALUES (new.state, 1) ON CONFLICT (state) DO UPDATE SET number = number + 1; END;
CREATE TRIGGER takes_counted_when_changed AFTER UPDATE OF state ON takes WHEN new.state <> old.state BEGIN
    UPDATE take_counts SET number = number - 1 WHERE state = old.state; INSERT INTO take_counts VALUES (new.state, 1) ON CONFLICT (state) DO UPDATE SET number = number + 1; END;
CREATE TRIGGER takes_counted_when_removed AFTER DELETE ON takes BEGIN
    UPDATE take_counts SET number = number - 1 WHERE state = old.state; END;
CREATE INDEX takes_queued ON takes(project, priority DESC, id, brief, state) WHERE state = 'queued';
CREATE INDEX takes_queued_of_brief ON takes(brief, priority, id) WHERE state = 'queued';
CREATE INDEX takes_queued_last ON takes(created) WHERE state = 'queued' AND priority < 0;
CREATE INDEX takes_given_back ON takes(id) WHERE state = 'queued' AND error IS NOT NULL;
CREATE INDEX takes_leased_until ON takes(lease_expires) WHERE state = 'leased';
CREATE INDEX takes_leased_by ON takes(worker) WHERE state = 'leased';
CREATE INDEX takes_leased_of_project ON takes(project, state) WHERE state = 'leased';
COMMIT;
