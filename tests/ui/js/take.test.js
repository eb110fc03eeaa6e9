// What the page of a take says of it, and in which order notes are listed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cutInWords, madeOf, rewardInWords } from "../../../ui/static/take/facts.js";
import { basisInWords, facesInWords, pictureInWords, similarInWords, stateInWords } from "../../../ui/static/take/likeness.js";
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

const LIKE = { likeness: 0.999, mirrored: true, excluded: false, starts_from: false, item: 4, title: "Harbour", licence: "catalogue", picture: "/a", marked: true };

test("what a take is like is told with title, licence and what is known of it", () => {
  assert.equal(pictureInWords(LIKE), "99 % · library 4, Harbour · catalogue · mirrored");
  assert.equal(pictureInWords({ ...LIKE, mirrored: false, starts_from: true, excluded: true }), "99 % · library 4, Harbour · catalogue · it starts from this · excluded from the library");
  const take = { ...LIKE, item: null, title: null, licence: null, mirrored: false };
  assert.equal(pictureInWords(take), "99 % · a take of another shot");
  assert.equal(pictureInWords({ ...take, picture: null }), "99 % · a take of a project that you do not see");
});

test("whether it was compared, and what is too like it", () => {
  const state = (fields) => stateInWords({ state: "checked", problem: null, pictures: [], ...fields });
  assert.equal(state({ pictures: [LIKE] }), "Too like 1 picture. Look at both before it is used.");
  assert.equal(state({ pictures: [{ ...LIKE, marked: false }] }), "Nothing is too like it. Nearest are:");
  assert.equal(state({}), "Nothing is like it.");
  assert.equal(state({ state: "waiting" }), "Not compared yet.");
  assert.match(state({ state: "missing" }), /no OpenCV/);
  assert.match(state({ state: "blind" }), /once you have judged/);
  assert.equal(state({ problem: "it is gone" }), "Could not be compared: it is gone");
});

test("faces are counted against the people who allowed theirs", () => {
  const faces = [{}, {}];
  assert.equal(facesInWords({ faces: [], people_allowed: 0, faces_marked: false }), "");
  assert.equal(facesInWords({ faces, people_allowed: 1, faces_marked: true }), "2 faces, 1 person behind the take allowed their likeness: a consent is missing.");
  assert.equal(facesInWords({ faces: [{}], people_allowed: 1, faces_marked: false }), "1 face, 1 person behind the take allowed their likeness.");
});

test("from when on a picture is marked", () => {
  const basis = { threshold: 0.8251, set_by: 0, library: 6, checked: null };
  assert.equal(basisInWords(basis), "Marked from 82 % on: the library is too small to set its own.");
  assert.match(basisInWords({ ...basis, set_by: 400, checked: "2026-11-28T00:40:00+00:00" }), /^Marked from 82 % on, which 400 frames of the library set\. Compared 2026-11-2. .* with 6 frames/);
});

test("what an image encoder takes for similar is no copy", () => {
  const seen = { encoder: "dinov2", compared: true, threshold: 0.931, set_by: 400 };
  assert.equal(similarInWords({ ...seen, compared: false }), "Not yet read by the image encoder dinov2.");
  assert.match(similarInWords({ ...seen, threshold: null }), /dinov2 sees it; that makes no copy\. The library is too small to mark any\.$/);
  assert.equal(similarInWords({ ...seen, is_model: true, compared: false }), "Not yet read by the model dinov2.");
  assert.match(similarInWords({ ...seen, is_model: true }), /as the model dinov2 sees it; that makes no copy/);
  assert.match(similarInWords(seen), /Marked from 93 % on, which 400 frames of the library set\.$/);
});
