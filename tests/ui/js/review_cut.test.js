// The cut around a take of a pair: what plays for how long, and which keys are its own.
import assert from "node:assert/strict";
import test from "node:test";

import "./browser.js";
import { cutActionOf, itemsOf, nextHold } from "../../../ui/static/review/cut.js";
import { DEFAULTS, withKey } from "../../../ui/static/review/keyboard.js";

const still = (take) => ({ take, kind: "still", frames: 1, fps: 24 });
const clip = (take) => ({ take, kind: "clip", frames: 48, fps: 24 });
const select = (shot, side, frame_in, frame_out, seconds) => ({ shot, side, frame_in, frame_out, seconds });

test("the take plays between its neighbours, and stills without a length as long as is set", () => {
  const around = { before: select("S_010", clip(7), 12, 35, 1), after: select("S_030", still(8), 0, 0, 1) };
  const items = itemsOf(around, { ...still(1), picture: "on the stage", state: "ready" }, "left", 4);
  assert.deepEqual(items.map(({ where, seconds, frame_in }) => [where, seconds, frame_in]), [["Before it: S_010", 1, 12], ["The left take", 4, 0], ["After it: S_030", 4, 0]]);
  assert.equal(items[1].side.picture, undefined, "the one on the stage stays there");
  assert.deepEqual(items.map(({ isOwn }) => Boolean(isOwn)), [false, true, false]);
});

test("a still that somebody gave a length has it, and a clip plays whole", () => {
  const items = itemsOf({ before: null, after: select("S_030", still(8), 0, 11, 0.5) }, clip(2), "right", 4);
  assert.deepEqual(items.map(({ where, seconds, frame_out }) => [where, seconds, frame_out]), [["The right take", 2, 47], ["After it: S_030", 0.5, 11]]);
});

test("stills are held for longer and shorter, within bounds", () => {
  assert.deepEqual([nextHold(2, 1), nextHold(2, -1), nextHold(8, 1), nextHold(0.5, -1)], [4, 1, 8, 0.5]);
});

test("keys of the cut go by the person's own map, and a verdict is the page's", () => {
  const press = (key, keys = DEFAULTS) => cutActionOf({ key, code: "" }, keys);
  assert.deepEqual(["Escape", "c", "ArrowLeft", "ArrowRight", " ", ",", ".", "[", "]"].map((key) => press(key)),
    ["close", "other", "left", "right", "toggle", "before", "next", "longer", "shorter"]);
  assert.deepEqual(["1", "s", "n", "Tab"].map((key) => press(key)), [null, null, null, null]);
  assert.equal(press("v", withKey(DEFAULTS, "cut", "V")), "other");
});
