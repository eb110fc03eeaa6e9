BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'circletake','m001_people','2026-11-26 14:04:35.667541+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'circletake','m002_work','2026-11-26 14:04:35.668338+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'circletake','m003_judgements','2026-11-26 14:04:35.670049+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'circletake','m004_looks','2026-11-26 14:04:35.674529+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'circletake','m005_trial_reasons','2026-11-26 14:04:35.675235+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'circletake','m006_trial_last_ballot','2026-11-26 14:04:35.675866+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'circletake','m007_descriptors','2026-11-26 14:04:35.677746+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'circletake','m008_take_provenance','2026-11-26 14:04:35.691651+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'circletake','m009_recipe_names','2026-11-26 14:04:35.691952+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'circletake','m010_token_expiry','2026-11-26 14:04:35.692536+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'circletake','m011_brief_guidance_2','2026-11-26 14:04:35.693073+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'circletake','m012_render_queue','2026-11-26 14:04:35.703675+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'circletake','m013_brief_strength','2026-11-26 14:04:35.704613+00:00');
CREATE TABLE ballots (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    "left" INTEGER NOT NULL REFERENCES takes(id), "right" INTEGER NOT NULL REFERENCES takes(id),
    verdict TEXT NOT NULL CHECK (verdict IN ('left','right','tie','both_bad','skip')), elapsed_ms INTEGER NOT NULL,
    trial INTEGER REFERENCES trials(id), supersedes INTEGER UNIQUE REFERENCES ballots(id), created TEXT NOT NULL);
INSERT INTO "ballots" VALUES(1,'ana 0 0',1,1,2,'left',900,NULL,NULL,'2026-11-26T14:04:36.133424+00:00');
INSERT INTO "ballots" VALUES(2,'ana 0 1',1,2,3,'right',901,NULL,NULL,'2026-11-26T14:04:36.139346+00:00');
INSERT INTO "ballots" VALUES(3,'ben 1 0',2,1,2,'right',900,NULL,NULL,'2026-11-26T14:04:36.159313+00:00');
INSERT INTO "ballots" VALUES(4,'ben 1 1',2,2,3,'tie',901,NULL,NULL,'2026-11-26T14:04:36.163391+00:00');
INSERT INTO "ballots" VALUES(5,'ana 2 0',1,5,6,'tie',900,NULL,NULL,'2026-11-26T14:04:36.171250+00:00');
INSERT INTO "ballots" VALUES(6,'ana 2 1',1,6,7,'both_bad',901,NULL,NULL,'2026-11-26T14:04:36.175227+00:00');
INSERT INTO "ballots" VALUES(7,'ben 3 0',2,5,6,'both_bad',900,NULL,NULL,'2026-11-26T14:04:36.183211+00:00');
INSERT INTO "ballots" VALUES(8,'ben 3 1',2,6,7,'skip',901,NULL,NULL,'2026-11-26T14:04:36.187200+00:00');
INSERT INTO "ballots" VALUES(9,'changed',2,2,1,'left',700,NULL,3,'2026-11-26T14:04:36.195238+00:00');
INSERT INTO "ballots" VALUES(10,'in the trial',2,8,11,'left',800,1,NULL,'2026-11-26T14:04:36.500124+00:00');
CREATE TABLE briefs (
    id INTEGER PRIMARY KEY, shot INTEGER NOT NULL REFERENCES shots(id), prompt TEXT NOT NULL, negative_prompt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('still','clip')), width INTEGER NOT NULL, height INTEGER NOT NULL,
    frames INTEGER NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, steps INTEGER NOT NULL, guidance REAL NOT NULL,
    source_media TEXT REFERENCES media(sha256), mask_media TEXT REFERENCES media(sha256), author TEXT NOT NULL,
    created TEXT NOT NULL, guidance_2 REAL, strength REAL);
