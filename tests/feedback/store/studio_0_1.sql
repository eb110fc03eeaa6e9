BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'circletake','m001_people','2026-11-25 23:12:23.302598+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'circletake','m002_work','2026-11-25 23:12:23.304082+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'circletake','m003_judgements','2026-11-25 23:12:23.312779+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'circletake','m004_looks','2026-11-25 23:12:23.313436+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'circletake','m005_trial_reasons','2026-11-25 23:12:23.322972+00:00');
CREATE TABLE ballots (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    "left" INTEGER NOT NULL REFERENCES takes(id), "right" INTEGER NOT NULL REFERENCES takes(id),
    verdict TEXT NOT NULL CHECK (verdict IN ('left','right','tie','both_bad','skip')), elapsed_ms INTEGER NOT NULL,
    trial INTEGER REFERENCES trials(id), supersedes INTEGER UNIQUE REFERENCES ballots(id), created TEXT NOT NULL);
INSERT INTO "ballots" VALUES(1,'ballot-1',2,1,2,'left',900,NULL,NULL,'2026-11-25T23:12:23.619911+00:00');
INSERT INTO "ballots" VALUES(2,'ballot-2',2,2,1,'left',800,NULL,1,'2026-11-25T23:12:23.637008+00:00');
INSERT INTO "ballots" VALUES(3,'ballot-3',1,1,2,'both_bad',700,NULL,NULL,'2026-11-25T23:12:23.647085+00:00');
CREATE TABLE briefs (
    id INTEGER PRIMARY KEY, shot INTEGER NOT NULL REFERENCES shots(id), prompt TEXT NOT NULL, negative_prompt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('still','clip')), width INTEGER NOT NULL, height INTEGER NOT NULL,
    frames INTEGER NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, steps INTEGER NOT NULL, guidance REAL NOT NULL,
    source_media TEXT REFERENCES media(sha256), mask_media TEXT REFERENCES media(sha256), author TEXT NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "briefs" VALUES(1,1,'a lighthouse at dusk','','still',16,16,1,24000,1001,16,2.5,NULL,NULL,'ana','2026-11-25T23:12:23.447478+00:00');
