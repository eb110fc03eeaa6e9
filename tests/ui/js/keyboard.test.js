// Which key does what, and which keys are not the page's.
import assert from "node:assert/strict";
import { test } from "node:test";

import { actionOf, actionOfButton } from "../../../ui/static/review/keyboard.js";

const press = (key, more = {}) => actionOf({ key, code: "", ...more });

test("one key each", () => {
  const expected = {
    1: { verdict: "left" }, 2: { verdict: "right" }, 0: { verdict: "tie" }, 9: { verdict: "both_bad" },
    s: { verdict: "skip" }, S: { verdict: "skip" }, z: { act: "undo" }, n: { act: "note" }, t: { act: "tags" },
    r: { act: "load" }, ArrowLeft: { choose: "left" }, ArrowRight: { choose: "right" },
  };
  for (const [key, action] of Object.entries(expected)) assert.deepEqual(press(key), action, key);
});

test("Shift and a digit give stars, by the place of the key", () => {
  assert.deepEqual(press("$", { shiftKey: true, code: "Digit4" }), { stars: 4 });
  assert.equal(press("^", { shiftKey: true, code: "Digit6" }), null);
  assert.equal(press("1", { shiftKey: true, code: "KeyA" }), null);
});

test("no other key does anything", () => {
  for (const key of ["3", "a", "Enter", " ", "Escape", "constructor", "toString"]) assert.equal(press(key), null, key);
});

test("held keys and keys with modifiers are left alone", () => {
  for (const name of ["repeat", "ctrlKey", "metaKey", "altKey"]) assert.equal(press("1", { [name]: true }), null, name);
});

test("keys in a field are text", () => {
  const target = { closest: (selector) => (selector.includes("input") ? {} : null) };
  assert.equal(press("1", { target }), null);
  assert.deepEqual(press("1", { target: { closest: () => null } }), { verdict: "left" });
});

test("buttons say what they do", () => {
  assert.deepEqual(actionOfButton({ verdict: "tie" }), { verdict: "tie" });
  assert.deepEqual(actionOfButton({ star: "3" }), { stars: 3 });
  assert.deepEqual(actionOfButton({ act: "retry", value: "u1" }), { act: "retry", value: "u1" });
  assert.equal(actionOfButton({}), null);
});
