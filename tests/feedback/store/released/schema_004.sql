BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'circletake','m001_people','2026-11-26 14:04:03.116142+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'circletake','m002_work','2026-11-26 14:04:03.117061+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'circletake','m003_judgements','2026-11-26 14:04:03.123241+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'circletake','m004_looks','2026-11-26 14:04:03.123685+00:00');
CREATE TABLE ballots (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    "left" INTEGER NOT NULL REFERENCES takes(id), "right" INTEGER NOT NULL REFERENCES takes(id),
    verdict TEXT NOT NULL CHECK (verdict IN ('left','right','tie','both_bad','skip')), elapsed_ms INTEGER NOT NULL,
    trial INTEGER REFERENCES trials(id), supersedes INTEGER UNIQUE REFERENCES ballots(id), created TEXT NOT NULL);
INSERT INTO "ballots" VALUES(1,'ana 0 0',1,1,2,'left',900,NULL,NULL,'2026-11-26T14:04:03.412299+00:00');
INSERT INTO "ballots" VALUES(2,'ana 0 1',1,2,3,'right',901,NULL,NULL,'2026-11-26T14:04:03.423092+00:00');
INSERT INTO "ballots" VALUES(3,'ben 1 0',2,1,2,'right',900,NULL,NULL,'2026-11-26T14:04:03.439030+00:00');
INSERT INTO "ballots" VALUES(4,'ben 1 1',2,2,3,'tie',901,NULL,NULL,'2026-11-26T14:04:03.441399+00:00');
INSERT INTO "ballots" VALUES(5,'ana 2 0',1,5,6,'tie',900,NULL,NULL,'2026-11-26T14:04:03.459052+00:00');
INSERT INTO "ballots" VALUES(6,'ana 2 1',1,6,7,'both_bad',901,NULL,NULL,'2026-11-26T14:04:03.466993+00:00');
INSERT INTO "ballots" VALUES(7,'ben 3 0',2,5,6,'both_bad',900,NULL,NULL,'2026-11-26T14:04:03.483113+00:00');
INSERT INTO "ballots" VALUES(8,'ben 3 1',2,6,7,'skip',901,NULL,NULL,'2026-11-26T14:04:03.491087+00:00');
INSERT INTO "ballots" VALUES(9,'changed',2,2,1,'left',700,NULL,3,'2026-11-26T14:04:03.507091+00:00');
INSERT INTO "ballots" VALUES(10,'in the trial',2,8,11,'left',800,1,NULL,'2026-11-26T14:04:03.705591+00:00');
CREATE TABLE briefs (
    id INTEGER PRIMARY KEY, shot INTEGER NOT NULL REFERENCES shots(id), prompt TEXT NOT NULL, negative_prompt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('still','clip')), width INTEGER NOT NULL, height INTEGER NOT NULL,
    frames INTEGER NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, steps INTEGER NOT NULL, guidance REAL NOT NULL,
    source_media TEXT REFERENCES media(sha256), mask_media TEXT REFERENCES media(sha256), author TEXT NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "briefs" VALUES(1,1,'a house by day, 0','','still',128,128,1,24000,1001,16,3.0,NULL,NULL,'ana','2026-11-26T14:04:03.186646+00:00');
