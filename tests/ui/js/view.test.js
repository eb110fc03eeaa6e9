// How the takes are looked at: modes, nearness, light.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  MODES, PLAIN, describeView, withActualPixels, withMode, withNextGamma, withPan, withStops, withWipe, withZoom,
} from "../../../ui/static/review/stage/view.js";

const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("each mode has one key, and the same key again is side by side", () => {
  for (const mode of MODES.filter((each) => each !== "ab")) {
    assert.equal(withMode(PLAIN, mode).mode, mode);
    assert.equal(withMode(withMode(PLAIN, mode), mode).mode, "side");
  }
});

test("A/B shows one take in place, and then the other", () => {
  const first = withMode(PLAIN, "ab"), second = withMode(first, "ab"), third = withMode(second, "ab");
  assert.deepEqual([first, second, third].map((view) => view.front), ["left", "right", "left"]);
});

test("what is under the pointer stays there", () => {
  for (const at of [{ x: 0, y: 0 }, { x: 0.3, y: -0.2 }, { x: -0.5, y: 0.5 }]) {
    const start = withZoom(PLAIN, 2, at), nearer = withZoom(start, 1.7, at);
    // A point p of the picture is shown at x + zoom * p, in shares of the box.
    const under = (view) => ({ x: (at.x - view.x) / view.zoom, y: (at.y - view.y) / view.zoom });
    close(under(nearer).x, under(start).x);
    close(under(nearer).y, under(start).y);
  }
});

test("a picture never leaves its box", () => {
  const near = withZoom(PLAIN, 4);
  assert.deepEqual(withPan(near, { x: 9, y: -9 }), { ...near, x: 1.5, y: -1.5 });
  const whole = withZoom(withPan(near, { x: 9, y: 9 }), 0.01);
  assert.deepEqual([whole.zoom, whole.x, whole.y], [1, 0, 0]);
  assert.equal(withZoom(PLAIN, 1e9).zoom, 32);
});

test("one key between the whole picture and its pixels", () => {
  const near = withActualPixels(PLAIN, 3.2);
  assert.equal(near.zoom, 3.2);
  assert.equal(withActualPixels(near, 3.2).zoom, 1);
  const small = withActualPixels(PLAIN, 0.4);
  assert.deepEqual([small.zoom, withActualPixels(small, 0.4).zoom], [0.4, 1], "a take that is smaller than its box");
  assert.equal(withZoom(small, 0.5).zoom, 0.4, "the wheel goes no farther");
  assert.equal(withPan(small, { x: 1, y: 1 }).x, 0);
});

test("the edge of a wipe, light and gamma have ends", () => {
  assert.equal(withWipe(PLAIN, -5).wipe, 0);
  assert.equal(withStops(withStops(PLAIN, 99), 0.5).stops, 6);
  let view = PLAIN;
  for (let k = 0; k < 8; k += 1) view = withNextGamma(view);
  assert.equal(view.gamma, 1, "it comes round again");
});

test("the view is described in words", () => {
  assert.equal(describeView(PLAIN), "");
  assert.equal(describeView({ ...PLAIN, mode: "ab", front: "right", zoom: 2, flop: true, stops: -1.5, gamma: 2 }),
    "take 2 alone · 2.0x · mirrored · −1.5 stops · gamma 2");
});
