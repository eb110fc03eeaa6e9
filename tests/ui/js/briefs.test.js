// The Briefs page: what the form sends, what is said of the queue, and drafts of older pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, toShow, valuesOfBrief } from "../../../ui/static/briefs/form.js";
import { doneWords, lengthWords, placeWords, shapeWords, shareOf, timeWords, totalWords, useWords } from "../../../ui/static/briefs/words.js";
import { Draft, fillIn, valuesOf } from "../../../ui/static/drafts.js";

const take = (state, progress = 0) => ({ state, progress });

test("what is empty is left to the server, and a still has no frames", () => {
  const values = { place: "A/S", prompt: "a boat", kind: "still", width: "256", frames: "17", seed: " " };
  assert.deepEqual(bodyOf(values), { place: "A/S", prompt: "a boat", kind: "still", width: "256" });
  assert.deepEqual(bodyOf({ ...values, kind: "clip" }).frames, "17");
});

test("a duplicate says what it came from, and an edit what it takes the place of", () => {
  assert.deepEqual(bodyOf({ prompt: "a" }, { brief: 7, replaces: false }), { prompt: "a", based_on: 7 });
  assert.deepEqual(bodyOf({ prompt: "a" }, { brief: 7, replaces: true }), { prompt: "a", based_on: 7, replaces: true });
});

test("a brief of the list fills the form, without its seed", () => {
  const brief = { project: "A", shot: "S_010", prompt: "夜の海", negative_prompt: "", kind: "clip", width: 256, height: 448, frames: 17, steps: 16, guidance: 2.5, guidance_2: null, takes: [take("done")] };
  const values = valuesOfBrief(brief);
  assert.equal(values.place, "A/S_010");
  assert.equal(values.prompt, "夜の海");
  assert.deepEqual([values.width, values.height, values.frames, values.guidance, values.guidance_2, values.takes, values.seed], ["256", "448", "17", "2.5", "", "1", ""]);
});

test("what is missing is told when the brief is queued", () => {
  const problems = [{ field: "prompt", missing: true }, { field: "size", missing: false }];
  assert.deepEqual(toShow(problems, false).map(({ field }) => field), ["size"]);
  assert.deepEqual(toShow(problems, true), problems);
});

test("sizes in words", () => {
  assert.equal(shapeWords({ kind: "still", width: 256, height: 448, frames: 1 }), "still, 256x448");
  assert.equal(shapeWords({ kind: "clip", width: 256, height: 448, frames: 17 }), "clip, 256x448, 17 frames");
  assert.equal(useWords({ kind: "still", width: 256, height: 448, frames: 1 }), "Use 256x448");
  assert.equal(useWords({ kind: "clip", width: 256, height: 448, frames: 17 }), "Use 256x448, 17 frames");
  assert.equal(lengthWords({ tokens: 12, most: 40 }), "12 of 40 tokens");
});

test("the place in the queue", () => {
  assert.equal(placeWords({ before: null, takes: [take("done")] }), "");
  assert.equal(placeWords({ before: 0, takes: [take("queued")] }), "next to be drawn");
  assert.equal(placeWords({ before: 0, takes: [take("leased"), take("queued")] }), "being drawn");
  assert.equal(placeWords({ before: 0, takes: [take("leased")] }), "being drawn");
  assert.equal(placeWords({ before: 1, takes: [take("queued")] }), "1 take before it");
  assert.equal(placeWords({ before: 1200, takes: [take("queued")] }), "1,200 takes before it");
});

test("the time that is left, where it is known", () => {
  assert.equal(timeWords(null), "");
  assert.equal(timeWords(35), "about 35 s left");
  assert.equal(timeWords(150), "about 3 min left");
  assert.equal(timeWords(3600), "about 1 h left");
  assert.equal(timeWords(5400), "about 1 h 30 min left");
});

test("how far a brief is", () => {
  const brief = { takes: [take("done"), take("failed"), take("leased", 0.5), take("queued")], cancelled: 0 };
  assert.equal(shareOf(brief), 0.625);
  assert.equal(doneWords(brief), "2 of 4");
  assert.equal(doneWords({ takes: [], cancelled: 3 }), "0 of 0, 3 cancelled");
  assert.equal(shareOf({ takes: [] }), 0);
  assert.equal(totalWords({ waiting: 1, done: 30, failed: 0 }), "1 take to go, 30 done, 0 failed");
  assert.equal(totalWords({ waiting: 0, done: 30, failed: 0 }), "Nothing waits to be drawn.");
});

const formOf = (fields) => {
  const elements = Object.entries(fields).map(([name, value]) => ({ name, value, type: name === "file" ? "file" : "text" }));
  elements.forEach((field) => { elements[field.name] = field; });
  return { elements, addEventListener() {} };
};

test("a draft has what is filled in, and those of older pages are taken over", () => {
  const form = formOf({ prompt: "a boat", negative_prompt: " ", file: "C:\\fake" });
  assert.deepEqual(valuesOf(form), { prompt: "a boat" });
  const kept = {}, store = { read: (name, otherwise) => kept[name] ?? otherwise, write: (name, value) => { kept[name] = value; } };
  const draft = new Draft(form, store, "brief");
  draft.keep({ based_on: "7" });
  assert.deepEqual(draft.read(), { prompt: "a boat", based_on: "7" });
  fillIn(form, { Prompt: "of before", "Negative prompt": "hands", unknown: "x", file: "y" });
  assert.deepEqual([form.elements.prompt.value, form.elements.negative_prompt.value, form.elements.file.value], ["of before", "hands", "C:\\fake"]);
  fillIn(form, { prompt: "", negative_prompt: "", file: "" });
  draft.keep();
  assert.equal(kept.brief, null);
});
