BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'circletake','m001_people','2026-11-26 14:04:48.328579+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'circletake','m002_work','2026-11-26 14:04:48.330170+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'circletake','m003_judgements','2026-11-26 14:04:48.337466+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'circletake','m004_looks','2026-11-26 14:04:48.338060+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'circletake','m005_trial_reasons','2026-11-26 14:04:48.343336+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'circletake','m006_trial_last_ballot','2026-11-26 14:04:48.344498+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'circletake','m007_descriptors','2026-11-26 14:04:48.352487+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'circletake','m008_take_provenance','2026-11-26 14:04:48.375638+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'circletake','m009_recipe_names','2026-11-26 14:04:48.375930+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'circletake','m010_token_expiry','2026-11-26 14:04:48.376537+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'circletake','m011_brief_guidance_2','2026-11-26 14:04:48.377092+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'circletake','m012_render_queue','2026-11-26 14:04:48.383400+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'circletake','m013_brief_strength','2026-11-26 14:04:48.384186+00:00');
INSERT INTO "_sqlite_migrations" VALUES(14,'circletake','m014_project_members','2026-11-26 14:04:48.390400+00:00');
INSERT INTO "_sqlite_migrations" VALUES(15,'circletake','m015_blind_trials','2026-11-26 14:04:48.392679+00:00');
INSERT INTO "_sqlite_migrations" VALUES(16,'circletake','m016_base_pins','2026-11-26 14:04:48.393006+00:00');
INSERT INTO "_sqlite_migrations" VALUES(17,'circletake','m017_done_takes','2026-11-26 14:04:48.393525+00:00');
CREATE TABLE ballots (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    "left" INTEGER NOT NULL REFERENCES takes(id), "right" INTEGER NOT NULL REFERENCES takes(id),
    verdict TEXT NOT NULL CHECK (verdict IN ('left','right','tie','both_bad','skip')), elapsed_ms INTEGER NOT NULL,
    trial INTEGER REFERENCES trials(id), supersedes INTEGER UNIQUE REFERENCES ballots(id), created TEXT NOT NULL);
INSERT INTO "ballots" VALUES(1,'ana 0 0',1,1,2,'left',900,NULL,NULL,'2026-11-26T14:04:48.850140+00:00');
INSERT INTO "ballots" VALUES(2,'ana 0 1',1,2,3,'right',901,NULL,NULL,'2026-11-26T14:04:48.867496+00:00');
INSERT INTO "ballots" VALUES(3,'ben 1 0',2,1,2,'right',900,NULL,NULL,'2026-11-26T14:04:48.891488+00:00');
INSERT INTO "ballots" VALUES(4,'ben 1 1',2,2,3,'tie',901,NULL,NULL,'2026-11-26T14:04:48.899854+00:00');
INSERT INTO "ballots" VALUES(5,'ana 2 0',1,5,6,'tie',900,NULL,NULL,'2026-11-26T14:04:48.916150+00:00');
INSERT INTO "ballots" VALUES(6,'ana 2 1',1,6,7,'both_bad',901,NULL,NULL,'2026-11-26T14:04:48.929692+00:00');
INSERT INTO "ballots" VALUES(7,'ben 3 0',2,5,6,'both_bad',900,NULL,NULL,'2026-11-26T14:04:48.947481+00:00');
INSERT INTO "ballots" VALUES(8,'ben 3 1',2,6,7,'skip',901,NULL,NULL,'2026-11-26T14:04:48.961455+00:00');
INSERT INTO "ballots" VALUES(9,'changed',2,2,1,'left',700,NULL,3,'2026-11-26T14:04:48.977673+00:00');
INSERT INTO "ballots" VALUES(10,'in the trial',2,11,8,'left',800,1,NULL,'2026-11-26T14:04:49.367567+00:00');
CREATE TABLE base_pins (
    version TEXT PRIMARY KEY REFERENCES versions(name), files TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE briefs (
    id INTEGER PRIMARY KEY, shot INTEGER NOT NULL REFERENCES shots(id), prompt TEXT NOT NULL, negative_prompt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('still','clip')), width INTEGER NOT NULL, height INTEGER NOT NULL,
    frames INTEGER NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, steps INTEGER NOT NULL, guidance REAL NOT NULL,
    source_media TEXT REFERENCES media(sha256), mask_media TEXT REFERENCES media(sha256), author TEXT NOT NULL,
    created TEXT NOT NULL, guidance_2 REAL, strength REAL);