INSERT INTO "briefs" VALUES(2,1,'a boat in fog','','clip',16,16,5,24000,1001,16,2.5,NULL,NULL,'ben','2026-11-25T23:12:23.458817+00:00');
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
INSERT INTO "events" VALUES(1,'2026-11-25T23:12:23.354028+00:00','command line','version.initial','starter','{"previous": null}','0000000000000000000000000000000000000000000000000000000000000000','a07a0ba861116db74837abf5ee83958d5fff40ae95f4f3d2e6fc9d552fed3e27');
INSERT INTO "events" VALUES(2,'2026-11-25T23:12:23.369661+00:00','command line','person.add','ana','{"role": "supervisor"}','a07a0ba861116db74837abf5ee83958d5fff40ae95f4f3d2e6fc9d552fed3e27','5c9507c549eab2203262602000eab607265d8801e7e40a4445ec10110f170c01');
INSERT INTO "events" VALUES(3,'2026-11-25T23:12:23.384625+00:00','command line','person.add','ben','{"role": "creative"}','5c9507c549eab2203262602000eab607265d8801e7e40a4445ec10110f170c01','aef299302ec41e162b36b62b8515a5a1e9bc5850dcc090a0ac45a16a8489ade3');
INSERT INTO "events" VALUES(4,'2026-11-25T23:12:23.391042+00:00','command line','person.add','old.cas','{"role": "creative"}','aef299302ec41e162b36b62b8515a5a1e9bc5850dcc090a0ac45a16a8489ade3','74045d776a639314ec1783bcb7e2c48e2673ecb0bdc60d9fff9253b1cb582a02');
INSERT INTO "events" VALUES(5,'2026-11-25T23:12:23.398010+00:00','command line','person.disable','old.cas','{}','74045d776a639314ec1783bcb7e2c48e2673ecb0bdc60d9fff9253b1cb582a02','31630f86b41642cb1a6c890ead6cddc1a9775dfa7ca2b14c4fd7155b7b81edad');
INSERT INTO "events" VALUES(6,'2026-11-25T23:12:23.418223+00:00','command line','token.issue','ana','{"label": "editing script"}','31630f86b41642cb1a6c890ead6cddc1a9775dfa7ca2b14c4fd7155b7b81edad','240134ebe1e1086b26473f153a733d0ca5dfe127794238f4ab20e81c1a05ed2c');
INSERT INTO "events" VALUES(7,'2026-11-25T23:12:23.679930+00:00','ana','take.status','1','{"from": "wip", "to": "circled"}','240134ebe1e1086b26473f153a733d0ca5dfe127794238f4ab20e81c1a05ed2c','afa06b437719b4e7690922cf26a37ff0c9eb80b8415e13b5ba8bd148068699fd');
INSERT INTO "events" VALUES(8,'2026-11-25T23:12:23.692714+00:00','studio','run.start','1','{"judgements": 3, "method": "guided", "snapshot_sha256": "2f677df6e3057fa9c1097498fdc908f5721982b7fbd30f489fa970981775c798"}','afa06b437719b4e7690922cf26a37ff0c9eb80b8415e13b5ba8bd148068699fd','8d9219f3d70a79fc46350d46ce7727648d16cb5776288ad50547d56758128ef7');
INSERT INTO "events" VALUES(9,'2026-11-25T23:12:23.701667+00:00','studio','version.register','v0001','{"adapters": [{"folder": "models/v0001", "sha256": "abababababababababababababababababababababababababababababababab", "weight": 0.75}], "base": "starter", "run": 1}','8d9219f3d70a79fc46350d46ce7727648d16cb5776288ad50547d56758128ef7','10cfefb5afb575122ef627723d75039704f379b8effe5ff59eb66f90d3f2f812');
INSERT INTO "events" VALUES(10,'2026-11-25T23:12:23.707316+00:00','studio','run.done','1','{"version": "v0001"}','10cfefb5afb575122ef627723d75039704f379b8effe5ff59eb66f90d3f2f812','f10c677c4803472bf12c91772d7f58c0cb421076a79b2dcc388c2f746c7dd854');
INSERT INTO "events" VALUES(11,'2026-11-25T23:12:23.718000+00:00','studio','run.start','2','{"judgements": 0, "method": "dpo", "snapshot_sha256": "2f677df6e3057fa9c1097498fdc908f5721982b7fbd30f489fa970981775c798"}','f10c677c4803472bf12c91772d7f58c0cb421076a79b2dcc388c2f746c7dd854','07e569230c9596ceeba0cdd2b5fd4cc0954d1506e1b7a3beb9af50f07d9d1abd');
INSERT INTO "events" VALUES(12,'2026-11-25T23:12:23.731668+00:00','studio','run.refused','2','{"reason": "the reward model predicts 50 %"}','07e569230c9596ceeba0cdd2b5fd4cc0954d1506e1b7a3beb9af50f07d9d1abd','15eeebdfa9ab58607648f95f26c0616bc15b77852933993dac3ad392cb57b65c');
INSERT INTO "events" VALUES(13,'2026-11-25T23:12:23.744386+00:00','ana','trial.open','1','{"baseline": "starter", "candidate": "v0001", "pairs": 1}','15eeebdfa9ab58607648f95f26c0616bc15b77852933993dac3ad392cb57b65c','3640ae9ecb0331210a26de0c395f4437b9eccfbeaf01c2757aebb28e66a3382b');
INSERT INTO "events" VALUES(14,'2026-11-25T23:12:23.899306+00:00','ana','trial.close','1','{"baseline": "starter", "candidate": "v0001", "reason": "seen enough"}','3640ae9ecb0331210a26de0c395f4437b9eccfbeaf01c2757aebb28e66a3382b','e3b430d0b082dd2d42e563367e8d79d1c790559e99eb1cce06f14f4a703452a9');
CREATE TABLE looks (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
INSERT INTO "looks" VALUES('78cb9f6bd809a39e8357a6262d19b72e648433bcb8c4d4c7e66ffc6f0af7eb3d',1,X'7DB9BFBAB5B49BC49BC49BC49BC47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B47DB9BFBAB5B49BC49BC40000000000000000');
CREATE TABLE media (
    sha256 TEXT PRIMARY KEY, ext TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, frames INTEGER NOT NULL, created TEXT NOT NULL);
INSERT INTO "media" VALUES('78cb9f6bd809a39e8357a6262d19b72e648433bcb8c4d4c7e66ffc6f0af7eb3d','png','image/png',82,16,16,1,'2026-11-25T23:12:23.554630+00:00');
INSERT INTO "media" VALUES('fb2821a0fba7f9385d846bfe6024b857e27c9350820324e8defbeb9541a7ffe0','png','image/png',82,16,16,1,'2026-11-25T23:12:23.582522+00:00');
INSERT INTO "media" VALUES('580d9f1688bb251823b05bd8ac06818e27ed564e7b54276f16e1a351630a4672','png','image/png',82,16,16,1,'2026-11-25T23:12:23.775423+00:00');
INSERT INTO "media" VALUES('bce9adde7995aea032b2fbec6e1ac4f434db95e60513dcdc551e0a0c08154ae5','png','image/png',82,16,16,1,'2026-11-25T23:12:23.826568+00:00');
INSERT INTO "media" VALUES('db457015719466a49a63586a9d32070d76f2228dcea3ec6ca86f790972796388','png','image/png',82,16,16,1,'2026-11-25T23:12:23.874565+00:00');
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), text TEXT NOT NULL, region TEXT, frame_in INTEGER, frame_out INTEGER,
    supersedes INTEGER UNIQUE REFERENCES notes(id), created TEXT NOT NULL);
