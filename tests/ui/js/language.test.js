// Texts of pages: placeholders, plural forms, numbers and days. Here the language is English; tests/browser/test_languages.py
// has another.
import assert from "node:assert/strict";
import { test } from "node:test";

import { count, day, decimals, language, minute, t, tn } from "../../../ui/static/language.js";

test("placeholders are filled, and one without a value is seen", () => {
  assert.equal(t("{name} is closed", { name: "{name} $&" }), "{name} $& is closed", "a value is no pattern");
  assert.equal(t("{a} and {b}", { a: 0 }), "0 and {b}");
  assert.equal(t("plain"), "plain");
});

test("a number has its form", () => {
  assert.deepEqual([0, 1, 2, 12345].map((number) => tn("{n} take", "{n} takes", number)), ["0 takes", "1 take", "2 takes", "12,345 takes"]);
  assert.equal(tn("{n} take in {shot}", "{n} takes in {shot}", 1, { shot: "S" }), "1 take in S");
});

test("numbers and days are written as the language writes them", () => {
  assert.equal(language, "en");
  assert.deepEqual([count(1234), decimals(0.5, 2), decimals(4, 1)], ["1,234", "0.50", "4.0"]);
  assert.deepEqual([day("2026-03-01T23:59:00+00:00"), minute("2026-03-01T23:59:00+00:00")], ["2026-03-01", "2026-03-01 23:59"]);
  assert.deepEqual([day(null), minute("")], ["", ""]);
});