INSERT INTO "briefs" VALUES(1,1,'a house by day, 0','','still',128,128,1,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:48.543948+00:00',NULL,NULL);
INSERT INTO "briefs" VALUES(2,2,'a house by day, 1','','clip',128,128,9,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-26T14:04:48.547972+00:00',NULL,NULL);
CREATE TABLE "descriptors" (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE done_takes (number INTEGER PRIMARY KEY, take INTEGER NOT NULL UNIQUE REFERENCES takes(id) ON DELETE CASCADE);
INSERT INTO "done_takes" VALUES(1,1);
INSERT INTO "done_takes" VALUES(2,2);
INSERT INTO "done_takes" VALUES(3,3);
INSERT INTO "done_takes" VALUES(4,5);
INSERT INTO "done_takes" VALUES(5,6);
INSERT INTO "done_takes" VALUES(6,7);
INSERT INTO "done_takes" VALUES(7,8);
INSERT INTO "done_takes" VALUES(8,9);
INSERT INTO "done_takes" VALUES(9,10);
INSERT INTO "done_takes" VALUES(10,11);
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
INSERT INTO "events" VALUES(1,'2026-11-26T14:04:48.454346+00:00','command line','version.initial','starter','{"previous": null}','0000000000000000000000000000000000000000000000000000000000000000','9e2d0b0cfbadc6a44c6fbd0c907597612244f3fcb1d6efc64bb750accfab9346');
INSERT INTO "events" VALUES(2,'2026-11-26T14:04:48.460992+00:00','command line','person.add','ana','{"role": "supervisor"}','9e2d0b0cfbadc6a44c6fbd0c907597612244f3fcb1d6efc64bb750accfab9346','4c63f21f2a48fa723b3bf61dfb6a1aacaa7b26b249ec559822497e65aa8f1b26');
INSERT INTO "events" VALUES(3,'2026-11-26T14:04:48.476191+00:00','command line','person.add','ben','{"role": "creative"}','4c63f21f2a48fa723b3bf61dfb6a1aacaa7b26b249ec559822497e65aa8f1b26','c6abdaf7878c9912250ccc6638a85fb484d697c72dcefc95d42448e6d5a56187');
INSERT INTO "events" VALUES(4,'2026-11-26T14:04:48.488009+00:00','command line','token.issue','ben','{"expires": null, "label": "a script"}','c6abdaf7878c9912250ccc6638a85fb484d697c72dcefc95d42448e6d5a56187','3bdf35fa8cb3182f67c31e432dc28f3821c48254fcba597ae7ceee32924f3661');
INSERT INTO "events" VALUES(5,'2026-11-26T14:04:48.516020+00:00','command line','project.member.add','AGM','{"person": "ana"}','3bdf35fa8cb3182f67c31e432dc28f3821c48254fcba597ae7ceee32924f3661','fb350d5ce84100202cf7719717bfb5f6fc477475ab7945a102aac6b3c1144cb4');
INSERT INTO "events" VALUES(6,'2026-11-26T14:04:48.523971+00:00','command line','project.member.add','AGM','{"person": "ben"}','fb350d5ce84100202cf7719717bfb5f6fc477475ab7945a102aac6b3c1144cb4','e81acdab552f0194ebd79e8b4b26cae5ee0a81d0282616b5ea66d16528962a8d');
INSERT INTO "events" VALUES(7,'2026-11-26T14:04:49.016155+00:00','ana','take.status','1','{"from": "wip", "to": "circled"}','e81acdab552f0194ebd79e8b4b26cae5ee0a81d0282616b5ea66d16528962a8d','29bb2759ef40c5121231a8330c738a7c78e6d4a56150720057a645aea61ae0dc');
INSERT INTO "events" VALUES(8,'2026-11-26T14:04:49.023713+00:00','ana','take.status','5','{"from": "wip", "to": "needs_retake"}','29bb2759ef40c5121231a8330c738a7c78e6d4a56150720057a645aea61ae0dc','197acad55e77090ada7209a4b3da32930f6ad05c24b43ae229c687a5f8989dbd');
INSERT INTO "events" VALUES(9,'2026-11-26T14:04:49.032066+00:00','studio','run.start','1','{"judgements": 2, "method": "dpo", "snapshot_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}','197acad55e77090ada7209a4b3da32930f6ad05c24b43ae229c687a5f8989dbd','24d7445e7e7743d71d8f4187600fb6719300bf5d182044ff7f8fd485d037b3c6');
INSERT INTO "events" VALUES(10,'2026-11-26T14:04:49.036522+00:00','studio','run.refused','1','{"reason": "too few pairs"}','24d7445e7e7743d71d8f4187600fb6719300bf5d182044ff7f8fd485d037b3c6','dfb1620abf799f7f4f6c6d20f4cf57e90f746c4e56cb7b51c3e65f6bcefd3c8a');
INSERT INTO "events" VALUES(11,'2026-11-26T14:04:49.048062+00:00','studio','run.start','2','{"judgements": 2, "method": "guided", "snapshot_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}','dfb1620abf799f7f4f6c6d20f4cf57e90f746c4e56cb7b51c3e65f6bcefd3c8a','040a987a15d102a6bfb218eb00038407fd8d8d8f74edd6b6509d183f6d0d5553');
INSERT INTO "events" VALUES(12,'2026-11-26T14:04:49.051747+00:00','studio','version.register','v0002','{"adapters": [], "base": "starter", "run": null}','040a987a15d102a6bfb218eb00038407fd8d8d8f74edd6b6509d183f6d0d5553','63015f171f9a3a0b55899a3cd8f570617ddc84e558fd98cab7f2986798b7d368');
INSERT INTO "events" VALUES(13,'2026-11-26T14:04:49.066101+00:00','command line','version.promote','v0002','{"forced": true, "previous": "starter", "reason": "quick", "trial": {"baseline": "starter", "candidate": "v0002", "counted": 0, "high": 1.0, "left": 0, "losses": 0, "low": 0.0, "needed": 3, "pairs": 0, "pairs_judged": 0, "raters": 0, "ties": 0, "win_rate": null, "wins": 0}}','63015f171f9a3a0b55899a3cd8f570617ddc84e558fd98cab7f2986798b7d368','1c3be63f346835a9e28a82035bd2f194ad6d8131091171dfadb546249983fb97');
INSERT INTO "events" VALUES(14,'2026-11-26T14:04:49.080155+00:00','studio','version.register','v0001','{"adapters": [{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}], "base": "starter", "run": 2}','1c3be63f346835a9e28a82035bd2f194ad6d8131091171dfadb546249983fb97','7f24ab9cd518bf0a2717412926650cb34cdf5585491be0de30f29bdd07a051aa');
INSERT INTO "events" VALUES(15,'2026-11-26T14:04:49.087507+00:00','studio','run.done','2','{"version": "v0001"}','7f24ab9cd518bf0a2717412926650cb34cdf5585491be0de30f29bdd07a051aa','24526a57065d3581c779f345a541cab586f06b744ac28a44c823206517f3a710');
INSERT INTO "events" VALUES(16,'2026-11-26T14:04:49.103001+00:00','studio','trial.open','1','{"baseline": "v0002", "candidate": "v0001", "pairs": 2, "people": 3, "share": 0.3333333333333333}','24526a57065d3581c779f345a541cab586f06b744ac28a44c823206517f3a710','28149ad94df0543602de60862fe97a6905e90b90f961d3c8038185afcf39c06b');
CREATE TABLE media (
    sha256 TEXT PRIMARY KEY, ext TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, frames INTEGER NOT NULL, created TEXT NOT NULL);
INSERT INTO "media" VALUES('8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96','png','image/png',14,16,16,1,'2026-11-26T14:04:48.594518+00:00');
INSERT INTO "media" VALUES('d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43','png','image/png',14,16,16,1,'2026-11-26T14:04:48.631135+00:00');
INSERT INTO "media" VALUES('92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b','png','image/png',14,16,16,1,'2026-11-26T14:04:48.670513+00:00');
INSERT INTO "media" VALUES('058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','png','image/png',14,16,16,1,'2026-11-26T14:04:48.742484+00:00');
INSERT INTO "media" VALUES('4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:48.754527+00:00');
INSERT INTO "media" VALUES('1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','png','image/png',14,16,16,1,'2026-11-26T14:04:48.774479+00:00');
INSERT INTO "media" VALUES('3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:48.784799+00:00');
INSERT INTO "media" VALUES('f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','png','image/png',14,16,16,1,'2026-11-26T14:04:48.809598+00:00');
INSERT INTO "media" VALUES('d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:48.826612+00:00');
INSERT INTO "media" VALUES('ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','png','image/png',14,16,16,1,'2026-11-26T14:04:49.158501+00:00');
INSERT INTO "media" VALUES('9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','mp4','video/mp4',6,16,16,9,'2026-11-26T14:04:49.174570+00:00');
INSERT INTO "media" VALUES('950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e','png','image/png',14,16,16,1,'2026-11-26T14:04:49.214501+00:00');
INSERT INTO "media" VALUES('46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd','png','image/png',15,16,16,1,'2026-11-26T14:04:49.258558+00:00');
INSERT INTO "media" VALUES('db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613','png','image/png',15,16,16,1,'2026-11-26T14:04:49.310518+00:00');
INSERT INTO "media" VALUES('78ecfcd48db336dadd397dc85e090efbe41d7eea5041067d3dfb4e205aa9a108','mp4','video/mp4',7,16,16,9,'2026-11-26T14:04:49.334496+00:00');
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), text TEXT NOT NULL, region TEXT, frame_in INTEGER, frame_out INTEGER,
    supersedes INTEGER UNIQUE REFERENCES notes(id), created TEXT NOT NULL);
INSERT INTO "notes" VALUES(1,'note 1',1,1,'the hand; it''s wrong','{"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}',NULL,NULL,NULL,'2026-11-26T14:04:48.991679+00:00');
INSERT INTO "notes" VALUES(2,'note 2',2,5,'schön: ab hier
weiter',NULL,2,5,NULL,'2026-11-26T14:04:48.999546+00:00');
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL CHECK (role IN ('creative','supervisor','admin')),
    password_hash TEXT, created TEXT NOT NULL, disabled TEXT);
INSERT INTO "people" VALUES(1,'ana','supervisor',NULL,'2026-11-26T14:04:48.460704+00:00',NULL);
INSERT INTO "people" VALUES(2,'ben','creative',NULL,'2026-11-26T14:04:48.475932+00:00',NULL);
CREATE TABLE project_members (
    project INTEGER NOT NULL REFERENCES projects(id), person INTEGER NOT NULL REFERENCES people(id), since TEXT NOT NULL,
    PRIMARY KEY (person, project)) WITHOUT ROWID;
INSERT INTO "project_members" VALUES(1,1,'2026-11-26T14:04:48.515723+00:00');
INSERT INTO "project_members" VALUES(1,2,'2026-11-26T14:04:48.523703+00:00');
CREATE TABLE project_take_counts (
    project INTEGER NOT NULL REFERENCES projects(id), state TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (project, state)) WITHOUT ROWID;
INSERT INTO "project_take_counts" VALUES(1,'done',10);
INSERT INTO "project_take_counts" VALUES(1,'failed',1);
INSERT INTO "project_take_counts" VALUES(1,'leased',1);
INSERT INTO "project_take_counts" VALUES(1,'queued',1);
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL,
    created TEXT NOT NULL, open_to_all INTEGER NOT NULL DEFAULT 0);