INSERT INTO "briefs" VALUES(2,2,'a house by day, 1','','clip',128,128,9,24000,1001,16,3.0,NULL,NULL,'ana','2026-11-26T14:04:03.190877+00:00');
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
INSERT INTO "events" VALUES(1,'2026-11-26T14:04:03.151046+00:00','command line','version.initial','starter','{"previous": null}','0000000000000000000000000000000000000000000000000000000000000000','a82fb09ec3190f9892c4a8885ca1efeaf21c7d301efa36b3c08490dcf92f9c26');
INSERT INTO "events" VALUES(2,'2026-11-26T14:04:03.156058+00:00','command line','person.add','ana','{"role": "supervisor"}','a82fb09ec3190f9892c4a8885ca1efeaf21c7d301efa36b3c08490dcf92f9c26','b3d1a72be9b0d3aee4654895cb6fbfd9252ca153558cb43f662bbb71e62129b1');
INSERT INTO "events" VALUES(3,'2026-11-26T14:04:03.158815+00:00','command line','person.add','ben','{"role": "creative"}','b3d1a72be9b0d3aee4654895cb6fbfd9252ca153558cb43f662bbb71e62129b1','c24c335cc208e2a6e9db7cba1d1cf2be2880c14996e7bb545cc95c79b9e5c31e');
INSERT INTO "events" VALUES(4,'2026-11-26T14:04:03.162855+00:00','command line','token.issue','ben','{"label": "a script"}','c24c335cc208e2a6e9db7cba1d1cf2be2880c14996e7bb545cc95c79b9e5c31e','bec6faa91cc3cd960c3b917c0be6dd4dae690b2bf936d6a62ece2105ef313894');
INSERT INTO "events" VALUES(5,'2026-11-26T14:04:03.528103+00:00','ana','take.status','1','{"from": "wip", "to": "circled"}','bec6faa91cc3cd960c3b917c0be6dd4dae690b2bf936d6a62ece2105ef313894','e0189a3ab6cb4728c94c54e7892e7c54ef912f9bcb5a37c8f64a48fac939d156');
INSERT INTO "events" VALUES(6,'2026-11-26T14:04:03.535569+00:00','ana','take.status','5','{"from": "wip", "to": "needs_retake"}','e0189a3ab6cb4728c94c54e7892e7c54ef912f9bcb5a37c8f64a48fac939d156','63838f07a0b0a92bb9ce7e097118d2f81c5eb01706b40f3232db44b7838dd71a');
INSERT INTO "events" VALUES(7,'2026-11-26T14:04:03.543817+00:00','studio','run.start','1','{"judgements": 2, "method": "dpo", "snapshot_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}','63838f07a0b0a92bb9ce7e097118d2f81c5eb01706b40f3232db44b7838dd71a','a3f2afa53e7e4709d0f2c3a36144a4c6118433925174091ebbfb873caf572254');
INSERT INTO "events" VALUES(8,'2026-11-26T14:04:03.551595+00:00','studio','run.refused','1','{"reason": "too few pairs"}','a3f2afa53e7e4709d0f2c3a36144a4c6118433925174091ebbfb873caf572254','00692ac2b6a9dd94371f4c5cfb8c5e56788a5ed3fde9f579e8f722f5596f5855');
INSERT INTO "events" VALUES(9,'2026-11-26T14:04:03.563514+00:00','studio','run.start','2','{"judgements": 2, "method": "guided", "snapshot_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}','00692ac2b6a9dd94371f4c5cfb8c5e56788a5ed3fde9f579e8f722f5596f5855','5088b3bd036e59c4b0fe66c1db91215f1e6d95ba2f51dd40e67455ed0c0a425a');
INSERT INTO "events" VALUES(10,'2026-11-26T14:04:03.567410+00:00','studio','version.register','v0002','{"adapters": [], "base": "starter", "run": null}','5088b3bd036e59c4b0fe66c1db91215f1e6d95ba2f51dd40e67455ed0c0a425a','f2f554bf617f353663648ba23b35d42d1fb4bb5e7294232932a9a4a96cc019d9');
INSERT INTO "events" VALUES(11,'2026-11-26T14:04:03.572111+00:00','command line','version.promote','v0002','{"forced": true, "previous": "starter", "reason": "quick", "trial": {"baseline": "starter", "candidate": "v0002", "high": 1.0, "losses": 0, "low": 0.0, "pairs": 0, "pairs_judged": 0, "raters": 0, "ties": 0, "win_rate": null, "wins": 0}}','f2f554bf617f353663648ba23b35d42d1fb4bb5e7294232932a9a4a96cc019d9','d7d44192915bd05010d83a6b760e0266eb3492f2177c97be0969ed8bb2c48ffc');
INSERT INTO "events" VALUES(12,'2026-11-26T14:04:03.573703+00:00','studio','version.register','v0001','{"adapters": [{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}], "base": "starter", "run": 2}','d7d44192915bd05010d83a6b760e0266eb3492f2177c97be0969ed8bb2c48ffc','7e8436e8603be2c263deee0ba182054a24e1cd5ba52e354907499408c4906f8a');
INSERT INTO "events" VALUES(13,'2026-11-26T14:04:03.583440+00:00','studio','run.done','2','{"version": "v0001"}','7e8436e8603be2c263deee0ba182054a24e1cd5ba52e354907499408c4906f8a','c06ba34ef09f4244fb104f7ed1fb22602dd44ac76cc5949f05869c40c592626a');
INSERT INTO "events" VALUES(14,'2026-11-26T14:04:03.588473+00:00','studio','trial.open','1','{"baseline": "v0002", "candidate": "v0001", "pairs": 2}','c06ba34ef09f4244fb104f7ed1fb22602dd44ac76cc5949f05869c40c592626a','6874d8a9c3f9caf641897724b21498b2c668a78c3ef7d0be3ac3c8e4cd0e034e');
CREATE TABLE looks (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE media (
    sha256 TEXT PRIMARY KEY, ext TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, frames INTEGER NOT NULL, created TEXT NOT NULL);
INSERT INTO "media" VALUES('8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96','png','image/png',14,16,16,1,'2026-11-26T14:04:03.216471+00:00');
INSERT INTO "media" VALUES('d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43','png','image/png',14,16,16,1,'2026-11-26T14:04:03.234499+00:00');
INSERT INTO "media" VALUES('92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b','png','image/png',14,16,16,1,'2026-11-26T14:04:03.250481+00:00');
INSERT INTO "media" VALUES('058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','png','image/png',14,16,16,1,'2026-11-26T14:04:03.298460+00:00');
INSERT INTO "media" VALUES('4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:03.313499+00:00');
INSERT INTO "media" VALUES('1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','png','image/png',14,16,16,1,'2026-11-26T14:04:03.334507+00:00');
INSERT INTO "media" VALUES('3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:03.350500+00:00');
INSERT INTO "media" VALUES('f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','png','image/png',14,16,16,1,'2026-11-26T14:04:03.378504+00:00');
INSERT INTO "media" VALUES('d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:03.394416+00:00');
INSERT INTO "media" VALUES('ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','png','image/png',14,16,16,1,'2026-11-26T14:04:03.606390+00:00');
INSERT INTO "media" VALUES('950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','png','image/png',14,16,16,1,'2026-11-26T14:04:03.626470+00:00');
INSERT INTO "media" VALUES('4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:03.642537+00:00');
INSERT INTO "media" VALUES('46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','png','image/png',15,16,16,1,'2026-11-26T14:04:03.674531+00:00');
INSERT INTO "media" VALUES('8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','mp4','video/mp4',7,16,16,9,'2026-11-26T14:04:03.684463+00:00');
INSERT INTO "media" VALUES('db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613','png','image/png',15,16,16,1,'2026-11-26T14:04:03.700631+00:00');
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), text TEXT NOT NULL, region TEXT, frame_in INTEGER, frame_out INTEGER,
    supersedes INTEGER UNIQUE REFERENCES notes(id), created TEXT NOT NULL);