INSERT INTO "briefs" VALUES(1,1,'a house by day, 0','','still',128,128,1,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:35.871669+00:00',NULL,NULL);
INSERT INTO "briefs" VALUES(2,2,'a house by day, 1','','clip',128,128,9,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:35.875697+00:00',NULL,NULL);
CREATE TABLE "descriptors" (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
INSERT INTO "events" VALUES(1,'2026-11-26T14:04:35.776916+00:00','command line','version.initial','starter','{"previous": null}','0000000000000000000000000000000000000000000000000000000000000000','a84413df7e318e9e477ffe1efa0eb45f85b4deb80f64faed6ff1f04d71602fc1');
INSERT INTO "events" VALUES(2,'2026-11-26T14:04:35.793120+00:00','command line','person.add','ana','{"role": "supervisor"}','a84413df7e318e9e477ffe1efa0eb45f85b4deb80f64faed6ff1f04d71602fc1','8bacb389fd8619a9354bbc7c2953816c6d201752fdf370bb601a5c2b66f5ddf6');
INSERT INTO "events" VALUES(3,'2026-11-26T14:04:35.805075+00:00','command line','person.add','ben','{"role": "creative"}','8bacb389fd8619a9354bbc7c2953816c6d201752fdf370bb601a5c2b66f5ddf6','664331b2ef0c11114cd46d0c6a0a34c052a23b80408eef1c75341c5fb33f9074');
INSERT INTO "events" VALUES(4,'2026-11-26T14:04:35.822844+00:00','command line','token.issue','ben','{"expires": null, "label": "a script"}','664331b2ef0c11114cd46d0c6a0a34c052a23b80408eef1c75341c5fb33f9074','24ca4ea63b4de8ec25f93f00ceda52233cb743e17b7af4c89865616f09d49edd');
INSERT INTO "events" VALUES(5,'2026-11-26T14:04:36.211935+00:00','ana','take.status','1','{"from": "wip", "to": "circled"}','24ca4ea63b4de8ec25f93f00ceda52233cb743e17b7af4c89865616f09d49edd','48d23ea77353b39afb6efe215adf8dd1c2c7f436b437d22a086d3a63794abfbd');
INSERT INTO "events" VALUES(6,'2026-11-26T14:04:36.215411+00:00','ana','take.status','5','{"from": "wip", "to": "needs_retake"}','48d23ea77353b39afb6efe215adf8dd1c2c7f436b437d22a086d3a63794abfbd','c018ef3a200a16448681aa059dcfcfa07ecf241405c61f44aceeed6cc2b3b9b2');
INSERT INTO "events" VALUES(7,'2026-11-26T14:04:36.220210+00:00','studio','run.start','1','{"judgements": 2, "method": "dpo", "snapshot_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}','c018ef3a200a16448681aa059dcfcfa07ecf241405c61f44aceeed6cc2b3b9b2','2093a39f24f71679b077af153b0822b42483c88fb1117cbd5c8a9a60f9d4d03d');
INSERT INTO "events" VALUES(8,'2026-11-26T14:04:36.222433+00:00','studio','run.refused','1','{"reason": "too few pairs"}','2093a39f24f71679b077af153b0822b42483c88fb1117cbd5c8a9a60f9d4d03d','960f389c46fefbcc0de180c39d94292a3ef6f8ed18b3c4b0bcf26489c1dce648');
INSERT INTO "events" VALUES(9,'2026-11-26T14:04:36.231850+00:00','studio','run.start','2','{"judgements": 2, "method": "guided", "snapshot_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}','960f389c46fefbcc0de180c39d94292a3ef6f8ed18b3c4b0bcf26489c1dce648','1557b73b72e9f4ce416984ade78c4bb3332160c2ad1deecc56c94898a893a8d6');
INSERT INTO "events" VALUES(10,'2026-11-26T14:04:36.235702+00:00','studio','version.register','v0002','{"adapters": [], "base": "starter", "run": null}','1557b73b72e9f4ce416984ade78c4bb3332160c2ad1deecc56c94898a893a8d6','1ab2b02399b1e40ac23c34656409bab403e99c7b4b93a9566d7baea2a42f7eab');
INSERT INTO "events" VALUES(11,'2026-11-26T14:04:36.245957+00:00','command line','version.promote','v0002','{"forced": true, "previous": "starter", "reason": "quick", "trial": {"baseline": "starter", "candidate": "v0002", "high": 1.0, "left": 0, "losses": 0, "low": 0.0, "pairs": 0, "pairs_judged": 0, "raters": 0, "ties": 0, "win_rate": null, "wins": 0}}','1ab2b02399b1e40ac23c34656409bab403e99c7b4b93a9566d7baea2a42f7eab','44d17d8788c98c95bc6599fd443f1879f5559906968be52a53d8012697b86f31');
INSERT INTO "events" VALUES(12,'2026-11-26T14:04:36.264536+00:00','studio','version.register','v0001','{"adapters": [{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}], "base": "starter", "run": 2}','44d17d8788c98c95bc6599fd443f1879f5559906968be52a53d8012697b86f31','08b7d3bc97cd646284f125b7810e05bfd020d081e4d4998d31b908d7db69fcf3');
INSERT INTO "events" VALUES(13,'2026-11-26T14:04:36.271993+00:00','studio','run.done','2','{"version": "v0001"}','08b7d3bc97cd646284f125b7810e05bfd020d081e4d4998d31b908d7db69fcf3','b2b7f338c86a00e514f6dd0e927f1b19c14a587f82f8c419f1d5ee5ea30f9449');
INSERT INTO "events" VALUES(14,'2026-11-26T14:04:36.286210+00:00','studio','trial.open','1','{"baseline": "v0002", "candidate": "v0001", "pairs": 2}','b2b7f338c86a00e514f6dd0e927f1b19c14a587f82f8c419f1d5ee5ea30f9449','7668427cc9114967ba391bbef389277b3d9bdb0529565888d1c4248ee63c26b3');
CREATE TABLE media (
    sha256 TEXT PRIMARY KEY, ext TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, frames INTEGER NOT NULL, created TEXT NOT NULL);
INSERT INTO "media" VALUES('8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96','png','image/png',14,16,16,1,'2026-11-26T14:04:35.902427+00:00');
INSERT INTO "media" VALUES('d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43','png','image/png',14,16,16,1,'2026-11-26T14:04:35.920703+00:00');
INSERT INTO "media" VALUES('92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b','png','image/png',14,16,16,1,'2026-11-26T14:04:35.942466+00:00');
INSERT INTO "media" VALUES('058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','png','image/png',14,16,16,1,'2026-11-26T14:04:36.010479+00:00');
INSERT INTO "media" VALUES('4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:36.034529+00:00');
INSERT INTO "media" VALUES('1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','png','image/png',14,16,16,1,'2026-11-26T14:04:36.058469+00:00');
INSERT INTO "media" VALUES('3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:36.070461+00:00');
INSERT INTO "media" VALUES('f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','png','image/png',14,16,16,1,'2026-11-26T14:04:36.090456+00:00');
INSERT INTO "media" VALUES('d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:36.106453+00:00');
INSERT INTO "media" VALUES('ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','png','image/png',14,16,16,1,'2026-11-26T14:04:36.330443+00:00');
INSERT INTO "media" VALUES('950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','png','image/png',14,16,16,1,'2026-11-26T14:04:36.358435+00:00');
INSERT INTO "media" VALUES('4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:36.382457+00:00');
INSERT INTO "media" VALUES('46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','png','image/png',15,16,16,1,'2026-11-26T14:04:36.414427+00:00');
INSERT INTO "media" VALUES('8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','mp4','video/mp4',7,16,16,9,'2026-11-26T14:04:36.430521+00:00');
INSERT INTO "media" VALUES('db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613','png','image/png',15,16,16,1,'2026-11-26T14:04:36.474607+00:00');
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), text TEXT NOT NULL, region TEXT, frame_in INTEGER, frame_out INTEGER,
    supersedes INTEGER UNIQUE REFERENCES notes(id), created TEXT NOT NULL);
INSERT INTO "notes" VALUES(1,'note 1',1,1,'the hand; it''s wrong','{"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}',NULL,NULL,NULL,'2026-11-26T14:04:36.199408+00:00');
INSERT INTO "notes" VALUES(2,'note 2',2,5,'schön: ab hier
weiter',NULL,2,5,NULL,'2026-11-26T14:04:36.203201+00:00');
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL CHECK (role IN ('creative','supervisor','admin')),
    password_hash TEXT, created TEXT NOT NULL, disabled TEXT);
INSERT INTO "people" VALUES(1,'ana','supervisor',NULL,'2026-11-26T14:04:35.792837+00:00',NULL);
INSERT INTO "people" VALUES(2,'ben','creative',NULL,'2026-11-26T14:04:35.804756+00:00',NULL);
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "projects" VALUES(1,'AGM','A Good Man',24000,1001,'2026-11-26T14:04:35.843776+00:00');
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL REFERENCES versions(name), previous TEXT REFERENCES versions(name),
    action TEXT NOT NULL CHECK (action IN ('initial','promote','rollback')), person TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO "promotions" VALUES(1,'starter',NULL,'initial','command line','2026-11-26T14:04:35.776614+00:00');
INSERT INTO "promotions" VALUES(2,'v0002','starter','promote','command line','2026-11-26T14:04:36.245685+00:00');
CREATE TABLE queue_turns (project INTEGER PRIMARY KEY REFERENCES projects(id), turn INTEGER NOT NULL);
INSERT INTO "queue_turns" VALUES(1,7);
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    supersedes INTEGER UNIQUE REFERENCES ratings(id), created TEXT NOT NULL);
INSERT INTO "ratings" VALUES(1,'rating 0',1,1,1,NULL,'2026-11-26T14:04:36.154149+00:00');
INSERT INTO "ratings" VALUES(2,'rating 1',2,1,2,NULL,'2026-11-26T14:04:36.167139+00:00');
INSERT INTO "ratings" VALUES(3,'rating 2',1,5,3,NULL,'2026-11-26T14:04:36.179134+00:00');
INSERT INTO "ratings" VALUES(4,'rating 3',2,5,4,NULL,'2026-11-26T14:04:36.191141+00:00');
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
INSERT INTO "runs" VALUES(1,'refused','dpo','{"beta": 2000.0, "method": "dpo"}','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','runs/0001',NULL,'{"pairs": 3}','too few pairs',0.0,'2026-11-26T14:04:36.219808+00:00','2026-11-26T14:04:36.222026+00:00');
INSERT INTO "runs" VALUES(2,'done','guided','{"method": "guided"}','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','runs/0002','v0001','{"heldout_accuracy": 0.7}',NULL,1.0,'2026-11-26T14:04:36.231425+00:00','2026-11-26T14:04:36.271540+00:00');
CREATE TABLE selects (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, shot INTEGER NOT NULL REFERENCES shots(id),
    take INTEGER NOT NULL REFERENCES takes(id), frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL,
    position INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "selects" VALUES(1,'a7920299-8236-422b-ada0-0440202e0557',1,1,0,0,1,1,'2026-11-26T14:04:36.211719+00:00',0);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
INSERT INTO "sessions" VALUES(1,'8deca9c3120330faa0a98bc67e4c2601e5cad66c22b6071597b0afcdf4be3d09',1,'2026-11-26T14:04:35.835650+00:00','2026-11-27T02:04:35.835680+00:00',NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT, changed TEXT);
INSERT INTO "settings" VALUES('name','Old','2026-11-26T14:04:35.727637+00:00');
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), code TEXT NOT NULL, title TEXT NOT NULL,
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (project, code));
INSERT INTO "shots" VALUES(1,1,'AGM_010','',24000,1001,'2026-11-26T14:04:35.862980+00:00');
INSERT INTO "shots" VALUES(2,1,'AGM_020','',24000,1001,'2026-11-26T14:04:35.867745+00:00');
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id),
    status TEXT NOT NULL CHECK (status IN ('wip','needs_retake','approved','circled')), created TEXT NOT NULL);