INSERT INTO "projects" VALUES(1,'AGM','A Good Man',24000,1001,'2026-11-26T14:04:48.507885+00:00',0);
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL REFERENCES versions(name), previous TEXT REFERENCES versions(name),
    action TEXT NOT NULL CHECK (action IN ('initial','promote','rollback')), person TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO "promotions" VALUES(1,'starter',NULL,'initial','command line','2026-11-26T14:04:48.445972+00:00');
INSERT INTO "promotions" VALUES(2,'v0002','starter','promote','command line','2026-11-26T14:04:49.065838+00:00');
CREATE TABLE queue_turns (project INTEGER PRIMARY KEY REFERENCES projects(id), turn INTEGER NOT NULL);
INSERT INTO "queue_turns" VALUES(1,7);
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    supersedes INTEGER UNIQUE REFERENCES ratings(id), created TEXT NOT NULL);
INSERT INTO "ratings" VALUES(1,'rating 0',1,1,1,NULL,'2026-11-26T14:04:48.879609+00:00');
INSERT INTO "ratings" VALUES(2,'rating 1',2,1,2,NULL,'2026-11-26T14:04:48.909167+00:00');
INSERT INTO "ratings" VALUES(3,'rating 2',1,5,3,NULL,'2026-11-26T14:04:48.939442+00:00');
INSERT INTO "ratings" VALUES(4,'rating 3',2,5,4,NULL,'2026-11-26T14:04:48.975501+00:00');
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
INSERT INTO "runs" VALUES(1,'refused','dpo','{"beta": 2000.0, "method": "dpo"}','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','runs/0001',NULL,'{"pairs": 3}','too few pairs',0.0,'2026-11-26T14:04:49.031648+00:00','2026-11-26T14:04:49.036088+00:00');
INSERT INTO "runs" VALUES(2,'done','guided','{"method": "guided"}','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','runs/0002','v0001','{"heldout_accuracy": 0.7}',NULL,1.0,'2026-11-26T14:04:49.047657+00:00','2026-11-26T14:04:49.086881+00:00');
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
INSERT INTO "secrets" VALUES('opaque names',X'80F83B823841FDB88A771110744813E7B61F176C8B4E6563228B7F168E465976');
CREATE TABLE selects (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, shot INTEGER NOT NULL REFERENCES shots(id),
    take INTEGER NOT NULL REFERENCES takes(id), frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL,
    position INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "selects" VALUES(1,'42dfc862-0a64-4a47-be1e-c346af3586ee',1,1,0,0,1,1,'2026-11-26T14:04:49.015939+00:00',0);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
INSERT INTO "sessions" VALUES(1,'dbefc1c87de0b5faee5d1c927ee32ebee0912989d2a2abfc0e68266c9a28ef84',1,'2026-11-26T14:04:48.495578+00:00','2026-11-27T02:04:48.495597+00:00',NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT, changed TEXT);
INSERT INTO "settings" VALUES('name','Old','2026-11-26T14:04:48.409261+00:00');
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), code TEXT NOT NULL, title TEXT NOT NULL,
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (project, code));
INSERT INTO "shots" VALUES(1,1,'AGM_010','',24000,1001,'2026-11-26T14:04:48.532199+00:00');
INSERT INTO "shots" VALUES(2,1,'AGM_020','',24000,1001,'2026-11-26T14:04:48.536151+00:00');
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id),
    status TEXT NOT NULL CHECK (status IN ('wip','needs_retake','approved','circled')), created TEXT NOT NULL);
