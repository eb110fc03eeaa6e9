BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'circletake','m001_people','2026-11-26 14:04:06.142177+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'circletake','m002_work','2026-11-26 14:04:06.147175+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'circletake','m003_judgements','2026-11-26 14:04:06.148951+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'circletake','m004_looks','2026-11-26 14:04:06.149309+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'circletake','m005_trial_reasons','2026-11-26 14:04:06.149911+00:00');
CREATE TABLE ballots (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    "left" INTEGER NOT NULL REFERENCES takes(id), "right" INTEGER NOT NULL REFERENCES takes(id),
    verdict TEXT NOT NULL CHECK (verdict IN ('left','right','tie','both_bad','skip')), elapsed_ms INTEGER NOT NULL,
    trial INTEGER REFERENCES trials(id), supersedes INTEGER UNIQUE REFERENCES ballots(id), created TEXT NOT NULL);
INSERT INTO "ballots" VALUES(1,'ana 0 0',1,1,2,'left',900,NULL,NULL,'2026-11-26T14:04:06.432295+00:00');
INSERT INTO "ballots" VALUES(2,'ana 0 1',1,2,3,'right',901,NULL,NULL,'2026-11-26T14:04:06.443210+00:00');
INSERT INTO "ballots" VALUES(3,'ben 1 0',2,1,2,'right',900,NULL,NULL,'2026-11-26T14:04:06.467128+00:00');
INSERT INTO "ballots" VALUES(4,'ben 1 1',2,2,3,'tie',901,NULL,NULL,'2026-11-26T14:04:06.475120+00:00');
INSERT INTO "ballots" VALUES(5,'ana 2 0',1,5,6,'tie',900,NULL,NULL,'2026-11-26T14:04:06.491172+00:00');
INSERT INTO "ballots" VALUES(6,'ana 2 1',1,6,7,'both_bad',901,NULL,NULL,'2026-11-26T14:04:06.499009+00:00');
INSERT INTO "ballots" VALUES(7,'ben 3 0',2,5,6,'both_bad',900,NULL,NULL,'2026-11-26T14:04:06.515251+00:00');
INSERT INTO "ballots" VALUES(8,'ben 3 1',2,6,7,'skip',901,NULL,NULL,'2026-11-26T14:04:06.523125+00:00');
INSERT INTO "ballots" VALUES(9,'changed',2,2,1,'left',700,NULL,3,'2026-11-26T14:04:06.535339+00:00');
INSERT INTO "ballots" VALUES(10,'in the trial',2,11,9,'left',800,1,NULL,'2026-11-26T14:04:06.768158+00:00');
CREATE TABLE briefs (
    id INTEGER PRIMARY KEY, shot INTEGER NOT NULL REFERENCES shots(id), prompt TEXT NOT NULL, negative_prompt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('still','clip')), width INTEGER NOT NULL, height INTEGER NOT NULL,
    frames INTEGER NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, steps INTEGER NOT NULL, guidance REAL NOT NULL,
    source_media TEXT REFERENCES media(sha256), mask_media TEXT REFERENCES media(sha256), author TEXT NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "briefs" VALUES(1,1,'a house by day, 0','','still',128,128,1,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:06.215662+00:00');
INSERT INTO "briefs" VALUES(2,2,'a house by day, 1','','clip',128,128,9,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:06.223054+00:00');
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
INSERT INTO "events" VALUES(1,'2026-11-26T14:04:06.173228+00:00','command line','version.initial','starter','{"previous": null}','0000000000000000000000000000000000000000000000000000000000000000','d2ec883558604513f76178c0704eb6e9e02a41e90f08d3ac8ebe08cf078e8c2f');
INSERT INTO "events" VALUES(2,'2026-11-26T14:04:06.183790+00:00','command line','person.add','ana','{"role": "supervisor"}','d2ec883558604513f76178c0704eb6e9e02a41e90f08d3ac8ebe08cf078e8c2f','af6eaaad7d33194a297ecae4c04969b53f8491aead2a5a45a85d4db0bde809f7');
INSERT INTO "events" VALUES(3,'2026-11-26T14:04:06.186947+00:00','command line','person.add','ben','{"role": "creative"}','af6eaaad7d33194a297ecae4c04969b53f8491aead2a5a45a85d4db0bde809f7','fde387e52b851dedcf82a1ce986066b331a7fab8bc9414fa087f13c6595af1ab');
INSERT INTO "events" VALUES(4,'2026-11-26T14:04:06.188406+00:00','command line','token.issue','ben','{"label": "a script"}','fde387e52b851dedcf82a1ce986066b331a7fab8bc9414fa087f13c6595af1ab','5b0fdeaa02c7447a0442df2c4bd505c8dfa502a4186f3993497a228486695a26');
INSERT INTO "events" VALUES(5,'2026-11-26T14:04:06.571953+00:00','ana','take.status','1','{"from": "wip", "to": "circled"}','5b0fdeaa02c7447a0442df2c4bd505c8dfa502a4186f3993497a228486695a26','52f90d1fc7254ea8570236a3623ca79661215f0431674d0a8793b3ac8baec164');
INSERT INTO "events" VALUES(6,'2026-11-26T14:04:06.579671+00:00','ana','take.status','5','{"from": "wip", "to": "needs_retake"}','52f90d1fc7254ea8570236a3623ca79661215f0431674d0a8793b3ac8baec164','4d7498feeb0af9924b8f3237894d11707fcdf57dd5349a3966b4c6a53c69ffa8');
INSERT INTO "events" VALUES(7,'2026-11-26T14:04:06.586078+00:00','studio','run.start','1','{"judgements": 2, "method": "dpo", "snapshot_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}','4d7498feeb0af9924b8f3237894d11707fcdf57dd5349a3966b4c6a53c69ffa8','402e6eb82b95bc33c5956b48abf1f46275019ff0ecf3d29291e4e045c90e9d66');
INSERT INTO "events" VALUES(8,'2026-11-26T14:04:06.595828+00:00','studio','run.refused','1','{"reason": "too few pairs"}','402e6eb82b95bc33c5956b48abf1f46275019ff0ecf3d29291e4e045c90e9d66','2b4f3b1d4de6dbb9ebb71323b46bd5dd514d4613a54697cbc4a0ea4140448c47');
INSERT INTO "events" VALUES(9,'2026-11-26T14:04:06.603653+00:00','studio','run.start','2','{"judgements": 2, "method": "guided", "snapshot_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}','2b4f3b1d4de6dbb9ebb71323b46bd5dd514d4613a54697cbc4a0ea4140448c47','cf77a2463935fca3f60fa8305778cc8fd4fc0b95ac9297af2041fb9848c4078e');
INSERT INTO "events" VALUES(10,'2026-11-26T14:04:06.607355+00:00','studio','version.register','v0002','{"adapters": [], "base": "starter", "run": null}','cf77a2463935fca3f60fa8305778cc8fd4fc0b95ac9297af2041fb9848c4078e','aed8d9ddc3b29289f8819dc99ce77ec7dd33f766aacddc2017f26fef0e39691e');
INSERT INTO "events" VALUES(11,'2026-11-26T14:04:06.612410+00:00','command line','version.promote','v0002','{"forced": true, "previous": "starter", "reason": "quick", "trial": {"baseline": "starter", "candidate": "v0002", "high": 1.0, "left": 0, "losses": 0, "low": 0.0, "pairs": 0, "pairs_judged": 0, "raters": 0, "ties": 0, "win_rate": null, "wins": 0}}','aed8d9ddc3b29289f8819dc99ce77ec7dd33f766aacddc2017f26fef0e39691e','37d68c7867391b258c98846c0f4af3cd174b2850c7cfb47e4cc45f2eef2e9c00');
INSERT INTO "events" VALUES(12,'2026-11-26T14:04:06.619553+00:00','studio','version.register','v0001','{"adapters": [{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}], "base": "starter", "run": 2}','37d68c7867391b258c98846c0f4af3cd174b2850c7cfb47e4cc45f2eef2e9c00','acf169506c2d9a272136e3bfd32b56a84950272563479fc1ea6766bf7e27f77b');
INSERT INTO "events" VALUES(13,'2026-11-26T14:04:06.623453+00:00','studio','run.done','2','{"version": "v0001"}','acf169506c2d9a272136e3bfd32b56a84950272563479fc1ea6766bf7e27f77b','289647ef5c92c457a6983c54e719d6871bb6f48e9d183b3a172721e03e0f7333');
INSERT INTO "events" VALUES(14,'2026-11-26T14:04:06.628708+00:00','studio','trial.open','1','{"baseline": "v0002", "candidate": "v0001", "pairs": 2}','289647ef5c92c457a6983c54e719d6871bb6f48e9d183b3a172721e03e0f7333','aa9c2515b911a4d73a6f0462c369f43bd9e21009a51ba78ba8947f7c5043e6c6');
CREATE TABLE looks (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE media (
    sha256 TEXT PRIMARY KEY, ext TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, frames INTEGER NOT NULL, created TEXT NOT NULL);
INSERT INTO "media" VALUES('8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96','png','image/png',14,16,16,1,'2026-11-26T14:04:06.250437+00:00');
INSERT INTO "media" VALUES('d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43','png','image/png',14,16,16,1,'2026-11-26T14:04:06.267796+00:00');
INSERT INTO "media" VALUES('92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b','png','image/png',14,16,16,1,'2026-11-26T14:04:06.286462+00:00');
INSERT INTO "media" VALUES('058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','png','image/png',14,16,16,1,'2026-11-26T14:04:06.322474+00:00');
INSERT INTO "media" VALUES('4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:06.338518+00:00');
INSERT INTO "media" VALUES('1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','png','image/png',14,16,16,1,'2026-11-26T14:04:06.362473+00:00');
INSERT INTO "media" VALUES('3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:06.378469+00:00');
INSERT INTO "media" VALUES('f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','png','image/png',14,16,16,1,'2026-11-26T14:04:06.398527+00:00');
INSERT INTO "media" VALUES('d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:06.414525+00:00');
INSERT INTO "media" VALUES('ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','png','image/png',14,16,16,1,'2026-11-26T14:04:06.654837+00:00');
INSERT INTO "media" VALUES('9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:06.666429+00:00');
INSERT INTO "media" VALUES('950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','png','image/png',14,16,16,1,'2026-11-26T14:04:06.690428+00:00');
INSERT INTO "media" VALUES('46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','png','image/png',15,16,16,1,'2026-11-26T14:04:06.718431+00:00');
INSERT INTO "media" VALUES('8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','mp4','video/mp4',7,16,16,9,'2026-11-26T14:04:06.730433+00:00');
INSERT INTO "media" VALUES('db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613','png','image/png',15,16,16,1,'2026-11-26T14:04:06.758469+00:00');
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), text TEXT NOT NULL, region TEXT, frame_in INTEGER, frame_out INTEGER,
    supersedes INTEGER UNIQUE REFERENCES notes(id), created TEXT NOT NULL);
INSERT INTO "notes" VALUES(1,'note 1',1,1,'the hand; it''s wrong','{"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}',NULL,NULL,NULL,'2026-11-26T14:04:06.543407+00:00');
INSERT INTO "notes" VALUES(2,'note 2',2,5,'schön: ab hier
weiter',NULL,2,5,NULL,'2026-11-26T14:04:06.551236+00:00');
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL CHECK (role IN ('creative','supervisor','admin')),
    password_hash TEXT, created TEXT NOT NULL, disabled TEXT);
INSERT INTO "people" VALUES(1,'ana','supervisor',NULL,'2026-11-26T14:04:06.183502+00:00',NULL);
INSERT INTO "people" VALUES(2,'ben','creative',NULL,'2026-11-26T14:04:06.186736+00:00',NULL);
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "projects" VALUES(1,'AGM','A Good Man',24000,1001,'2026-11-26T14:04:06.199004+00:00');
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL REFERENCES versions(name), previous TEXT REFERENCES versions(name),
    action TEXT NOT NULL CHECK (action IN ('initial','promote','rollback')), person TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO "promotions" VALUES(1,'starter',NULL,'initial','command line','2026-11-26T14:04:06.172945+00:00');
INSERT INTO "promotions" VALUES(2,'v0002','starter','promote','command line','2026-11-26T14:04:06.612187+00:00');
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    supersedes INTEGER UNIQUE REFERENCES ratings(id), created TEXT NOT NULL);
INSERT INTO "ratings" VALUES(1,'rating 0',1,1,1,NULL,'2026-11-26T14:04:06.456189+00:00');
INSERT INTO "ratings" VALUES(2,'rating 1',2,1,2,NULL,'2026-11-26T14:04:06.483402+00:00');
INSERT INTO "ratings" VALUES(3,'rating 2',1,5,3,NULL,'2026-11-26T14:04:06.503051+00:00');
INSERT INTO "ratings" VALUES(4,'rating 3',2,5,4,NULL,'2026-11-26T14:04:06.531292+00:00');
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
INSERT INTO "runs" VALUES(1,'refused','dpo','{"beta": 2000.0, "method": "dpo"}','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','runs/0001',NULL,'{"pairs": 3}','too few pairs',0.0,'2026-11-26T14:04:06.585642+00:00','2026-11-26T14:04:06.595325+00:00');
INSERT INTO "runs" VALUES(2,'done','guided','{"method": "guided"}','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','runs/0002','v0001','{"heldout_accuracy": 0.7}',NULL,1.0,'2026-11-26T14:04:06.603216+00:00','2026-11-26T14:04:06.623015+00:00');
CREATE TABLE selects (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, shot INTEGER NOT NULL REFERENCES shots(id),
    take INTEGER NOT NULL REFERENCES takes(id), frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL,
    position INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "selects" VALUES(1,'0ea58b26-2b18-4b37-b8cf-7396d46e3824',1,1,0,0,1,1,'2026-11-26T14:04:06.571734+00:00',0);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
INSERT INTO "sessions" VALUES(1,'185545e7992fbfa9a7e0ac6c46e948acfc0f9d9d9a084539112bcb1483ee1f82',1,'2026-11-26T14:04:06.194761+00:00','2026-11-27T02:04:06.194791+00:00',NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT, changed TEXT);
INSERT INTO "settings" VALUES('name','Old','2026-11-26T14:04:06.157226+00:00');
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), code TEXT NOT NULL, title TEXT NOT NULL,
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (project, code));
INSERT INTO "shots" VALUES(1,1,'AGM_010','',24000,1001,'2026-11-26T14:04:06.204622+00:00');
INSERT INTO "shots" VALUES(2,1,'AGM_020','',24000,1001,'2026-11-26T14:04:06.213678+00:00');
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id),
    status TEXT NOT NULL CHECK (status IN ('wip','needs_retake','approved','circled')), created TEXT NOT NULL);