INSERT INTO "statuses" VALUES(1,'status 1',1,1,'circled','2026-11-26T14:04:36.211320+00:00');
INSERT INTO "statuses" VALUES(2,'status 2',1,5,'needs_retake','2026-11-26T14:04:36.215205+00:00');
CREATE TABLE tags (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), word TEXT NOT NULL, created TEXT NOT NULL,
    removed_by INTEGER REFERENCES people(id));
INSERT INTO "tags" VALUES(1,'tag 1',1,1,'hero','2026-11-26T14:04:36.207357+00:00',NULL);
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
INSERT INTO "takes" VALUES(1,1,0,NULL,'starter','done',NULL,1.0,'shot','8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,'8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,NULL,NULL,1,'2026-11-26T14:04:35.879536+00:00','2026-11-26T14:04:35.888270+00:00','2026-11-26T14:04:35.907614+00:00','{"model": "starter", "seed": 1}',1,0);
INSERT INTO "takes" VALUES(2,1,1,NULL,'starter','done',NULL,1.0,'shot','d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,'d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,NULL,NULL,1,'2026-11-26T14:04:35.879536+00:00','2026-11-26T14:04:35.888270+00:00','2026-11-26T14:04:35.927608+00:00','{"model": "starter", "seed": 2}',1,0);
INSERT INTO "takes" VALUES(3,1,2,NULL,'starter','done',NULL,1.0,'shot','92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,'92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,NULL,NULL,1,'2026-11-26T14:04:35.879536+00:00','2026-11-26T14:04:35.888270+00:00','2026-11-26T14:04:35.947729+00:00','{"model": "starter", "seed": 3}',1,0);
INSERT INTO "takes" VALUES(4,1,3,NULL,'starter','failed','out of memory',0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-26T14:04:35.879536+00:00','2026-11-26T14:04:35.888270+00:00','2026-11-26T14:04:35.951640+00:00',NULL,1,0);
INSERT INTO "takes" VALUES(5,2,10,NULL,'starter','done',NULL,1.0,'shot','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8',NULL,NULL,1,'2026-11-26T14:04:35.969345+00:00','2026-11-26T14:04:35.980699+00:00','2026-11-26T14:04:36.039648+00:00','{"model": "starter", "seed": 5}',1,0);
INSERT INTO "takes" VALUES(6,2,11,NULL,'starter','done',NULL,1.0,'shot','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d',NULL,NULL,1,'2026-11-26T14:04:35.969345+00:00','2026-11-26T14:04:35.980699+00:00','2026-11-26T14:04:36.075777+00:00','{"model": "starter", "seed": 6}',1,0);
INSERT INTO "takes" VALUES(7,2,12,NULL,'starter','done',NULL,1.0,'shot','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae',NULL,NULL,1,'2026-11-26T14:04:35.969345+00:00','2026-11-26T14:04:35.980699+00:00','2026-11-26T14:04:36.115809+00:00','{"model": "starter", "seed": 7}',1,0);
INSERT INTO "takes" VALUES(8,1,1850269509,'v0001','v0001','done',NULL,1.0,'trial','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,'ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,NULL,NULL,1,'2026-11-26T14:04:36.285007+00:00','2026-11-26T14:04:36.300618+00:00','2026-11-26T14:04:36.335635+00:00','{"model": "starter", "seed": 8}',1,-1);
INSERT INTO "takes" VALUES(9,2,1835827637,'v0002','v0002','done',NULL,1.0,'trial','4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','4831e75af7be429762604cfb3e3b27f24c41d6a78dbee71ff4190a9378b9d465','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,NULL,1,'2026-11-26T14:04:36.285442+00:00','2026-11-26T14:04:36.344018+00:00','2026-11-26T14:04:36.384909+00:00','{"model": "starter", "seed": 9}',1,-1);
INSERT INTO "takes" VALUES(10,2,99444685,'v0001','v0001','done',NULL,1.0,'trial','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','8a02f00a69488793a051148c4bd7e7152f802210e091c93983ced10e5d00b240','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd',NULL,NULL,1,'2026-11-26T14:04:36.285686+00:00','2026-11-26T14:04:36.395459+00:00','2026-11-26T14:04:36.435657+00:00','{"model": "starter", "seed": 10}',1,-1);
INSERT INTO "takes" VALUES(11,1,308302747,'v0002','v0002','done',NULL,1.0,'trial','db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,'db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,NULL,NULL,1,'2026-11-26T14:04:36.285877+00:00','2026-11-26T14:04:36.444365+00:00','2026-11-26T14:04:36.480953+00:00','{"model": "starter", "seed": 11}',1,-1);
INSERT INTO "takes" VALUES(12,1,91,NULL,'v0002','leased',NULL,0.0,'shot',NULL,NULL,NULL,NULL,'worker','2026-11-26T14:06:36.516576+00:00',1,'2026-11-26T14:04:36.512630+00:00','2026-11-26T14:04:36.516589+00:00',NULL,NULL,1,0);
INSERT INTO "takes" VALUES(13,1,92,NULL,NULL,'queued',NULL,0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,0,'2026-11-26T14:04:36.525221+00:00',NULL,NULL,NULL,1,0);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    label TEXT NOT NULL, created TEXT NOT NULL, ended TEXT, expires TEXT);
INSERT INTO "tokens" VALUES(1,'e108e7bff89396f70e63ead510263f533e88a03f7b0776c3aa4b093d69ad2d5c',2,'a script','2026-11-26T14:04:35.822413+00:00',NULL,NULL);
CREATE TABLE trial_pairs (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id), brief INTEGER NOT NULL REFERENCES briefs(id),
    candidate_take INTEGER NOT NULL REFERENCES takes(id), baseline_take INTEGER NOT NULL REFERENCES takes(id));
INSERT INTO "trial_pairs" VALUES(1,1,1,8,11);
INSERT INTO "trial_pairs" VALUES(2,1,2,10,9);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, candidate TEXT NOT NULL REFERENCES versions(name), baseline TEXT NOT NULL REFERENCES versions(name),
    state TEXT NOT NULL CHECK (state IN ('open','closed')), created TEXT NOT NULL, closed TEXT, reason TEXT, last_ballot INTEGER);
INSERT INTO "trials" VALUES(1,'v0001','v0002','open','2026-11-26T14:04:36.284370+00:00',NULL,NULL,NULL);
CREATE TABLE versions (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, adapters TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('candidate','production','retired','rejected')), run INTEGER, created TEXT NOT NULL);
INSERT INTO "versions" VALUES('starter','starter','[]','retired',NULL,'2026-11-26T14:04:35.776287+00:00');
INSERT INTO "versions" VALUES('v0002','starter','[]','production',NULL,'2026-11-26T14:04:36.235386+00:00');
INSERT INTO "versions" VALUES('v0001','starter','[{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}]','candidate',2,'2026-11-26T14:04:36.264200+00:00');
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
