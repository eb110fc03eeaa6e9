// Days of moments are those of the studio, which the page names; a day is the same everywhere.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { querySelector: () => ({ content: "Asia/Tokyo" }) };
const { day, minute, timeZone } = await import("../../../ui/static/language.js");

test("a moment late in the day of UTC is of the next day in Tokyo", () => {
  assert.equal(timeZone, "Asia/Tokyo");
  assert.deepEqual([day("2026-11-30T15:30:00.123456+00:00"), minute("2026-11-30T15:30:00.123456+00:00")], ["2026-12-01", "2026-12-01 00:30"]);
  assert.equal(day("2026-11-30"), "2026-11-30");
});
