// Where in the cut each select is, and what its in and out become.
import assert from "node:assert/strict";
import { test } from "node:test";

import { itemAt, lengthOf, playedOf, startsOf, withMark } from "../../../ui/static/selects/cut_times.js";
import { fileNameOf } from "../../../ui/static/selects/exports.js";
import { lengthInWords } from "../../../ui/static/selects/list.js";

const ITEMS = [{ seconds: 1 }, { seconds: 0.5 }, { seconds: 2 }];

test("a moment of the cut is in the item that began last", () => {
  assert.equal(lengthOf(ITEMS), 3.5);
  assert.deepEqual(startsOf(ITEMS), [0, 1, 1.5]);
  assert.deepEqual(itemAt(ITEMS, 0), { index: 0, offset: 0 });
  assert.deepEqual(itemAt(ITEMS, 1), { index: 1, offset: 0 });
  assert.deepEqual(itemAt(ITEMS, 1.25), { index: 1, offset: 0.25 });
  assert.deepEqual(itemAt(ITEMS, 99), { index: 2, offset: 2 });
  assert.deepEqual(itemAt([], 1), { index: 0, offset: 0 });
});

test("the pick of each shot is played, and shots without one are passed over", () => {
  const select = (take) => ({ side: { take } });
  const shots = [{ shot: "A", selects: [select(1), select(2)] }, { shot: "B", selects: [] }, { shot: "C", selects: [select(3)] }];
  const played = (chosen) => playedOf(shots, chosen).map(({ shot, side }) => [shot, side.take]);
  assert.deepEqual(played(null), [["A", 1], ["C", 3]]);
  assert.deepEqual(played(2), [["A", 2], ["C", 3]], "an alternate that is chosen is seen in its place");
});

test("in and out do not cross", () => {
  const range = { frame_in: 3, frame_out: 7 };
  assert.deepEqual(withMark(range, "in", 5), { frame_in: 5, frame_out: 7 });
  assert.deepEqual(withMark(range, "in", 9), { frame_in: 9, frame_out: 9 });
  assert.deepEqual(withMark(range, "out", 1), { frame_in: 1, frame_out: 1 });
});

test("lengths are told in the studio's frame numbers", () => {
  assert.equal(lengthInWords({ side: { kind: "clip" }, frame_in: 2, frame_out: 6 }, 1001), "1003–1007 · 5 frames");
  assert.equal(lengthInWords({ side: { kind: "still" }, frame_in: 0, frame_out: 0 }, 1001), "held 1 frame");
  assert.equal(lengthInWords({ side: { kind: "still" }, frame_in: 0, frame_out: 47 }, 1001), "held 48 frames");
});

test("a file has the name that the server gives it", () => {
  assert.equal(fileNameOf('attachment; filename="AGM_selects.otio"'), "AGM_selects.otio");
  assert.equal(fileNameOf(null), "selects");
});
