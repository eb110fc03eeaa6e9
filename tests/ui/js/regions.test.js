// Where on a picture the pointer is, what is drawn there, and on which frames a note is.
import assert from "node:assert/strict";
import { test } from "node:test";

import { describeFrames, framesOf, isOn, nextWhere } from "../../../ui/static/review/annotations/note_frames.js";
import { boxBetween, contentOf, pathOf, pointAt, toSend, withPoint } from "../../../ui/static/review/annotations/regions.js";
import { ownNotes, pendingNotes } from "../../../ui/static/review/annotations/notes.js";

const RECT = { left: 100, top: 50, width: 400, height: 400 };
const WIDE = { width: 200, height: 100 };   // 400 x 200 of the rectangle, from 150 down

test("a point is counted from the corner of the picture, not of its box", () => {
  assert.deepEqual(contentOf(RECT, WIDE), { left: 100, top: 150, width: 400, height: 200 });
  assert.deepEqual(pointAt({ clientX: 100, clientY: 150 }, RECT, WIDE), [0, 0]);
  assert.deepEqual(pointAt({ clientX: 400, clientY: 300 }, RECT, WIDE), [0.75, 0.75]);
  assert.deepEqual(pointAt({ clientX: 0, clientY: 900 }, RECT, WIDE), [0, 1], "outside is the edge");
});

test("in a mirrored picture it is the same point of the take", () => {
  assert.deepEqual(pointAt({ clientX: 400, clientY: 300 }, RECT, WIDE, { flop: true }), [0.25, 0.75]);
  assert.deepEqual(pointAt({ clientX: 400, clientY: 300 }, RECT, WIDE, { flip: true }), [0.75, 0.25]);
});

test("a box is the same from each corner, and a click is none", () => {
  for (const [a, b] of [[[0.1, 0.2], [0.5, 0.8]], [[0.5, 0.8], [0.1, 0.2]], [[0.5, 0.2], [0.1, 0.8]]]) {
    assert.deepEqual(boxBetween(a, b), { x: 0.1, y: 0.2, w: 0.4, h: 0.6 });
  }
  assert.equal(boxBetween([0.5, 0.5], [0.501, 0.5]), null);
});

test("a stroke leaves out points that say nothing new, and ends somewhere", () => {
  assert.deepEqual(withPoint([[0, 0]], [0.001, 0.001]), [[0, 0]]);
  assert.deepEqual(withPoint([[0, 0]], [0.1, 0]), [[0, 0], [0.1, 0]]);
  let stroke = [];
  for (let k = 0; k < 5000; k += 1) stroke = withPoint(stroke, [(k % 2) * 0.5, k / 5000]);
  assert.equal(stroke.length, 600);
});

test("regions are drawn in pixels of the picture and sent without the box around strokes", () => {
  assert.equal(pathOf({ x: 0, y: 0, w: 0.5, h: 1 }, WIDE), "M0 0L100 0L100 100L0 100Z");
  const strokes = [[[0, 0], [1, 1]], [[0.5, 0.5]]];
  assert.equal(pathOf({ strokes }, WIDE), "M0 0L200 100M100 50L100 50");
  assert.deepEqual(toSend({ x: 0, y: 0, w: 1, h: 1, strokes }), { strokes });
  assert.equal(toSend(null), undefined);
});

test("a note is on a frame, on in to out, or on the take", () => {
  const transport = { frame: 4, range: { from: 2, to: 9 } };
  assert.deepEqual(["frame", "range", "take"].map((where) => framesOf(where, transport)), [[4, 4], [2, 9], undefined]);
  assert.deepEqual([nextWhere("frame"), nextWhere("range"), nextWhere("take")], ["range", "take", "frame"]);
  assert.deepEqual([[4, 4], [2, 9], null].map((frames) => describeFrames(frames, 1001)), ["frame 1005", "frames 1003–1010", "whole take"]);
  assert.deepEqual([0, 2, 9, 10].map((frame) => isOn([2, 9], frame)), [false, true, true, false]);
  assert.ok(isOn(null, 3));
});

test("one's own notes are found in all threads, and those that wait in the outbox", () => {
  const note = (id, mine, more = {}) => ({ id, mine, taken_back: false, ...more });
  const threads = [{ ...note(1, false), replies: [note(2, true)] }, { ...note(3, true, { taken_back: true }), replies: [] }];
  assert.deepEqual(ownNotes(threads).map(({ id }) => id), [2]);
  const waiting = [{ path: "/api/notes", body: { take: 7 } }, { path: "/api/tags", body: { take: 7 } }, { path: "/api/notes", body: { take: 8 } }];
  assert.equal(pendingNotes(waiting, 7).length, 1);
});
