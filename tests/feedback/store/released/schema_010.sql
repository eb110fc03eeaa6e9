BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'circletake','m001_people','2026-11-26 14:04:19.759425+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'circletake','m002_work','2026-11-26 14:04:19.760264+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'circletake','m003_judgements','2026-11-26 14:04:19.762020+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'circletake','m004_looks','2026-11-26 14:04:19.766404+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'circletake','m005_trial_reasons','2026-11-26 14:04:19.767107+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'circletake','m006_trial_last_ballot','2026-11-26 14:04:19.767705+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'circletake','m007_descriptors','2026-11-26 14:04:19.769601+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'circletake','m008_take_provenance','2026-11-26 14:04:19.783605+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'circletake','m009_recipe_names','2026-11-26 14:04:19.783914+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'circletake','m010_token_expiry','2026-11-26 14:04:19.784459+00:00');
CREATE TABLE ballots (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    "left" INTEGER NOT NULL REFERENCES takes(id), "right" INTEGER NOT NULL REFERENCES takes(id),
    verdict TEXT NOT NULL CHECK (verdict IN ('left','right','tie','both_bad','skip')), elapsed_ms INTEGER NOT NULL,
    trial INTEGER REFERENCES trials(id), supersedes INTEGER UNIQUE REFERENCES ballots(id), created TEXT NOT NULL);