INSERT INTO "notes" VALUES(1,'note-1',2,1,'the hand is wrong','{"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}',0,0,NULL,'2026-11-25T23:12:23.668343+00:00');
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL CHECK (role IN ('creative','supervisor','admin')),
    password_hash TEXT, created TEXT NOT NULL, disabled TEXT);
INSERT INTO "people" VALUES(1,'ana','supervisor','$argon2id$v=19$m=65536,t=3,p=4$not$a-real-hash','2026-11-25T23:12:23.369196+00:00',NULL);
INSERT INTO "people" VALUES(2,'ben','creative',NULL,'2026-11-25T23:12:23.382788+00:00',NULL);
INSERT INTO "people" VALUES(3,'old.cas','creative',NULL,'2026-11-25T23:12:23.390659+00:00','2026-11-25T23:12:23.397295+00:00');
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL,
    created TEXT NOT NULL);
INSERT INTO "projects" VALUES(1,'AGM','The keeper',24000,1001,'2026-11-25T23:12:23.431796+00:00');
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL REFERENCES versions(name), previous TEXT REFERENCES versions(name),
    action TEXT NOT NULL CHECK (action IN ('initial','promote','rollback')), person TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO "promotions" VALUES(1,'starter',NULL,'initial','command line','2026-11-25T23:12:23.353643+00:00');
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    supersedes INTEGER UNIQUE REFERENCES ratings(id), created TEXT NOT NULL);
INSERT INTO "ratings" VALUES(1,'rating-1',1,1,4,NULL,'2026-11-25T23:12:23.651077+00:00');
CREATE TABLE run_judgements (
    run INTEGER NOT NULL REFERENCES runs(id), kind TEXT NOT NULL CHECK (kind IN ('ballot','rating','status')),
    judgement INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id),
    split TEXT NOT NULL CHECK (split IN ('train','heldout')), PRIMARY KEY (run, kind, judgement));
