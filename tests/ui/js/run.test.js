// The newest run in words and curves.
import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";
import { leftWords, lineOf, nightWords, runWords, shownCurves } from "../../../ui/static/models/run.js";

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

test("a curve fills its picture, and one point is in its middle", () => {
  assert.equal(lineOf([[0, 1], [10, 0], [20, 0.5]]), "4.0,4.0 150.0,76.0 296.0,40.0");
  assert.equal(lineOf([[5, 0.3]]), "150.0,40.0");
});

test("curves come in one order, and those of parts of the loss do not", () => {
  const curves = ["guidance", "heldout_loss", "loss"].map((name) => ({ name, points: [[1, 1]] }));
  assert.deepEqual(shownCurves({ curves }).map(({ name }) => name), ["loss", "heldout_loss"]);
});
