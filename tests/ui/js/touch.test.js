// What fingers on the stage do.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Touch, maySwipe, pinched, swipedTo } from "../../../ui/static/review/stage/touch.js";
import { PLAIN } from "../../../ui/static/review/stage/view.js";

const BOX = { left: 0, top: 0, width: 400, height: 400 };
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("a swipe goes to a side when it is long and flat enough", () => {
  const to = (x, y, width = 300) => swipedTo({ x, y }, width);
  assert.deepEqual([to(80, 0), to(-80, 0), to(80, 40), to(-80, -48)], ["right", "left", "right", "left"]);
  assert.deepEqual([to(55, 0), to(0, 0), to(80, 60), to(0, -200), to(-56, 34)], ["", "", "", "", ""]);
  assert.deepEqual([to(100, 0, 900), to(150, 0, 900)], ["", "right"], "a wide stage takes a longer one");
});

test("what is near is panned, and the edge of a wipe moved", () => {
  assert.ok(maySwipe(PLAIN));
  assert.ok(maySwipe({ ...PLAIN, mode: "ab" }));
  assert.ok(!maySwipe({ ...PLAIN, zoom: 2 }));
  assert.ok(!maySwipe({ ...PLAIN, mode: "wipe" }));
});

test("two fingers bring nearer what is between them", () => {
  const near = pinched(PLAIN, [{ x: 150, y: 200 }, { x: 250, y: 200 }], [{ x: 100, y: 200 }, { x: 300, y: 200 }], BOX);
  assert.equal(near.zoom, 2);
  close(near.x, 0);
  assert.equal(pinched(near, [{ x: 100, y: 200 }, { x: 300, y: 200 }], [{ x: 150, y: 200 }, { x: 250, y: 200 }], BOX).zoom, 1);
  assert.equal(pinched(PLAIN, [{ x: 9, y: 9 }, { x: 9, y: 9 }], [{ x: 9, y: 9 }, { x: 10, y: 9 }], BOX).zoom, 1, "fingers that were in one place");
});

// A stage that hands on what happens to it.
function stageWith({ view = PLAIN, pairs = ["1-2"] } = {}) {
  const handlers = {}, verdicts = [], shown = [...pairs];
  const stage = { dataset: {}, clientWidth: 300, addEventListener: (kind, handler) => { handlers[kind] = handler; }, querySelector: () => null };
  new Touch(stage, { get: () => view, set: () => {}, shown: () => shown[0], swiped: (side) => { verdicts.push(`${shown[0]} ${side}`); shown.shift(); } });
  const target = { closest: () => null };
  const finger = (kind, pointerId, clientX, more = {}) => handlers[kind]({ pointerType: "touch", pointerId, clientX, clientY: 100, target, stopPropagation() {}, ...more });
  return { stage, finger, verdicts, shown };
}

test("one swipe gives one verdict", () => {
  const { stage, finger, verdicts } = stageWith({ pairs: ["1-2", "3-4"] });
  finger("pointerdown", 1, 100);
  finger("pointermove", 1, 200);
  assert.equal(stage.dataset.swipe, "right", "what would be chosen is shown");
  finger("pointermove", 1, 110);
  assert.equal(stage.dataset.swipe, "", "and no longer when the finger goes back");
  finger("pointermove", 1, 190);
  finger("pointerup", 1, 190);
  finger("pointerup", 1, 190);
  finger("pointermove", 1, 20);
  assert.deepEqual(verdicts, ["1-2 right"]);
  assert.ok(!("swipe" in stage.dataset));
});

test("what is no swipe gives none", () => {
  for (const steps of [
    [["pointerdown", 1, 100], ["pointerup", 1, 130]],
    [["pointerdown", 1, 100], ["pointermove", 1, 200], ["pointercancel", 1, 200], ["pointerup", 1, 200]],
    [["pointerdown", 1, 100], ["pointerdown", 2, 120], ["pointermove", 2, 300], ["pointerup", 2, 300], ["pointerup", 1, 250]],
    [["pointerdown", 1, 100, { pointerType: "mouse" }], ["pointerup", 1, 250, { pointerType: "mouse" }]],
    [["pointerdown", 1, 100, { target: { closest: (selector) => selector.includes("button") } }], ["pointerup", 1, 250]],
  ]) {
    const { finger, verdicts } = stageWith();
    for (const step of steps) finger(...step);
    assert.deepEqual(verdicts, []);
  }
  for (const given of [{ view: { ...PLAIN, zoom: 2 } }, { pairs: [""] }]) {
    const { finger, verdicts } = stageWith(given);
    finger("pointerdown", 1, 100);
    finger("pointerup", 1, 250);
    assert.deepEqual(verdicts, []);
  }
});

test("a pair that came while the finger was down is not judged by it", () => {
  const { finger, verdicts, shown } = stageWith({ pairs: ["1-2", "3-4"] });
  finger("pointerdown", 1, 100);
  shown.shift();
  finger("pointerup", 1, 250);
  assert.deepEqual(verdicts, []);
});