INSERT INTO "run_judgements" VALUES(1,'ballot',2,2,'train');
INSERT INTO "run_judgements" VALUES(1,'ballot',3,1,'train');
INSERT INTO "run_judgements" VALUES(1,'status',1,1,'train');
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('running','done','refused','failed')), method TEXT NOT NULL,
    recipe TEXT NOT NULL, snapshot_sha256 TEXT NOT NULL, folder TEXT NOT NULL, version TEXT, metrics TEXT, reason TEXT,
    progress REAL NOT NULL DEFAULT 0, started TEXT NOT NULL, finished TEXT);
INSERT INTO "runs" VALUES(1,'done','guided','{"aim": 1.4, "aim_takes": 48, "beta": null, "beta_scale": 250.0, "both_bad_weight": 0.5, "early_stopping_patience": 3, "ema_decay": 0.0, "eval_draws": 4, "eval_pairs": 24, "eval_steps": 30, "evenness": 1.0, "foresight": true, "gradient_accumulation_steps": 1, "heldout_share": 0.2, "label_smoothing": 0.08, "learning_rate": 0.0015, "lora_alpha": 16.0, "lora_dropout": 0.0, "lora_r": 16, "lora_targets": null, "loser_guard": 0.5, "loser_guard_scope": "sample", "loss_type": "sigmoid", "lr_scheduler_type": "cosine", "max_grad_norm": 1.0, "max_steps": 100, "max_winner_error": null, "method": "guided", "min_heldout_accuracy": 0.5, "min_pairs": 1, "mixed_precision": "no", "noise_draws": 8, "off_policy_weight": 1.0, "per_device_train_batch_size": 16, "rater_reliability": false, "reference_weight": 0.0, "save_steps": 25, "save_total_limit": 2, "seed": 0, "sft_weight": 1.0, "star_margin": 0.0, "star_weight": 0.5, "start": "base", "strengths": [1.0], "t_high": 1.0, "t_low": 0.0, "t_shift": 5.0, "t_weighting": "uniform", "tilt": 4.0, "warmup_steps": 10, "weight_decay": 0.0}','2f677df6e3057fa9c1097498fdc908f5721982b7fbd30f489fa970981775c798','runs/0001','v0001','{"foresight": {"0.5": {"bends": 0.4, "colour": 0.9}}, "gain": 1.2, "heldout_accuracy": 0.7, "scorer": {"accuracy": 0.71, "bends": true, "features": 61, "known": 0.44, "loss": 0.6, "penalty": 0.5, "spread": 0.9}, "strength": 0.75, "unexplained": 0.1}',NULL,1.0,'2026-11-25T23:12:23.692155+00:00','2026-11-25T23:12:23.706791+00:00');
INSERT INTO "runs" VALUES(2,'refused','dpo','{"aim": 2.0, "aim_takes": 48, "beta": 2000.0, "beta_scale": 250.0, "both_bad_weight": 0.5, "early_stopping_patience": 3, "ema_decay": 0.0, "eval_draws": 4, "eval_pairs": 64, "eval_steps": 25, "evenness": 1.0, "foresight": true, "gradient_accumulation_steps": 1, "heldout_share": 0.2, "label_smoothing": 0.08, "learning_rate": 0.0005, "lora_alpha": 16.0, "lora_dropout": 0.0, "lora_r": 16, "lora_targets": null, "loser_guard": 0.5, "loser_guard_scope": "sample", "loss_type": "sigmoid", "lr_scheduler_type": "constant", "max_grad_norm": 1.0, "max_steps": 150, "max_winner_error": null, "method": "dpo", "min_heldout_accuracy": 0.5, "min_pairs": 16, "mixed_precision": "no", "noise_draws": 8, "off_policy_weight": 1.0, "per_device_train_batch_size": 32, "rater_reliability": false, "reference_weight": 0.0, "save_steps": 25, "save_total_limit": 2, "seed": 0, "sft_weight": 1.0, "star_margin": 0.0, "star_weight": 0.5, "start": "production", "strengths": [0.6, 1.0, 1.5], "t_high": 1.0, "t_low": 0.0, "t_shift": 1.0, "t_weighting": "uniform", "tilt": 4.0, "warmup_steps": 10, "weight_decay": 0.0}','2f677df6e3057fa9c1097498fdc908f5721982b7fbd30f489fa970981775c798','runs/0002',NULL,'{}','the reward model predicts 50 %',0.0,'2026-11-25T23:12:23.716258+00:00','2026-11-25T23:12:23.731113+00:00');
CREATE TABLE selects (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, shot INTEGER NOT NULL REFERENCES shots(id),
    take INTEGER NOT NULL REFERENCES takes(id), frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL,
    position INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "selects" VALUES(1,'93ee439a-dbb9-43db-bbb4-5d397e934d41',1,1,0,0,1,1,'2026-11-25T23:12:23.679667+00:00',0);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
INSERT INTO "sessions" VALUES(1,'1468a0fdbe1acea15a7a0ba19873ec38260976ee125be7809a3494c215697c86',2,'2026-11-25T23:12:23.430509+00:00','2026-11-26T11:12:23.430549+00:00',NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT, changed TEXT);
INSERT INTO "settings" VALUES('name','Old Street','2026-11-25T23:12:23.351088+00:00');
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), code TEXT NOT NULL, title TEXT NOT NULL,
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (project, code));
INSERT INTO "shots" VALUES(1,1,'AGM_104_065_010','Lighthouse',24000,1001,'2026-11-25T23:12:23.438770+00:00');
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id),
    status TEXT NOT NULL CHECK (status IN ('wip','needs_retake','approved','circled')), created TEXT NOT NULL);
