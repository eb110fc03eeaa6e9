// What the demo's guide says at each step, and what there is to press.
import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";
import { STEPS, describeNight, describeStep, placeOf } from "../../../ui/static/guide/steps.js";

const IDLE = { running: false, stopping: false, part: "starting", share: 0, started: null, ended: null };
const RUNNING = { ...IDLE, running: true, started: "2026-11-26T20:00:00Z" };
const guide = (step, rest = {}) => ({ step, decided: 12, enough: 30, version: "v0001", trial_pairs: 24, trial_left: 6, trial_judged: 24, trial_won: 13, baseline: "starter", proven: false, night: IDLE, ...rest });

test("each step has its place, and the end is behind them all", () => {
  assert.deepEqual(STEPS.map(([name]) => placeOf(name)), [0, 1, 2, 3, 4]);
  assert.equal(placeOf("done"), 5);
});

test("judging says how many are left to go", () => {
  const { text, share, action } = describeStep(guide("judge"));
  assert.match(text, /12 of 30/);
  assert.equal(share, 12 / 30);
  assert.equal(action.href, "/");
});

test("a night is offered, followed, stopped and gone on with", () => {
  assert.equal(describeStep(guide("tune")).action, "tune");
  assert.match(describeNight(IDLE, 1).text, /1 decided pair:/);
  assert.match(describeNight(IDLE, 31, "v0002").text, /v0002.*31 decided pairs/);
  const learning = describeNight({ ...RUNNING, part: "learning", share: 0.456 });
  assert.deepEqual([learning.share, learning.action], [0.456, "stop"]);
  assert.match(learning.text, /46 %/);
  assert.equal(describeNight({ ...RUNNING, stopping: true }).action, null);
  assert.equal(describeNight({ ...RUNNING, started: null }).action, null, "what cron started is not stopped here");
  const stopped = describeNight({ ...IDLE, share: 0.4, ended: { done: false, reason: "run 1 was interrupted" } });
  assert.match(stopped.text, /40 %/);
  assert.equal(stopped.action, "tune");
  assert.match(describeNight({ ...IDLE, ended: { done: false, reason: "judge at least 16 pairs" } }).text, /judge at least 16 pairs/);
});

test("a server without a worker says where to tune", () => {
  const { text, action } = describeStep(guide("tune", { night: null }));
  assert.match(text, /circletake nightly/);
  assert.equal(action, null);
});

test("a trial counts what is judged, and a result that is no proof is not called one", () => {
  assert.match(describeStep(guide("trial")).text, /18 of 24/);
  assert.match(describeStep(guide("promote", { proven: true, trial_won: 20 })).text, /won 20 of 24.*proven/);
  assert.match(describeStep(guide("promote")).text, /won 13 of 24.*no proof/);
  assert.equal(describeStep(guide("done")).action.href, "/briefs");
});
