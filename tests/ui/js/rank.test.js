// The order given to several takes, and how they lie on the stage.
import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";
import { rankActionOf } from "../../../ui/static/rank/keys.js";
import { Order, columnsFor, ordinal } from "../../../ui/static/rank/order.js";

const picked = (count, ...numbers) => { const order = new Order(count); numbers.forEach((number) => order.pick(number)); return order; };

test("the last take's place is no question", () => {
  assert.equal(picked(4, 2, 0).isComplete, false);
  const order = picked(4, 2, 0, 3);
  assert.equal(order.isComplete, true);
  assert.deepEqual(order.result, { takes: [2, 0, 3, 1], rest: [] });
  assert.deepEqual(picked(2, 1).result, { takes: [1, 0], rest: [] });
});

test("takes that were not picked are below the others", () => {
  assert.deepEqual(picked(5, 3).result, { takes: [3], rest: [0, 1, 2, 4] });
});

test("a take is picked once, and one that is not there never", () => {
  const order = picked(3, 1);
  assert.equal(order.pick(1), false);
  assert.equal(order.pick(3), false);
  assert.deepEqual(order.picked, [1]);
});

test("a released take takes those behind it along", () => {
  const order = picked(9, 4, 8, 2, 0);
  assert.equal(order.release(8), true);
  assert.deepEqual(order.picked, [4]);
  assert.equal(order.release(7), false);
  assert.equal(order.release(), true);
  assert.equal(order.release(), false, "nothing is picked any more");
});

test("takes are shown as large as they can be", () => {
  const wide = 1440, tall = 700;
  assert.deepEqual([2, 3, 4, 6, 9].map((count) => columnsFor(count, wide, tall, 1)), [2, 3, 4, 3, 5]);
  assert.equal(columnsFor(2, 390, 700, 1), 1, "one above the other on a phone");
  assert.equal(columnsFor(4, 1440, 700, 16 / 9), 2);
  for (let count = 2; count <= 9; count++) assert.ok(columnsFor(count, wide, tall, 1) <= count);
});

test("ordinals", () => {
  assert.deepEqual([0, 1, 2, 3, 8].map(ordinal), ["1st", "2nd", "3rd", "4th", "9th"]);
});

const press = (key, code, more = {}) => rankActionOf({ key, code, ...more });

test("digits pick by their place on any keyboard, and on the number pad", () => {
  assert.deepEqual(press("&", "Digit1"), { pick: 0 });
  assert.deepEqual(press("9", "Numpad9"), { pick: 8 });
  assert.equal(press("0", "Digit0"), null);
  assert.equal(press("1", "Digit1", { ctrlKey: true }), null);
  assert.equal(press("1", "Digit1", { repeat: true }), null);
});

test("keys of the view and of clips are those of the review page; those of pairs do nothing", () => {
  assert.deepEqual(press("f", "KeyF"), { view: "actual" });
  assert.deepEqual(press("ф", "KeyA"), null, "two takes in one place are for pairs");
  assert.deepEqual(press(" ", "Space"), { play: "toggle" });
  assert.deepEqual(press("Enter", "Enter"), { act: "keep" });
  assert.deepEqual(press("Backspace", "Backspace"), { act: "release" });
  assert.deepEqual(press("я", "KeyZ"), { act: "undo" });
  assert.deepEqual(press("n", "KeyN"), null);
});