INSERT INTO "notes" VALUES(1,'note 1',1,1,'the hand; it''s wrong','{"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}',NULL,NULL,NULL,'2026-11-26T14:04:03.511258+00:00');
INSERT INTO "notes" VALUES(2,'note 2',2,5,'schön: ab hier
weiter',NULL,2,5,NULL,'2026-11-26T14:04:03.515056+00:00');
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL CHECK (role IN ('creative','supervisor','admin')),
    password_hash TEXT, created TEXT NOT NULL, disabled TEXT);
INSERT INTO "people" VALUES(1,'ana','supervisor',NULL,'2026-11-26T14:04:03.155818+00:00',NULL);
INSERT INTO "people" VALUES(2,'ben','creative',NULL,'2026-11-26T14:04:03.158641+00:00',NULL);
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "projects" VALUES(1,'AGM','A Good Man',24000,1001,'2026-11-26T14:04:03.171028+00:00');
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL REFERENCES versions(name), previous TEXT REFERENCES versions(name),
    action TEXT NOT NULL CHECK (action IN ('initial','promote','rollback')), person TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO "promotions" VALUES(1,'starter',NULL,'initial','command line','2026-11-26T14:04:03.150789+00:00');
INSERT INTO "promotions" VALUES(2,'v0002','starter','promote','command line','2026-11-26T14:04:03.571915+00:00');
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    supersedes INTEGER UNIQUE REFERENCES ratings(id), created TEXT NOT NULL);
INSERT INTO "ratings" VALUES(1,'rating 0',1,1,1,NULL,'2026-11-26T14:04:03.431380+00:00');
INSERT INTO "ratings" VALUES(2,'rating 1',2,1,2,NULL,'2026-11-26T14:04:03.447139+00:00');
INSERT INTO "ratings" VALUES(3,'rating 2',1,5,3,NULL,'2026-11-26T14:04:03.475259+00:00');
INSERT INTO "ratings" VALUES(4,'rating 3',2,5,4,NULL,'2026-11-26T14:04:03.499187+00:00');
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
INSERT INTO "runs" VALUES(1,'refused','dpo','{"beta": 2000.0, "method": "dpo"}','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','runs/0001',NULL,'{"pairs": 3}','too few pairs',0.0,'2026-11-26T14:04:03.543321+00:00','2026-11-26T14:04:03.551122+00:00');
INSERT INTO "runs" VALUES(2,'done','guided','{"method": "guided"}','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','runs/0002','v0001','{"heldout_accuracy": 0.7}',NULL,1.0,'2026-11-26T14:04:03.563085+00:00','2026-11-26T14:04:03.583032+00:00');
CREATE TABLE selects (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, shot INTEGER NOT NULL REFERENCES shots(id),
    take INTEGER NOT NULL REFERENCES takes(id), frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL,
    position INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "selects" VALUES(1,'1b6413f7-0b0b-404a-8bc8-cfc889f2eb10',1,1,0,0,1,1,'2026-11-26T14:04:03.527882+00:00',0);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
INSERT INTO "sessions" VALUES(1,'a8107d9d1b305488083e0d3bc5a93947dacf7320c00493553fb55dce235490c1',1,'2026-11-26T14:04:03.166510+00:00','2026-11-27T02:04:03.166530+00:00',NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT, changed TEXT);
INSERT INTO "settings" VALUES('name','Old','2026-11-26T14:04:03.132708+00:00');
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), code TEXT NOT NULL, title TEXT NOT NULL,
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (project, code));
INSERT INTO "shots" VALUES(1,1,'AGM_010','',24000,1001,'2026-11-26T14:04:03.180000+00:00');
INSERT INTO "shots" VALUES(2,1,'AGM_020','',24000,1001,'2026-11-26T14:04:03.182944+00:00');
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id),
    status TEXT NOT NULL CHECK (status IN ('wip','needs_retake','approved','circled')), created TEXT NOT NULL);