INSERT INTO "statuses" VALUES(1,'status 1',1,1,'circled','2026-11-26T14:04:06.571326+00:00');
INSERT INTO "statuses" VALUES(2,'status 2',1,5,'needs_retake','2026-11-26T14:04:06.579396+00:00');
CREATE TABLE tags (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), word TEXT NOT NULL, created TEXT NOT NULL,
    removed_by INTEGER REFERENCES people(id));
INSERT INTO "tags" VALUES(1,'tag 1',1,1,'hero','2026-11-26T14:04:06.563485+00:00',NULL);
CREATE TABLE takes (
    id INTEGER PRIMARY KEY, brief INTEGER NOT NULL REFERENCES briefs(id), seed INTEGER NOT NULL,
    asked_version TEXT, version TEXT,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','leased','done','failed')), error TEXT,
    progress REAL NOT NULL DEFAULT 0, purpose TEXT NOT NULL DEFAULT 'shot' CHECK (purpose IN ('shot','trial')),
    media TEXT REFERENCES media(sha256), poster TEXT REFERENCES media(sha256), rendition TEXT REFERENCES media(sha256),
    rendition_poster TEXT REFERENCES media(sha256), worker TEXT, lease_expires TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL, started TEXT, finished TEXT, recipe TEXT);
INSERT INTO "takes" VALUES(1,1,0,NULL,'starter','done',NULL,1.0,'shot','8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,'8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,NULL,NULL,1,'2026-11-26T14:04:06.227041+00:00','2026-11-26T14:04:06.231639+00:00','2026-11-26T14:04:06.259271+00:00','{"model": "starter", "seed": 1}');
INSERT INTO "takes" VALUES(2,1,1,NULL,'starter','done',NULL,1.0,'shot','d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,'d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,NULL,NULL,1,'2026-11-26T14:04:06.227041+00:00','2026-11-26T14:04:06.232198+00:00','2026-11-26T14:04:06.269259+00:00','{"model": "starter", "seed": 2}');
INSERT INTO "takes" VALUES(3,1,2,NULL,'starter','done',NULL,1.0,'shot','92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,'92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,NULL,NULL,1,'2026-11-26T14:04:06.227041+00:00','2026-11-26T14:04:06.232521+00:00','2026-11-26T14:04:06.291218+00:00','{"model": "starter", "seed": 3}');
INSERT INTO "takes" VALUES(4,1,3,NULL,'starter','failed','out of memory',0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-26T14:04:06.227041+00:00','2026-11-26T14:04:06.232816+00:00','2026-11-26T14:04:06.295189+00:00',NULL);
INSERT INTO "takes" VALUES(5,2,10,NULL,'starter','done',NULL,1.0,'shot','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8',NULL,NULL,1,'2026-11-26T14:04:06.299782+00:00','2026-11-26T14:04:06.302890+00:00','2026-11-26T14:04:06.346573+00:00','{"model": "starter", "seed": 5}');
INSERT INTO "takes" VALUES(6,2,11,NULL,'starter','done',NULL,1.0,'shot','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d',NULL,NULL,1,'2026-11-26T14:04:06.299782+00:00','2026-11-26T14:04:06.303360+00:00','2026-11-26T14:04:06.383112+00:00','{"model": "starter", "seed": 6}');
INSERT INTO "takes" VALUES(7,2,12,NULL,'starter','done',NULL,1.0,'shot','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae',NULL,NULL,1,'2026-11-26T14:04:06.299782+00:00','2026-11-26T14:04:06.303660+00:00','2026-11-26T14:04:06.423050+00:00','{"model": "starter", "seed": 7}');
INSERT INTO "takes" VALUES(8,2,83270318,'v0002','v0002','done',NULL,1.0,'trial','9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,NULL,1,'2026-11-26T14:04:06.627779+00:00','2026-11-26T14:04:06.635914+00:00','2026-11-26T14:04:06.669060+00:00','{"model": "starter", "seed": 8}');
INSERT INTO "takes" VALUES(9,1,791208496,'v0002','v0002','done',NULL,1.0,'trial','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,'950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,NULL,NULL,1,'2026-11-26T14:04:06.628031+00:00','2026-11-26T14:04:06.679366+00:00','2026-11-26T14:04:06.692055+00:00','{"model": "starter", "seed": 9}');
INSERT INTO "takes" VALUES(10,2,1303641826,'v0001','v0001','done',NULL,1.0,'trial','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd',NULL,NULL,1,'2026-11-26T14:04:06.628235+00:00','2026-11-26T14:04:06.703332+00:00','2026-11-26T14:04:06.735182+00:00','{"model": "starter", "seed": 10}');
INSERT INTO "takes" VALUES(11,1,1341805431,'v0001','v0001','done',NULL,1.0,'trial','db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,'db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,NULL,NULL,1,'2026-11-26T14:04:06.628399+00:00','2026-11-26T14:04:06.739212+00:00','2026-11-26T14:04:06.763311+00:00','{"model": "starter", "seed": 11}');
INSERT INTO "takes" VALUES(12,1,91,NULL,'v0002','leased',NULL,0.0,'shot',NULL,NULL,NULL,NULL,'worker','2026-11-26T14:06:06.779011+00:00',1,'2026-11-26T14:04:06.775316+00:00','2026-11-26T14:04:06.779052+00:00',NULL,NULL);
INSERT INTO "takes" VALUES(13,1,92,NULL,NULL,'queued',NULL,0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,0,'2026-11-26T14:04:06.786002+00:00',NULL,NULL,NULL);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    label TEXT NOT NULL, created TEXT NOT NULL, ended TEXT);
INSERT INTO "tokens" VALUES(1,'34c9911637ef954b8d615b97451b621a03b1f8c48e8e1d582399303232d603e5',2,'a script','2026-11-26T14:04:06.188195+00:00',NULL);
CREATE TABLE trial_pairs (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id), brief INTEGER NOT NULL REFERENCES briefs(id),
    candidate_take INTEGER NOT NULL REFERENCES takes(id), baseline_take INTEGER NOT NULL REFERENCES takes(id));
INSERT INTO "trial_pairs" VALUES(1,1,1,11,9);
INSERT INTO "trial_pairs" VALUES(2,1,2,10,8);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, candidate TEXT NOT NULL REFERENCES versions(name), baseline TEXT NOT NULL REFERENCES versions(name),
    state TEXT NOT NULL CHECK (state IN ('open','closed')), created TEXT NOT NULL, closed TEXT, reason TEXT);
INSERT INTO "trials" VALUES(1,'v0001','v0002','open','2026-11-26T14:04:06.627164+00:00',NULL,NULL);
CREATE TABLE versions (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, adapters TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('candidate','production','retired','rejected')), run INTEGER, created TEXT NOT NULL);
INSERT INTO "versions" VALUES('starter','starter','[]','retired',NULL,'2026-11-26T14:04:06.172658+00:00');
INSERT INTO "versions" VALUES('v0002','starter','[]','production',NULL,'2026-11-26T14:04:06.607087+00:00');
INSERT INTO "versions" VALUES('v0001','starter','[{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}]','candidate',2,'2026-11-26T14:04:06.619313+00:00');
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
