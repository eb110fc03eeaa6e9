// The newest run in words and curves.
import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";
import { axesOf, lineOf, tickWords, ticksAround } from "../../../ui/static/models/curve.js";
import { leftWords, nightWords, runWords, shownCurves } from "../../../ui/static/models/run.js";

const NIGHT = { process: 7, host: "render-7", started: "2026-11-27T02:00:41.1+00:00", stage: "tune", is_alive: true };
const RUN = { id: 3, state: "running", version: null, reason: null, gain: null, step: 40, steps: 200, seconds_left: 130, share: 0.4 };

test("a night says who spends it, since when and at which stage", () => {
  assert.equal(nightWords(null), "");
  assert.equal(nightWords(NIGHT), "A night goes on in process 7 on render-7 since 2026-11-27 02:00 UTC, at its stage: training.");
  assert.match(nightWords({ ...NIGHT, is_alive: false }), /was interrupted at its stage: training\. The next night goes on/);
});

test("a run says how far it is and how it ended", () => {
  assert.equal(runWords({ ...RUN, steps: 0 }), "Run 3 prepares.");
  assert.equal(runWords(RUN), "Run 3: step 40 of 200. 2 minutes of training are left.");
  assert.equal(runWords({ ...RUN, seconds_left: null }), "Run 3: step 40 of 200.");
  assert.equal(runWords({ ...RUN, state: "done", version: "v0003", gain: 1.234 }), "Run 3 made v0003. Takes gain 1.23 deviations of a brief's takes.");
  assert.equal(runWords({ ...RUN, state: "done", version: "v0003" }), "Run 3 made v0003.");
  assert.match(runWords({ ...RUN, state: "refused", reason: "Judge more." }), /refused: Judge more\./);
  assert.match(runWords({ ...RUN, state: "failed", reason: "no disk" }), /failed: no disk/);
});

test("time left is in the unit that people would use", () => {
  assert.equal(leftWords(1), "1 second of training is left.");
  assert.equal(leftWords(89), "89 seconds of training are left.");
  assert.equal(leftWords(5400), "1.5 hours of training are left.");
});

test("ticks are few round numbers around all that was measured", () => {
  const down = (low, high) => ticksAround(low, high, 4).values.map((each) => Number(each.toFixed(6)));
  assert.deepEqual(down(0.867, 0.967), [0.85, 0.9, 0.95, 1]);
  assert.deepEqual(down(0, 1), [0, 0.5, 1]);
  assert.deepEqual(down(-0.0003, 0.0004), [-0.0005, 0, 0.0005]);
  assert.deepEqual(down(120, 980), [0, 500, 1000]);
  for (const value of [0.3, 0, -2, 1e9]) {   // one value alone lies between two ticks
    const ticks = down(value, value);
    assert.ok(ticks[0] <= value && ticks.at(-1) >= value && ticks.length >= 2 && ticks.length <= 4, `${value}: ${ticks}`);
  }
});

test("a curve lies between its outermost ticks, from step 0 to the last", () => {
  const axes = axesOf([[10, 1], [20, 0], [40, 0.5]]);
  assert.deepEqual([axes.across.values, axes.down.values], [[0, 10, 20, 30, 40], [0, 0.5, 1]]);
  assert.equal(lineOf([[10, 1], [20, 0], [40, 0.5]], axes), "25.00,0.00 50.00,100.00 100.00,50.00");
  assert.deepEqual(axesOf([[1, 0.3]]).across.values, [0, 1], "no half of a step");
});

test("a tick has the digits that tell it from the next one, and shares are percents", () => {
  assert.deepEqual([tickWords(0.5, { step: 0.5 }), tickWords(0.85, { step: 0.05 }), tickWords(500, { step: 500 })], ["0.5", "0.85", "500"]);
  assert.deepEqual([tickWords(0.5, { step: 0.1 }, { percent: true }), tickWords(0.505, { step: 0.005 }, { percent: true })], ["50 %", "50.5 %"]);
});

test("curves come in one order, and those of parts of the loss do not", () => {
  const curves = ["guidance", "heldout_loss", "loss"].map((name) => ({ name, points: [[1, 1]] }));
  assert.deepEqual(shownCurves({ curves }).map(({ name }) => name), ["loss", "heldout_loss"]);
});