INSERT INTO "statuses" VALUES(1,'status 1',1,1,'circled','2026-11-26T14:04:03.527466+00:00');
INSERT INTO "statuses" VALUES(2,'status 2',1,5,'needs_retake','2026-11-26T14:04:03.535302+00:00');
CREATE TABLE tags (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), word TEXT NOT NULL, created TEXT NOT NULL,
    removed_by INTEGER REFERENCES people(id));
INSERT INTO "tags" VALUES(1,'tag 1',1,1,'hero','2026-11-26T14:04:03.517700+00:00',NULL);
CREATE TABLE takes (
    id INTEGER PRIMARY KEY, brief INTEGER NOT NULL REFERENCES briefs(id), seed INTEGER NOT NULL,
    asked_version TEXT, version TEXT,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','leased','done','failed')), error TEXT,
    progress REAL NOT NULL DEFAULT 0, purpose TEXT NOT NULL DEFAULT 'shot' CHECK (purpose IN ('shot','trial')),
    media TEXT REFERENCES media(sha256), poster TEXT REFERENCES media(sha256), rendition TEXT REFERENCES media(sha256),
    rendition_poster TEXT REFERENCES media(sha256), worker TEXT, lease_expires TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL, started TEXT, finished TEXT, recipe TEXT);
INSERT INTO "takes" VALUES(1,1,0,NULL,'starter','done',NULL,1.0,'shot','8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,'8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,NULL,NULL,1,'2026-11-26T14:04:03.195200+00:00','2026-11-26T14:04:03.199250+00:00','2026-11-26T14:04:03.223133+00:00','{"model": "starter", "seed": 1}');
INSERT INTO "takes" VALUES(2,1,1,NULL,'starter','done',NULL,1.0,'shot','d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,'d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,NULL,NULL,1,'2026-11-26T14:04:03.195200+00:00','2026-11-26T14:04:03.199690+00:00','2026-11-26T14:04:03.239048+00:00','{"model": "starter", "seed": 2}');
INSERT INTO "takes" VALUES(3,1,2,NULL,'starter','done',NULL,1.0,'shot','92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,'92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,NULL,NULL,1,'2026-11-26T14:04:03.195200+00:00','2026-11-26T14:04:03.199965+00:00','2026-11-26T14:04:03.256123+00:00','{"model": "starter", "seed": 3}');
INSERT INTO "takes" VALUES(4,1,3,NULL,'starter','failed','out of memory',0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-26T14:04:03.195200+00:00','2026-11-26T14:04:03.200250+00:00','2026-11-26T14:04:03.267306+00:00',NULL);
INSERT INTO "takes" VALUES(5,2,10,NULL,'starter','done',NULL,1.0,'shot','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8',NULL,NULL,1,'2026-11-26T14:04:03.271743+00:00','2026-11-26T14:04:03.279377+00:00','2026-11-26T14:04:03.317197+00:00','{"model": "starter", "seed": 5}');
INSERT INTO "takes" VALUES(6,2,11,NULL,'starter','done',NULL,1.0,'shot','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d',NULL,NULL,1,'2026-11-26T14:04:03.271743+00:00','2026-11-26T14:04:03.279887+00:00','2026-11-26T14:04:03.363113+00:00','{"model": "starter", "seed": 6}');
INSERT INTO "takes" VALUES(7,2,12,NULL,'starter','done',NULL,1.0,'shot','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae',NULL,NULL,1,'2026-11-26T14:04:03.271743+00:00','2026-11-26T14:04:03.280180+00:00','2026-11-26T14:04:03.403057+00:00','{"model": "starter", "seed": 7}');
INSERT INTO "takes" VALUES(8,1,748849024,'v0001','v0001','done',NULL,1.0,'trial','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,'ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,NULL,NULL,1,'2026-11-26T14:04:03.587603+00:00','2026-11-26T14:04:03.595258+00:00','2026-11-26T14:04:03.610542+00:00','{"model": "starter", "seed": 8}');
INSERT INTO "takes" VALUES(9,2,419648104,'v0001','v0001','done',NULL,1.0,'trial','4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,NULL,1,'2026-11-26T14:04:03.587844+00:00','2026-11-26T14:04:03.615031+00:00','2026-11-26T14:04:03.647320+00:00','{"model": "starter", "seed": 9}');
INSERT INTO "takes" VALUES(10,2,419861241,'v0002','v0002','done',NULL,1.0,'trial','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd',NULL,NULL,1,'2026-11-26T14:04:03.588010+00:00','2026-11-26T14:04:03.655281+00:00','2026-11-26T14:04:03.687298+00:00','{"model": "starter", "seed": 10}');
INSERT INTO "takes" VALUES(11,1,2074991058,'v0002','v0002','done',NULL,1.0,'trial','db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,'db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,NULL,NULL,1,'2026-11-26T14:04:03.588158+00:00','2026-11-26T14:04:03.695731+00:00','2026-11-26T14:04:03.702190+00:00','{"model": "starter", "seed": 11}');
INSERT INTO "takes" VALUES(12,1,91,NULL,'v0002','leased',NULL,0.0,'shot',NULL,NULL,NULL,NULL,'worker','2026-11-26T14:06:03.709111+00:00',1,'2026-11-26T14:04:03.707482+00:00','2026-11-26T14:04:03.709150+00:00',NULL,NULL);
INSERT INTO "takes" VALUES(13,1,92,NULL,NULL,'queued',NULL,0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,0,'2026-11-26T14:04:03.711247+00:00',NULL,NULL,NULL);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    label TEXT NOT NULL, created TEXT NOT NULL, ended TEXT);
INSERT INTO "tokens" VALUES(1,'fd1e4ac13286b89683adb25b5d09a9df062a6ca72469e3e99aebfa5df579ccfc',2,'a script','2026-11-26T14:04:03.162659+00:00',NULL);
CREATE TABLE trial_pairs (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id), brief INTEGER NOT NULL REFERENCES briefs(id),
    candidate_take INTEGER NOT NULL REFERENCES takes(id), baseline_take INTEGER NOT NULL REFERENCES takes(id));
INSERT INTO "trial_pairs" VALUES(1,1,1,8,11);
INSERT INTO "trial_pairs" VALUES(2,1,2,9,10);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, candidate TEXT NOT NULL REFERENCES versions(name), baseline TEXT NOT NULL REFERENCES versions(name),
    state TEXT NOT NULL CHECK (state IN ('open','closed')), created TEXT NOT NULL, closed TEXT);
INSERT INTO "trials" VALUES(1,'v0001','v0002','open','2026-11-26T14:04:03.587078+00:00',NULL);
CREATE TABLE versions (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, adapters TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('candidate','production','retired','rejected')), run INTEGER, created TEXT NOT NULL);
INSERT INTO "versions" VALUES('starter','starter','[]','retired',NULL,'2026-11-26T14:04:03.150501+00:00');
INSERT INTO "versions" VALUES('v0002','starter','[]','production',NULL,'2026-11-26T14:04:03.567146+00:00');
INSERT INTO "versions" VALUES('v0001','starter','[{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}]','candidate',2,'2026-11-26T14:04:03.573540+00:00');
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