INSERT INTO "ballots" VALUES(1,'ana 0 0',1,1,2,'left',900,NULL,NULL,'2026-11-26T14:04:20.126046+00:00');
INSERT INTO "ballots" VALUES(2,'ana 0 1',1,2,3,'right',901,NULL,NULL,'2026-11-26T14:04:20.155868+00:00');
INSERT INTO "ballots" VALUES(3,'ben 1 0',2,1,2,'right',900,NULL,NULL,'2026-11-26T14:04:20.175583+00:00');
INSERT INTO "ballots" VALUES(4,'ben 1 1',2,2,3,'tie',901,NULL,NULL,'2026-11-26T14:04:20.191494+00:00');
INSERT INTO "ballots" VALUES(5,'ana 2 0',1,5,6,'tie',900,NULL,NULL,'2026-11-26T14:04:20.207543+00:00');
INSERT INTO "ballots" VALUES(6,'ana 2 1',1,6,7,'both_bad',901,NULL,NULL,'2026-11-26T14:04:20.219611+00:00');
INSERT INTO "ballots" VALUES(7,'ben 3 0',2,5,6,'both_bad',900,NULL,NULL,'2026-11-26T14:04:20.239694+00:00');
INSERT INTO "ballots" VALUES(8,'ben 3 1',2,6,7,'skip',901,NULL,NULL,'2026-11-26T14:04:20.251529+00:00');
INSERT INTO "ballots" VALUES(9,'changed',2,2,1,'left',700,NULL,3,'2026-11-26T14:04:20.271503+00:00');
INSERT INTO "ballots" VALUES(10,'in the trial',2,11,9,'left',800,1,NULL,'2026-11-26T14:04:20.492932+00:00');
CREATE TABLE briefs (
    id INTEGER PRIMARY KEY, shot INTEGER NOT NULL REFERENCES shots(id), prompt TEXT NOT NULL, negative_prompt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('still','clip')), width INTEGER NOT NULL, height INTEGER NOT NULL,
    frames INTEGER NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, steps INTEGER NOT NULL, guidance REAL NOT NULL,
    source_media TEXT REFERENCES media(sha256), mask_media TEXT REFERENCES media(sha256), author TEXT NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "briefs" VALUES(1,1,'a house by day, 0','','still',128,128,1,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:19.891794+00:00');
INSERT INTO "briefs" VALUES(2,2,'a house by day, 1','','clip',128,128,9,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:19.903905+00:00');
CREATE TABLE "descriptors" (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
INSERT INTO "events" VALUES(1,'2026-11-26T14:04:19.826640+00:00','command line','version.initial','starter','{"previous": null}','0000000000000000000000000000000000000000000000000000000000000000','1ca0040afc86c370b0f4f8462f45b73d0caa25b6abe3b68157d7526063d931ad');
INSERT INTO "events" VALUES(2,'2026-11-26T14:04:19.832362+00:00','command line','person.add','ana','{"role": "supervisor"}','1ca0040afc86c370b0f4f8462f45b73d0caa25b6abe3b68157d7526063d931ad','1f02254b832d4d08d663a919bd81c0d18b829cbcd61a90689fd57ff8fa68a5c0');
INSERT INTO "events" VALUES(3,'2026-11-26T14:04:19.835707+00:00','command line','person.add','ben','{"role": "creative"}','1f02254b832d4d08d663a919bd81c0d18b829cbcd61a90689fd57ff8fa68a5c0','98f0db998bbb26286cdfcd325bac1cd8b9a9abebc3421d97308a210aa2d7d56b');
INSERT INTO "events" VALUES(4,'2026-11-26T14:04:19.843977+00:00','command line','token.issue','ben','{"expires": null, "label": "a script"}','98f0db998bbb26286cdfcd325bac1cd8b9a9abebc3421d97308a210aa2d7d56b','cfaddb608b9f0f1f07048091f816da304cc61f9ca1d3a2218d53b77784a22e62');
INSERT INTO "events" VALUES(5,'2026-11-26T14:04:20.300418+00:00','ana','take.status','1','{"from": "wip", "to": "circled"}','cfaddb608b9f0f1f07048091f816da304cc61f9ca1d3a2218d53b77784a22e62','c8abde6c0a798f8d89b717c8e9f6327fed2c542545cb3c0d19c0127be9cacb55');
INSERT INTO "events" VALUES(6,'2026-11-26T14:04:20.309310+00:00','ana','take.status','5','{"from": "wip", "to": "needs_retake"}','c8abde6c0a798f8d89b717c8e9f6327fed2c542545cb3c0d19c0127be9cacb55','3c8e378a0d94baaffae21c027dcfd54c79bed34a21a5ddd3b3f61362340e4977');
INSERT INTO "events" VALUES(7,'2026-11-26T14:04:20.316830+00:00','studio','run.start','1','{"judgements": 2, "method": "dpo", "snapshot_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}','3c8e378a0d94baaffae21c027dcfd54c79bed34a21a5ddd3b3f61362340e4977','a644b2cda44ded9e601d4909147d3298bedc7b4bd051a953002d9a619355a02c');
INSERT INTO "events" VALUES(8,'2026-11-26T14:04:20.327953+00:00','studio','run.refused','1','{"reason": "too few pairs"}','a644b2cda44ded9e601d4909147d3298bedc7b4bd051a953002d9a619355a02c','ff6133e0a72695c862b7454fc7c6ae779f360a6e9492da7e3bdb5669774a69db');
INSERT INTO "events" VALUES(9,'2026-11-26T14:04:20.335754+00:00','studio','run.start','2','{"judgements": 2, "method": "guided", "snapshot_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}','ff6133e0a72695c862b7454fc7c6ae779f360a6e9492da7e3bdb5669774a69db','40958291f2981ff7ab6f2789ab906e0c97128d797df380658d9321afdd575e8a');
INSERT INTO "events" VALUES(10,'2026-11-26T14:04:20.339477+00:00','studio','version.register','v0002','{"adapters": [], "base": "starter", "run": null}','40958291f2981ff7ab6f2789ab906e0c97128d797df380658d9321afdd575e8a','4252ea1ec040956b7a3a6b4d1b5b9c86563d4bc31165ae638e8c838aaa387147');
INSERT INTO "events" VALUES(11,'2026-11-26T14:04:20.345420+00:00','command line','version.promote','v0002','{"forced": true, "previous": "starter", "reason": "quick", "trial": {"baseline": "starter", "candidate": "v0002", "high": 1.0, "left": 0, "losses": 0, "low": 0.0, "pairs": 0, "pairs_judged": 0, "raters": 0, "ties": 0, "win_rate": null, "wins": 0}}','4252ea1ec040956b7a3a6b4d1b5b9c86563d4bc31165ae638e8c838aaa387147','138849e521b3d5698e36dcf29adb91ee57e61301275d64e9524960098814e1ec');
INSERT INTO "events" VALUES(12,'2026-11-26T14:04:20.356033+00:00','studio','version.register','v0001','{"adapters": [{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}], "base": "starter", "run": 2}','138849e521b3d5698e36dcf29adb91ee57e61301275d64e9524960098814e1ec','c9a4b50ec30d29137c64e89ed847a751a52ba959b819bc5ba75780b6b5f7b3e9');
INSERT INTO "events" VALUES(13,'2026-11-26T14:04:20.363920+00:00','studio','run.done','2','{"version": "v0001"}','c9a4b50ec30d29137c64e89ed847a751a52ba959b819bc5ba75780b6b5f7b3e9','35ba3c917472eb30d340d7711ba13acf16ffeab81942a0a4438f9b2e8b4f6079');
INSERT INTO "events" VALUES(14,'2026-11-26T14:04:20.369447+00:00','studio','trial.open','1','{"baseline": "v0002", "candidate": "v0001", "pairs": 2}','35ba3c917472eb30d340d7711ba13acf16ffeab81942a0a4438f9b2e8b4f6079','78f419e9529ae8f24b8ac532e17a69cf8a9074981421ff232a95f6ebf6ff05a3');
CREATE TABLE media (
    sha256 TEXT PRIMARY KEY, ext TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, frames INTEGER NOT NULL, created TEXT NOT NULL);
INSERT INTO "media" VALUES('8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96','png','image/png',14,16,16,1,'2026-11-26T14:04:19.934397+00:00');
INSERT INTO "media" VALUES('d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43','png','image/png',14,16,16,1,'2026-11-26T14:04:19.954459+00:00');
INSERT INTO "media" VALUES('92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b','png','image/png',14,16,16,1,'2026-11-26T14:04:19.974478+00:00');
INSERT INTO "media" VALUES('058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','png','image/png',14,16,16,1,'2026-11-26T14:04:20.018575+00:00');
INSERT INTO "media" VALUES('4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:20.033310+00:00');
INSERT INTO "media" VALUES('1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','png','image/png',14,16,16,1,'2026-11-26T14:04:20.054426+00:00');
INSERT INTO "media" VALUES('3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:20.070425+00:00');
INSERT INTO "media" VALUES('f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','png','image/png',14,16,16,1,'2026-11-26T14:04:20.090412+00:00');
INSERT INTO "media" VALUES('d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:20.106463+00:00');
INSERT INTO "media" VALUES('ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','png','image/png',14,16,16,1,'2026-11-26T14:04:20.394535+00:00');
INSERT INTO "media" VALUES('9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:20.406436+00:00');
INSERT INTO "media" VALUES('950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','png','image/png',14,16,16,1,'2026-11-26T14:04:20.430473+00:00');
INSERT INTO "media" VALUES('46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','png','image/png',15,16,16,1,'2026-11-26T14:04:20.454569+00:00');
INSERT INTO "media" VALUES('8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','mp4','video/mp4',7,16,16,9,'2026-11-26T14:04:20.466866+00:00');
INSERT INTO "media" VALUES('db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613','png','image/png',15,16,16,1,'2026-11-26T14:04:20.482470+00:00');
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), text TEXT NOT NULL, region TEXT, frame_in INTEGER, frame_out INTEGER,
    supersedes INTEGER UNIQUE REFERENCES notes(id), created TEXT NOT NULL);
INSERT INTO "notes" VALUES(1,'note 1',1,1,'the hand; it''s wrong','{"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}',NULL,NULL,NULL,'2026-11-26T14:04:20.279759+00:00');
INSERT INTO "notes" VALUES(2,'note 2',2,5,'schön: ab hier
weiter',NULL,2,5,NULL,'2026-11-26T14:04:20.283809+00:00');
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL CHECK (role IN ('creative','supervisor','admin')),
    password_hash TEXT, created TEXT NOT NULL, disabled TEXT);
INSERT INTO "people" VALUES(1,'ana','supervisor',NULL,'2026-11-26T14:04:19.832122+00:00',NULL);
INSERT INTO "people" VALUES(2,'ben','creative',NULL,'2026-11-26T14:04:19.835523+00:00',NULL);
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "projects" VALUES(1,'AGM','A Good Man',24000,1001,'2026-11-26T14:04:19.851659+00:00');
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL REFERENCES versions(name), previous TEXT REFERENCES versions(name),
    action TEXT NOT NULL CHECK (action IN ('initial','promote','rollback')), person TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO "promotions" VALUES(1,'starter',NULL,'initial','command line','2026-11-26T14:04:19.826271+00:00');
INSERT INTO "promotions" VALUES(2,'v0002','starter','promote','command line','2026-11-26T14:04:20.345185+00:00');
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    supersedes INTEGER UNIQUE REFERENCES ratings(id), created TEXT NOT NULL);
INSERT INTO "ratings" VALUES(1,'rating 0',1,1,1,NULL,'2026-11-26T14:04:20.171533+00:00');
INSERT INTO "ratings" VALUES(2,'rating 1',2,1,2,NULL,'2026-11-26T14:04:20.195552+00:00');
INSERT INTO "ratings" VALUES(3,'rating 2',1,5,3,NULL,'2026-11-26T14:04:20.231528+00:00');
INSERT INTO "ratings" VALUES(4,'rating 3',2,5,4,NULL,'2026-11-26T14:04:20.263417+00:00');
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
INSERT INTO "runs" VALUES(1,'refused','dpo','{"beta": 2000.0, "method": "dpo"}','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','runs/0001',NULL,'{"pairs": 3}','too few pairs',0.0,'2026-11-26T14:04:20.316378+00:00','2026-11-26T14:04:20.327527+00:00');
INSERT INTO "runs" VALUES(2,'done','guided','{"method": "guided"}','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','runs/0002','v0001','{"heldout_accuracy": 0.7}',NULL,1.0,'2026-11-26T14:04:20.335385+00:00','2026-11-26T14:04:20.363456+00:00');
CREATE TABLE selects (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, shot INTEGER NOT NULL REFERENCES shots(id),
    take INTEGER NOT NULL REFERENCES takes(id), frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL,
    position INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "selects" VALUES(1,'a95fa5e7-293b-42e8-b8bc-c658f110233d',1,1,0,0,1,1,'2026-11-26T14:04:20.300173+00:00',0);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
INSERT INTO "sessions" VALUES(1,'de98d62fcad64740f7cd966fc92e0812c66967e003ec2f37005d86a0643ebf7f',1,'2026-11-26T14:04:19.847474+00:00','2026-11-27T02:04:19.847492+00:00',NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT, changed TEXT);
INSERT INTO "settings" VALUES('name','Old','2026-11-26T14:04:19.798521+00:00');
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), code TEXT NOT NULL, title TEXT NOT NULL,
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (project, code));
INSERT INTO "shots" VALUES(1,1,'AGM_010','',24000,1001,'2026-11-26T14:04:19.870914+00:00');
INSERT INTO "shots" VALUES(2,1,'AGM_020','',24000,1001,'2026-11-26T14:04:19.879949+00:00');
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id),
    status TEXT NOT NULL CHECK (status IN ('wip','needs_retake','approved','circled')), created TEXT NOT NULL);