INSERT INTO "statuses" VALUES(1,'status 1',1,1,'circled','2026-11-26T14:04:49.015523+00:00');
INSERT INTO "statuses" VALUES(2,'status 2',1,5,'needs_retake','2026-11-26T14:04:49.023444+00:00');
CREATE TABLE tags (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), word TEXT NOT NULL, created TEXT NOT NULL,
    removed_by INTEGER REFERENCES people(id));
INSERT INTO "tags" VALUES(1,'tag 1',1,1,'hero','2026-11-26T14:04:49.007623+00:00',NULL);
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
    created TEXT NOT NULL, started TEXT, finished TEXT, provenance TEXT, project INTEGER REFERENCES projects(id), priority INTEGER NOT NULL DEFAULT 0, queued_by INTEGER REFERENCES people(id));
INSERT INTO "takes" VALUES(1,1,0,NULL,'starter','done',NULL,1.0,'shot','8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,'8847695d665befe2f8ddff828b780151455a0688b09165a9f1c0950759b0dc96',NULL,NULL,NULL,1,'2026-11-26T14:04:48.556088+00:00','2026-11-26T14:04:48.569506+00:00','2026-11-26T14:04:48.603946+00:00','{"model": "starter", "seed": 1}',1,0,NULL);
INSERT INTO "takes" VALUES(2,1,1,NULL,'starter','done',NULL,1.0,'shot','d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,'d37151b2da31f305c1d5951887193e251fcc5be074419cbd930db34fb4b86a43',NULL,NULL,NULL,1,'2026-11-26T14:04:48.556088+00:00','2026-11-26T14:04:48.569506+00:00','2026-11-26T14:04:48.635877+00:00','{"model": "starter", "seed": 2}',1,0,NULL);
INSERT INTO "takes" VALUES(3,1,2,NULL,'starter','done',NULL,1.0,'shot','92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,'92fdc6ca2b25a2c2972c2b2e48a7fbbfbd970c35f5231cff76b7b64eff63b19b',NULL,NULL,NULL,1,'2026-11-26T14:04:48.556088+00:00','2026-11-26T14:04:48.569506+00:00','2026-11-26T14:04:48.672870+00:00','{"model": "starter", "seed": 3}',1,0,NULL);
INSERT INTO "takes" VALUES(4,1,3,NULL,'starter','failed','out of memory',0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-26T14:04:48.556088+00:00','2026-11-26T14:04:48.569506+00:00','2026-11-26T14:04:48.688038+00:00',NULL,1,0,NULL);
INSERT INTO "takes" VALUES(5,2,10,NULL,'starter','done',NULL,1.0,'shot','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8','4bbf4c3d563a4eef0aa06bbd49f6b2200ed6de4b44cc318c33759c2c3b1dc071','058f179eeb2239c5ccef970300653fa854cd3aeec5eff81f9ae117441bfd3ad8',NULL,NULL,1,'2026-11-26T14:04:48.709844+00:00','2026-11-26T14:04:48.720606+00:00','2026-11-26T14:04:48.759864+00:00','{"model": "starter", "seed": 5}',1,0,NULL);
INSERT INTO "takes" VALUES(6,2,11,NULL,'starter','done',NULL,1.0,'shot','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d','3d8be17be4b9f0850691caf9d95d37a3a83776a2908c5a23d696fef484081eec','1708c82f27b7589bd70040c55eaf2d9d64743869533f6daa618a70239e48b40d',NULL,NULL,1,'2026-11-26T14:04:48.709844+00:00','2026-11-26T14:04:48.720606+00:00','2026-11-26T14:04:48.795898+00:00','{"model": "starter", "seed": 6}',1,0,NULL);
INSERT INTO "takes" VALUES(7,2,12,NULL,'starter','done',NULL,1.0,'shot','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae','d15b8410250af90444e31a97ade9dd29814e76e9ce70f45beb77d0d0f12077bb','f4b075069eaa1347f34b5e28091b8acc940cba19ce2f004d70c4a96c900155ae',NULL,NULL,1,'2026-11-26T14:04:48.709844+00:00','2026-11-26T14:04:48.720606+00:00','2026-11-26T14:04:48.835997+00:00','{"model": "starter", "seed": 7}',1,0,NULL);
INSERT INTO "takes" VALUES(8,2,1130720984,'v0002','v0002','done',NULL,1.0,'trial','9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a','9b0aea42db6c5f09a38fe3e01803a7d18c3ac4d95df1c763fa20f1ffb512694e','ddfa3ec89ffab3a5b0379a37141c8676a0999a504c94ab162a3fb2f9ee9b5a1a',NULL,NULL,1,'2026-11-26T14:04:49.097339+00:00','2026-11-26T14:04:49.117533+00:00','2026-11-26T14:04:49.183996+00:00','{"model": "starter", "seed": 8}',1,-1,NULL);
INSERT INTO "takes" VALUES(9,1,32351437,'v0002','v0002','done',NULL,1.0,'trial','950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,'950b75d5e606e65f539e871e329ba151a0afa633a03242a5bd237781ca768c1e',NULL,NULL,NULL,1,'2026-11-26T14:04:49.097796+00:00','2026-11-26T14:04:49.196368+00:00','2026-11-26T14:04:49.223978+00:00','{"model": "starter", "seed": 9}',1,-1,NULL);
INSERT INTO "takes" VALUES(10,1,829683706,'v0001','v0001','done',NULL,1.0,'trial','46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd',NULL,'46ae1fedcd23ebda4cd3cef9b65e62877e6d7bc5e139676df606356597da2bfd',NULL,NULL,NULL,1,'2026-11-26T14:04:49.098016+00:00','2026-11-26T14:04:49.236349+00:00','2026-11-26T14:04:49.267874+00:00','{"model": "starter", "seed": 10}',1,-1,NULL);
INSERT INTO "takes" VALUES(11,2,1164840246,'v0001','v0001','done',NULL,1.0,'trial','78ecfcd48db336dadd397dc85e090efbe41d7eea5041067d3dfb4e205aa9a108','db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613','78ecfcd48db336dadd397dc85e090efbe41d7eea5041067d3dfb4e205aa9a108','db0deb4bccb5c815031144572292e7512769ac3d7acf280cf0fb836862b40613',NULL,NULL,1,'2026-11-26T14:04:49.102396+00:00','2026-11-26T14:04:49.284392+00:00','2026-11-26T14:04:49.344042+00:00','{"model": "starter", "seed": 11}',1,-1,NULL);
INSERT INTO "takes" VALUES(12,1,91,NULL,'v0002','leased',NULL,0.0,'shot',NULL,NULL,NULL,NULL,'worker','35baaad3-41e6-4345-b387-b35baea4e775 0000057969.867834',1,'2026-11-26T14:04:49.392992+00:00','2026-11-26T14:04:49.406071+00:00',NULL,NULL,1,0,NULL);
INSERT INTO "takes" VALUES(13,1,92,NULL,NULL,'queued',NULL,0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,0,'2026-11-26T14:04:49.424923+00:00',NULL,NULL,NULL,1,0,NULL);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    label TEXT NOT NULL, created TEXT NOT NULL, ended TEXT, expires TEXT);
INSERT INTO "tokens" VALUES(1,'06ff79bae0716aec6550ae9efe00b989843f855657bad6c0784184961a8ccb1f',2,'a script','2026-11-26T14:04:48.487703+00:00',NULL,NULL);
CREATE TABLE trial_pairs (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id), brief INTEGER NOT NULL REFERENCES briefs(id),
    candidate_take INTEGER NOT NULL REFERENCES takes(id), baseline_take INTEGER NOT NULL REFERENCES takes(id), batch INTEGER NOT NULL DEFAULT 1);
INSERT INTO "trial_pairs" VALUES(1,1,2,11,8,1);
INSERT INTO "trial_pairs" VALUES(2,1,1,10,9,1);
CREATE TABLE trial_unblindings (
    id INTEGER PRIMARY KEY,
    trial INTEGER NOT NULL REFERENCES trials(id),
    person INTEGER NOT NULL REFERENCES people(id),
    last_ballot INTEGER NOT NULL,
    created TEXT NOT NULL,
    UNIQUE (trial, person)
);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, candidate TEXT NOT NULL REFERENCES versions(name), baseline TEXT NOT NULL REFERENCES versions(name),
    state TEXT NOT NULL CHECK (state IN ('open','closed')), created TEXT NOT NULL, closed TEXT, reason TEXT, last_ballot INTEGER, people INTEGER NOT NULL DEFAULT 3, share REAL NOT NULL DEFAULT 0.33333333333333331);
INSERT INTO "trials" VALUES(1,'v0001','v0002','open','2026-11-26T14:04:49.096655+00:00',NULL,NULL,NULL,3,3.33333333333333314829e-01);
CREATE TABLE versions (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, adapters TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('candidate','production','retired','rejected')), run INTEGER, created TEXT NOT NULL);
INSERT INTO "versions" VALUES('starter','starter','[]','retired',NULL,'2026-11-26T14:04:48.445703+00:00');
INSERT INTO "versions" VALUES('v0002','starter','[]','production',NULL,'2026-11-26T14:04:49.051461+00:00');
INSERT INTO "versions" VALUES('v0001','starter','[{"folder": "models/v0001", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "weight": 0.75}]','candidate',2,'2026-11-26T14:04:49.079847+00:00');
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
CREATE INDEX members_of_project ON project_members(project);
CREATE TRIGGER project_takes_counted_when_made AFTER INSERT ON takes WHEN new.project IS NOT NULL BEGIN
    INSERT INTO project_take_counts VALUES (new.project, new.state, 1) ON CONFLICT (project, state) DO UPDATE SET number = number + 1; END;
CREATE TRIGGER project_takes_counted_when_placed AFTER UPDATE OF project ON takes WHEN old.project IS NULL AND new.project IS NOT NULL BEGIN
    INSERT INTO project_take_counts VALUES (new.project, new.state, 1) ON CONFLICT (project, state) DO UPDATE SET number = number + 1; END;
CREATE TRIGGER project_takes_counted_when_changed AFTER UPDATE OF state ON takes WHEN new.state <> old.state AND old.project IS NOT NULL BEGIN
    UPDATE project_take_counts SET number = number - 1 WHERE project = old.project AND state = old.state; INSERT INTO project_take_counts VALUES (new.project, new.state, 1) ON CONFLICT (project, state) DO UPDATE SET number = number + 1; END;
CREATE TRIGGER project_takes_counted_when_removed AFTER DELETE ON takes WHEN old.project IS NOT NULL BEGIN
    UPDATE project_take_counts SET number = number - 1 WHERE project = old.project AND state = old.state; END;
CREATE INDEX takes_waiting_of ON takes(queued_by, state) WHERE state IN ('queued', 'leased');
CREATE INDEX takes_of_media ON takes(media) WHERE media IS NOT NULL;
CREATE INDEX takes_of_poster ON takes(poster) WHERE poster IS NOT NULL;
CREATE INDEX briefs_of_source ON briefs(source_media) WHERE source_media IS NOT NULL;
CREATE INDEX briefs_of_mask ON briefs(mask_media) WHERE mask_media IS NOT NULL;
CREATE INDEX trial_pairs_of_baseline ON trial_pairs(baseline_take);
CREATE TRIGGER takes_noted_when_done AFTER UPDATE OF state ON takes WHEN new.state = 'done' AND old.state <> 'done' BEGIN
    INSERT OR IGNORE INTO done_takes (take) VALUES (new.id); END;
CREATE TRIGGER takes_noted_when_made_done AFTER INSERT ON takes WHEN new.state = 'done' BEGIN
    INSERT OR IGNORE INTO done_takes (take) VALUES (new.id); END;
CREATE INDEX takes_of_rendition_poster ON takes(rendition_poster) WHERE rendition_poster IS NOT NULL;
COMMIT;
