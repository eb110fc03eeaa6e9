// Which key does what, and which keys are not the page's.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ACTIONS, DEFAULTS, actionOf, actionOfButton, nameOf, usableKeys, withKey } from "../../../ui/static/review/keyboard.js";

const press = (key, more = {}, keys = DEFAULTS) => actionOf({ key, code: "", ...more }, keys);

test("one key each", () => {
  const expected = {
    1: { verdict: "left" }, 2: { verdict: "right" }, 0: { verdict: "tie" }, 9: { verdict: "both_bad" },
    s: { verdict: "skip" }, S: { verdict: "skip" }, z: { act: "undo" }, n: { act: "note" }, t: { act: "tags" },
    r: { act: "load" }, ArrowLeft: { choose: "left" }, ArrowRight: { choose: "right" }, " ": { play: "toggle" },
    "?": { act: "keys" }, "+": { moreStars: 1 }, "-": { moreStars: -1 },
  };
  for (const [key, action] of Object.entries(expected)) assert.deepEqual(press(key), action, key);
  assert.equal(new Set(Object.values(DEFAULTS)).size, Object.keys(ACTIONS).length);
});

// What the keys of a place write on keyboards of the world: [code, key, shiftKey] and what they do.
const KEYBOARDS = {
  "AZERTY": [["Digit1", "&", false, "left"], ["Digit2", "é", false, "right"], ["Digit0", "à", false, "tie"],
    ["Digit9", "ç", false, "both_bad"], ["Digit1", "1", true, "left"], ["Digit2", "2", true, "right"],
    ["KeyW", "z", false, "undo"], ["KeyS", "s", false, "skip"], ["Comma", "?", true, "keys"]],
  "QWERTZ": [["Digit1", "1", false, "left"], ["KeyY", "z", false, "undo"], ["KeyN", "n", false, "note"]],
  "Dvorak": [["Digit2", "2", false, "right"], ["Semicolon", "s", false, "skip"], ["KeyL", "n", false, "note"],
    ["KeyK", "t", false, "tags"], ["Slash", "z", false, "undo"]],
  "Russian": [["Digit1", "1", false, "left"], ["KeyS", "ы", false, "skip"], ["KeyZ", "я", false, "undo"],
    ["KeyN", "т", false, "note"], ["KeyT", "е", false, "tags"], ["Digit7", "?", true, "keys"]],
  "Greek": [["KeyS", "σ", false, "skip"], ["KeyZ", "ζ", false, "undo"]],
  "Arabic": [["Digit1", "١", false, "left"], ["Digit9", "٩", false, "both_bad"], ["KeyN", "ى", false, "note"]],
  "Korean": [["KeyS", "ㄴ", false, "skip"], ["KeyT", "ㅅ", false, "tags"]],
  "Czech": [["Digit1", "+", false, "left"], ["Digit2", "ě", false, "right"], ["Digit1", "1", true, "left"]],
  "number pad": [["Numpad1", "1", false, "left"], ["Numpad2", "2", false, "right"], ["Numpad0", "0", false, "tie"],
    ["NumpadAdd", "+", false, "moreStars"], ["NumpadSubtract", "-", false, "fewerStars"]],
};

for (const [name, presses] of Object.entries(KEYBOARDS)) {
  test(`every action has its key: ${name}`, () => {
    for (const [code, key, shiftKey, action] of presses) {
      assert.deepEqual(press(key, { code, shiftKey }), ACTIONS[action].does, `${code} writes ${key}`);
    }
  });
}

test("Shift and a digit give stars, by the place of the key, where Shift does not write the digit", () => {
  assert.deepEqual(press("$", { shiftKey: true, code: "Digit4" }), { stars: 4 });
  assert.deepEqual(press("!", { shiftKey: true, code: "Digit1" }), { stars: 1 });
  assert.deepEqual(press("§", { shiftKey: true, code: "Digit3" }), { stars: 3 });
  assert.equal(press("^", { shiftKey: true, code: "Digit6" }), null);
});

test("Shift and an arrow move what is near", () => {
  assert.deepEqual(press("ArrowUp", { shiftKey: true }), { move: { x: 0, y: -1 } });
  assert.deepEqual(press("ArrowLeft", { shiftKey: true }), { move: { x: -1, y: 0 } });
});

test("no other key does anything", () => {
  for (const key of ["3", "v", "Enter", "Escape", "constructor", "toString", "Dead", "Shift", "Process", "é"]) {
    assert.equal(press(key), null, key);
  }
});

test("a key can be changed, and swaps with the action that has it", () => {
  const keys = withKey(DEFAULTS, "left", "V");
  assert.deepEqual(press("v", {}, keys), { verdict: "left" });
  assert.equal(press("1", {}, keys), null);
  const swapped = withKey(DEFAULTS, "left", "2");
  assert.deepEqual([press("2", {}, swapped), press("1", {}, swapped)], [{ verdict: "left" }, { verdict: "right" }]);
  assert.deepEqual(usableKeys(swapped), swapped);
});

test("a map that is damaged or old is the usual one", () => {
  const usual = { ...DEFAULTS };
  for (const kept of [null, {}, { left: "" }, { left: 7 }, { nothing: "U" }, { left: "2" }, "x", []]) {
    assert.deepEqual(usableKeys(kept), usual, JSON.stringify(kept));
  }
  assert.equal(usableKeys({ left: "U" }).left, "U");
});

test("key caps say what a key is", () => {
  const shown = [["Numpad7", "7"], ["KeyA", "ф", "A"], ["ArrowUp", "ArrowUp", "↑"], ["Enter", "Enter"], ["F4", "F4"], ["ShiftLeft", "Shift", ""]];
  for (const [code, key, name = key] of shown) assert.equal(nameOf({ code, key }), name);
});

test("a held key goes through frames, and does nothing else", () => {
  assert.deepEqual(press(".", { repeat: true }), { play: "next" });
  assert.deepEqual(press(",", { repeat: true }), { play: "before" });
  assert.equal(press("l", { repeat: true }), null);
});

test("held keys and keys with modifiers are left alone", () => {
  for (const name of ["repeat", "ctrlKey", "metaKey", "altKey", "isComposing"]) {
    assert.equal(press("1", { [name]: true }), null, name);
  }
});

test("arrows on a slider are its own, and digits are not", () => {
  const target = { closest: (selector) => (selector.split(", ").includes("input[type=range]") ? {} : null) };
  assert.equal(press("ArrowLeft", { target }), null);
  assert.deepEqual(press("1", { target }), { verdict: "left" });
});

test("Space and Enter on a button press it", () => {
  const target = { closest: (selector) => (selector.includes("button") ? {} : null) };
  assert.equal(press(" ", { target }), null);
  assert.deepEqual(press("1", { target }), { verdict: "left" });
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