INSERT INTO "statuses" VALUES(1,'status 1',1,1,'circled','2026-11-26T14:04:20.299696+00:00');
INSERT INTO "statuses" VALUES(2,'status 2',1,5,'needs_retake','2026-11-26T14:04:20.309065+00:00');
CREATE TABLE tags (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), word TEXT NOT NULL, created TEXT NOT NULL,
    removed_by INTEGER REFERENCES people(id));
INSERT INTO "tags" VALUES(1,'tag 1',1,1,'hero','2026-11-26T14:04:20.287936+00:00',NULL);
CREATE TABLE takes (
    id INTEGER PRIMARY KEY, brief INTEGER NOT NULL REFERENCES briefs(id), seed INTEGER NOT NULL,
    requested_version TEXT, version TEXT,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','leased','done','failed')), error TEXT,
    progress REAL NOT NULL DEFAULT 0, purpose TEXT NOT NULL DEFAULT 'shot' CHECK (purpose IN ('shot','trial')),
    media TEXT REFERENCES media(sha256), poster TEXT REFERENCES media(sha256), rendition TEXT REFERENCES media(sha256),
    rendition_poster TEXT REFERENCES media(sha256), worker TEXT, lease_expires TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL, started TEXT, finished TEXT, provenance TEXT);
INSERT INTO "takes" VALUES(1,1,0,NULL,'starter','done',NULL,1.0,'shot','8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,'8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,NULL,NULL,1,'2026-11-26T14:04:19.911701+00:00','2026-11-26T14:04:19.915931+00:00','2026-11-26T14:04:19.939644+00:00','{"model": "starter", "seed": 1}');
INSERT INTO "takes" VALUES(2,1,1,NULL,'starter','done',NULL,1.0,'shot','d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,'d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,NULL,NULL,1,'2026-11-26T14:04:19.911701+00:00','2026-11-26T14:04:19.916368+00:00','2026-11-26T14:04:19.959664+00:00','{"model": "starter", "seed": 2}');
INSERT INTO "takes" VALUES(3,1,2,NULL,'starter','done',NULL,1.0,'shot','92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,'92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,NULL,NULL,1,'2026-11-26T14:04:19.911701+00:00','2026-11-26T14:04:19.916659+00:00','2026-11-26T14:04:19.979602+00:00','{"model": "starter", "seed": 3}');
INSERT INTO "takes" VALUES(4,1,3,NULL,'starter','failed','out of memory',0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-26T14:04:19.911701+00:00','2026-11-26T14:04:19.916958+00:00','2026-11-26T14:04:19.983626+00:00',NULL);
INSERT INTO "takes" VALUES(5,2,10,NULL,'starter','done',NULL,1.0,'shot','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8',NULL,NULL,1,'2026-11-26T14:04:19.993100+00:00','2026-11-26T14:04:19.998434+00:00','2026-11-26T14:04:20.039905+00:00','{"model": "starter", "seed": 5}');
INSERT INTO "takes" VALUES(6,2,11,NULL,'starter','done',NULL,1.0,'shot','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d',NULL,NULL,1,'2026-11-26T14:04:19.993100+00:00','2026-11-26T14:04:19.998825+00:00','2026-11-26T14:04:20.076187+00:00','{"model": "starter", "seed": 6}');
INSERT INTO "takes" VALUES(7,2,12,NULL,'starter','done',NULL,1.0,'shot','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae',NULL,NULL,1,'2026-11-26T14:04:19.993100+00:00','2026-11-26T14:04:19.999161+00:00','2026-11-26T14:04:20.113581+00:00','{"model": "starter", "seed": 7}');
INSERT INTO "takes" VALUES(8,2,1775461163,'v0002','v0002','done',NULL,1.0,'trial','9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,NULL,1,'2026-11-26T14:04:20.368561+00:00','2026-11-26T14:04:20.380215+00:00','2026-11-26T14:04:20.411749+00:00','{"model": "starter", "seed": 8}');
INSERT INTO "takes" VALUES(9,1,1220639807,'v0002','v0002','done',NULL,1.0,'trial','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,'950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,NULL,NULL,1,'2026-11-26T14:04:20.368799+00:00','2026-11-26T14:04:20.415747+00:00','2026-11-26T14:04:20.435619+00:00','{"model": "starter", "seed": 9}');
INSERT INTO "takes" VALUES(10,2,858469930,'v0001','v0001','done',NULL,1.0,'trial','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd',NULL,NULL,1,'2026-11-26T14:04:20.368997+00:00','2026-11-26T14:04:20.438384+00:00','2026-11-26T14:04:20.468764+00:00','{"model": "starter", "seed": 10}');
INSERT INTO "takes" VALUES(11,1,1881891023,'v0001','v0001','done',NULL,1.0,'trial','db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,'db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,NULL,NULL,1,'2026-11-26T14:04:20.369157+00:00','2026-11-26T14:04:20.471572+00:00','2026-11-26T14:04:20.487664+00:00','{"model": "starter", "seed": 11}');
INSERT INTO "takes" VALUES(12,1,91,NULL,'v0002','leased',NULL,0.0,'shot',NULL,NULL,NULL,NULL,'worker','2026-11-26T14:06:20.507694+00:00',1,'2026-11-26T14:04:20.503781+00:00','2026-11-26T14:04:20.507731+00:00',NULL,NULL);
INSERT INTO "takes" VALUES(13,1,92,NULL,NULL,'queued',NULL,0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,0,'2026-11-26T14:04:20.515747+00:00',NULL,NULL,NULL);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    label TEXT NOT NULL, created TEXT NOT NULL, ended TEXT, expires TEXT);
INSERT INTO "tokens" VALUES(1,'69e258e87365f8e50b5a303bb117bd95abf12b072f48a90f4fc92867616c33a8',2,'a script','2026-11-26T14:04:19.843617+00:00',NULL,NULL);
CREATE TABLE trial_pairs (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id), brief INTEGER NOT NULL REFERENCES briefs(id),
    candidate_take INTEGER NOT NULL REFERENCES takes(id), baseline_take INTEGER NOT NULL REFERENCES takes(id));
INSERT INTO "trial_pairs" VALUES(1,1,1,11,9);
INSERT INTO "trial_pairs" VALUES(2,1,2,10,8);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, candidate TEXT NOT NULL REFERENCES versions(name), baseline TEXT NOT NULL REFERENCES versions(name),
    state TEXT NOT NULL CHECK (state IN ('open','closed')), created TEXT NOT NULL, closed TEXT, reason TEXT, last_ballot INTEGER);
INSERT INTO "trials" VALUES(1,'v0001','v0002','open','2026-11-26T14:04:20.368024+00:00',NULL,NULL,NULL);
CREATE TABLE versions (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, adapters TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('candidate','production','retired','rejected')), run INTEGER, created TEXT NOT NULL);
INSERT INTO "versions" VALUES('starter','starter','[]','retired',NULL,'2026-11-26T14:04:19.821978+00:00');
INSERT INTO "versions" VALUES('v0002','starter','[]','production',NULL,'2026-11-26T14:04:20.339256+00:00');
INSERT INTO "versions" VALUES('v0001','starter','[{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}]','candidate',2,'2026-11-26T14:04:20.355787+00:00');
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
COMMIT;
