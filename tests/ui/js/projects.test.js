// The Projects page: what fields show, and what is sent of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf, rateText, RATES, shotsWords, textOf } from "../../../ui/static/projects/fields.js";

const shot = { title: "灯台", sequence: "AGM", position: null, fps_num: 24000, fps_den: 1001 };

test("rates are exact", () => {
  assert.equal(rateText(shot), "24000/1001");
  assert.equal(rateText({ fps_num: 25, fps_den: 1 }), "25");
  assert.ok(RATES.includes("30000/1001"));
});

test("a field that was left as it was is not sent", () => {
  assert.equal(changeOf(shot, "title", " 灯台 "), null);
  assert.equal(changeOf(shot, "position", ""), null);
  assert.equal(changeOf(shot, "fps", "24000/1001"), null);
  assert.deepEqual(changeOf(shot, "fps", "25"), { fps: "25" });
  assert.deepEqual(changeOf(shot, "position", " 3"), { position: "3" });
  assert.deepEqual(changeOf(shot, "sequence", ""), { sequence: "" });
  assert.equal(textOf({ ...shot, position: 3 }, "position"), "3");
});

test("how many shots", () => {
  assert.equal(shotsWords(1), "1 shot");
  assert.equal(shotsWords(0), "0 shots");
});
