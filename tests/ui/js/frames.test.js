// Frames by number: in time, in words, in a range.
import assert from "node:assert/strict";
import { test } from "node:test";

import { backwards, faster, frameAt, playedRange, scaled, stepped, timeOf, timecode } from "../../../ui/static/review/stage/frames.js";

const RATES = [24, 25, 30, 48, 60, 24000 / 1001, 30000 / 1001];

test("a frame's time is in that frame, at every rate", () => {
  for (const fps of RATES) {
    for (const frame of [0, 1, 2, 99, 1000, 86399]) {
      assert.equal(frameAt(timeOf(frame, fps), fps), frame);
      assert.equal(frameAt(frame / fps, fps), frame, "where it begins, too");
    }
  }
});

test("timecode counts whole frames a second", () => {
  assert.equal(timecode(90, 24), "00:00:03:18");
  assert.equal(timecode(90, 24000 / 1001), "00:00:03:18");
  assert.equal(timecode(25 * 3661 + 7, 25), "01:01:01:07");
  assert.equal(timecode(0, 30000 / 1001), "00:00:00:00");
});

test("marks make a range, and swap when they cross", () => {
  assert.deepEqual(playedRange({ markIn: null, markOut: null, frames: 9 }), { from: 0, to: 8 });
  assert.deepEqual(playedRange({ markIn: 3, markOut: null, frames: 9 }), { from: 3, to: 8 });
  assert.deepEqual(playedRange({ markIn: 6, markOut: 2, frames: 9 }), { from: 2, to: 6 });
});

test("stepping goes round in the range", () => {
  const range = { from: 3, to: 6 };
  assert.deepEqual([3, 4, 5, 6].map((frame) => stepped(frame, 1, range)), [4, 5, 6, 3]);
  assert.deepEqual([3, 4, 5, 6].map((frame) => stepped(frame, -1, range)), [6, 3, 4, 5]);
  assert.equal(stepped(0, -1, { from: 0, to: 0 }), 0);
});

test("L and J go faster each time, up to four times", () => {
  const presses = (press, start) => [1, 2, 3, 4].reduce((rates) => [...rates, press(rates.at(-1))], [start]).slice(1);
  assert.deepEqual(presses(faster, 0), [1, 2, 4, 4]);
  assert.deepEqual(presses(backwards, 1), [-1, -2, -4, -4]);
  assert.equal(faster(-2), 1);
});

test("the rate is halved and doubled either way, within a quarter and four", () => {
  assert.deepEqual([1, 0.5, 0.25].map((rate) => scaled(rate, 0.5)), [0.5, 0.25, 0.25]);
  assert.deepEqual([1, 2, 4].map((rate) => scaled(rate, 2)), [2, 4, 4]);
  assert.equal(scaled(-1, 0.5), -0.5);
  assert.equal(scaled(0, 0.5), 0.5, "from standing still, forward");
});