INSERT INTO "statuses" VALUES(1,'status-1',1,1,'circled','2026-11-25T23:12:23.679144+00:00');
CREATE TABLE tags (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), word TEXT NOT NULL, created TEXT NOT NULL,
    removed_by INTEGER REFERENCES people(id));
INSERT INTO "tags" VALUES(1,'tag-1',2,1,'rim light','2026-11-25T23:12:23.657808+00:00',NULL);
CREATE TABLE takes (
    id INTEGER PRIMARY KEY, brief INTEGER NOT NULL REFERENCES briefs(id), seed INTEGER NOT NULL,
    asked_version TEXT, version TEXT,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','leased','done','failed')), error TEXT,
    progress REAL NOT NULL DEFAULT 0, purpose TEXT NOT NULL DEFAULT 'shot' CHECK (purpose IN ('shot','trial')),
    media TEXT REFERENCES media(sha256), poster TEXT REFERENCES media(sha256), rendition TEXT REFERENCES media(sha256),
    rendition_poster TEXT REFERENCES media(sha256), worker TEXT, lease_expires TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL, started TEXT, finished TEXT, recipe TEXT);
INSERT INTO "takes" VALUES(1,1,11,NULL,'starter','done',NULL,1.0,'shot','78cb9f6bd809a39e8357a6262d19b72e648433bcb8c4d4c7e66ffc6f0af7eb3d',NULL,'78cb9f6bd809a39e8357a6262d19b72e648433bcb8c4d4c7e66ffc6f0af7eb3d',NULL,NULL,NULL,1,'2026-11-25T23:12:23.467720+00:00','2026-11-25T23:12:23.475176+00:00','2026-11-25T23:12:23.562438+00:00','{"brief": {"prompt": "a lighthouse at dusk"}, "seed": 11, "version": "starter"}');
INSERT INTO "takes" VALUES(2,1,12,NULL,'starter','done',NULL,1.0,'shot','fb2821a0fba7f9385d846bfe6024b857e27c9350820324e8defbeb9541a7ffe0',NULL,'fb2821a0fba7f9385d846bfe6024b857e27c9350820324e8defbeb9541a7ffe0',NULL,NULL,NULL,1,'2026-11-25T23:12:23.467720+00:00','2026-11-25T23:12:23.475973+00:00','2026-11-25T23:12:23.586125+00:00','{"brief": {"prompt": "a lighthouse at dusk"}, "seed": 12, "version": "starter"}');
INSERT INTO "takes" VALUES(3,1,13,'starter','starter','failed','out of memory',0.0,'shot',NULL,NULL,NULL,NULL,NULL,NULL,1,'2026-11-25T23:12:23.590813+00:00','2026-11-25T23:12:23.594630+00:00','2026-11-25T23:12:23.597486+00:00',NULL);
INSERT INTO "takes" VALUES(4,2,14,NULL,'starter','done',NULL,1.0,'shot','580d9f1688bb251823b05bd8ac06818e27ed564e7b54276f16e1a351630a4672',NULL,'580d9f1688bb251823b05bd8ac06818e27ed564e7b54276f16e1a351630a4672',NULL,NULL,NULL,1,'2026-11-25T23:12:23.601198+00:00','2026-11-25T23:12:23.754723+00:00','2026-11-25T23:12:23.786482+00:00','{"brief": {"prompt": "a lighthouse at dusk"}, "seed": 14, "version": "starter"}');
INSERT INTO "takes" VALUES(5,1,1876016012,'v0001','v0001','done',NULL,1.0,'trial','bce9adde7995aea032b2fbec6e1ac4f434db95e60513dcdc551e0a0c08154ae5',NULL,'bce9adde7995aea032b2fbec6e1ac4f434db95e60513dcdc551e0a0c08154ae5',NULL,NULL,NULL,1,'2026-11-25T23:12:23.743633+00:00','2026-11-25T23:12:23.798324+00:00','2026-11-25T23:12:23.838427+00:00','{"brief": {"prompt": "a lighthouse at dusk"}, "seed": 1876016012, "version": "v0001"}');
INSERT INTO "takes" VALUES(6,1,450495049,'starter','starter','done',NULL,1.0,'trial','db457015719466a49a63586a9d32070d76f2228dcea3ec6ca86f790972796388',NULL,'db457015719466a49a63586a9d32070d76f2228dcea3ec6ca86f790972796388',NULL,NULL,NULL,1,'2026-11-25T23:12:23.743948+00:00','2026-11-25T23:12:23.851257+00:00','2026-11-25T23:12:23.884149+00:00','{"brief": {"prompt": "a lighthouse at dusk"}, "seed": 450495049, "version": "starter"}');
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    label TEXT NOT NULL, created TEXT NOT NULL, ended TEXT);
INSERT INTO "tokens" VALUES(1,'fbf3d88667b60afd8f077357c0d9a80b37ffe1e0e9ca620a5381abd150a3b689',1,'editing script','2026-11-25T23:12:23.417776+00:00',NULL);
CREATE TABLE trial_pairs (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id), brief INTEGER NOT NULL REFERENCES briefs(id),
    candidate_take INTEGER NOT NULL REFERENCES takes(id), baseline_take INTEGER NOT NULL REFERENCES takes(id));
INSERT INTO "trial_pairs" VALUES(1,1,1,5,6);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, candidate TEXT NOT NULL REFERENCES versions(name), baseline TEXT NOT NULL REFERENCES versions(name),
    state TEXT NOT NULL CHECK (state IN ('open','closed')), created TEXT NOT NULL, closed TEXT, reason TEXT);
INSERT INTO "trials" VALUES(1,'v0001','starter','closed','2026-11-25T23:12:23.742995+00:00','2026-11-25T23:12:23.898758+00:00','seen enough');
CREATE TABLE versions (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, adapters TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('candidate','production','retired','rejected')), run INTEGER, created TEXT NOT NULL);
INSERT INTO "versions" VALUES('starter','starter','[]','production',NULL,'2026-11-25T23:12:23.353331+00:00');
INSERT INTO "versions" VALUES('v0001','starter','[{"folder": "models/v0001", "sha256": "abababababababababababababababababababababababababababababababab", "weight": 0.75}]','candidate',1,'2026-11-25T23:12:23.701067+00:00');
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
