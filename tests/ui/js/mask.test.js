// Masks: marks that are undone, done again and cleared, and regions of notes as marks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Marks, isRing, marksOf, paintMark } from "../../../ui/static/mask/marks.js";
import { takesMask } from "../../../ui/static/briefs/source.js";

const stroke = (more = {}) => ({ points: [[0.1, 0.1], [0.2, 0.2]], size: 0.1, ...more });

test("marks are undone and done again, and clearing is one of them", () => {
  const marks = new Marks();
  assert.equal(marks.undo(), false);
  marks.clear();
  assert.equal(marks.list.length, 0, "nothing to clear");
  marks.add(stroke());
  marks.add(stroke());
  marks.clear();
  assert.equal(marks.isEmpty, true);
  assert.equal(marks.undo(), true);
  assert.equal(marks.shown.length, 2);
  assert.equal(marks.redo(), true);
  assert.equal(marks.isEmpty, true);
  marks.undo();
  marks.add(stroke());
  assert.equal(marks.redo(), false, "what was undone is gone once something else is painted");
});

test("an eraser alone paints nothing", () => {
  assert.equal(new Marks([stroke({ erase: true })]).isEmpty, true);
  assert.equal(new Marks([stroke(), stroke({ erase: true })]).isEmpty, false);
});

test("a line around something is a ring, one over it is not", () => {
  const circle = Array.from({ length: 40 }, (_, k) => [0.5 + 0.2 * Math.cos(k / 6.5), 0.5 + 0.2 * Math.sin(k / 6.5)]);
  assert.equal(isRing(circle), true);
  assert.equal(isRing([[0.1, 0.5], [0.3, 0.5], [0.5, 0.52], [0.9, 0.5]]), false);
  assert.equal(isRing([[0.5, 0.5], [0.501, 0.5], [0.5, 0.501], [0.5, 0.5]]), false, "a dot");
});

test("the region of a note becomes marks", () => {
  assert.deepEqual(marksOf(null), []);
  assert.deepEqual(marksOf({ x: 0.1, y: 0.2, w: 0.3, h: 0.4 })[0].box, [0.1, 0.2, 0.3, 0.4]);
  const [line] = marksOf({ x: 0, y: 0, w: 1, h: 1, strokes: [[[0.1, 0.5], [0.9, 0.5]]] });
  assert.equal(line.filled, false);
});

test("edges are soft, but while painting", () => {
  const passes = [];
  const context = { save() {}, restore() {}, beginPath() {}, rect() {}, moveTo() {}, lineTo() {}, fill() {}, stroke() { passes.push([this.globalAlpha, this.lineWidth]); } };
  paintMark(context, { box: [0.1, 0.1, 0.2, 0.2], grow: 0.01 }, { width: 1000, height: 500 });
  assert.ok(passes.length > 2 && passes[0][0] > 0.5 && passes.at(-1)[0] === 1, "the outermost is above the middle of grey: it is drawn");
  assert.ok(passes[0][1] > passes.at(-1)[1]);
  passes.length = 0;
  paintMark(context, stroke(), { width: 1000, height: 500 }, true);
  assert.deepEqual(passes, [[1, 100]]);
});

test("parts of stills and of clips can be masked, and a first frame cannot", () => {
  assert.equal(takesMask(["inpaint"], "still", { frames: 1 }), true);
  assert.equal(takesMask(["inpaint"], "clip", { frames: null }), false);
  assert.equal(takesMask(["inpaint_clip"], "clip", { frames: null }), true);
  assert.equal(takesMask(["inpaint_clip"], "clip", { frames: 1 }), false);
  assert.equal(takesMask(["inpaint"], "still", null), false);
});
