// What the page of a take says of it, and in which order notes are listed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cutInWords, madeOf, rewardInWords } from "../../../ui/static/take/facts.js";
import { passportInWords } from "../../../ui/static/take/passport.js";
import { findNote, framesOnBar, inOrder } from "../../../ui/static/take/threads.js";

const MADE = { prompt: "a boat", negative_prompt: "", kind: "still", width: 8, height: 6, frames: 1, fps: 24, steps: 3, guidance: 2, seed: null, version: null, author: "ana" };

test("what somebody may not know has no line", () => {
  const names = (made) => madeOf(made).map(([name]) => name);
  assert.deepEqual(names(MADE), ["Prompt", "Size", "Steps", "Guidance", "Brief by"]);
  assert.deepEqual(names({ ...MADE, seed: 0, version: "v0001", negative_prompt: "blur", kind: "clip" }),
    ["Prompt", "Not", "Size", "Length", "Steps", "Guidance", "Seed", "Version", "Brief by"]);
  assert.deepEqual(madeOf({ ...MADE, elsewhere: "ComfyUI, seed 3" }).at(-2), ["Made elsewhere", "ComfyUI, seed 3"]);
});

test("a place in the cut is told in the studio's frame numbers", () => {
  assert.equal(cutInWords({ frame_in: 2, frame_out: 6, position: 1, of: 1 }, "clip", 1001), "The pick · 1003–1007, 5 frames");
  assert.equal(cutInWords({ frame_in: 2, frame_out: 6, position: 3, of: 3 }, "clip", 0), "Alternate 2 of 3 selects · 2–6, 5 frames");
  assert.equal(cutInWords({ frame_in: 0, frame_out: 0, position: 1, of: 1 }, "still", 1001), "The pick · held 1 frame");
  assert.equal(cutInWords({ frame_in: 0, frame_out: 47, position: 1, of: 1 }, "still", 1001), "The pick · held 48 frames");
});

test("resolved threads come last and have no mark on the bar", () => {
  const threads = [{ id: 1, resolved: true, frames: [1, 1], replies: [{ id: 9 }] }, { id: 2, resolved: false, frames: [4, 5], replies: [] }, { id: 3, resolved: false, frames: null, replies: [] }];
  assert.deepEqual(inOrder(threads).map(({ id }) => id), [2, 3, 1]);
  assert.deepEqual(framesOnBar(threads), [[4, 5]]);
  assert.equal(findNote(threads, "9").id, 9);
});

test("a take's reward says how high it is in its shot, and by which model", () => {
  const reward = { reward: 1.24, place: 2, scored: 25, run: 7, accuracy: 0.81, created: "2026-11-26T02:10:00+00:00" };
  assert.equal(rewardInWords(reward), "1.2, the top 8 % of this shot, by the model of 2026-11-26 02:10 (run 7, right in 81 % of verdicts)");
  assert.equal(rewardInWords({ ...reward, scored: 6 }), "1.2, place 2 of 6 in this shot, by the model of 2026-11-26 02:10 (run 7, right in 81 % of verdicts)");
  assert.equal(rewardInWords({ ...reward, scored: 1, place: 1 }), "1.2 by the model of 2026-11-26 02:10 (run 7, right in 81 % of verdicts)");
  assert.equal(rewardInWords({ ...reward, reward: null, place: 0 }), "Not scored yet by the model of 2026-11-26 02:10 (run 7, right in 81 % of verdicts)");
});

test("a passport in one line", () => {
  const training = { permitted: true, against: [] };
  assert.equal(passportInWords({ complete: true, intended_use: { value: "final" }, training }), "complete · for final · may be trained on");
  assert.equal(passportInWords({ complete: false, intended_use: null, training: { permitted: false, against: ["x"] } }), "incomplete · temp or final not decided · may not be trained on");
});
