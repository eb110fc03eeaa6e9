// The menu of pages for which the header has no room.
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeBelow } from "../../../ui/static/more_pages.js";

test("the menu begins below its button and stays in the window", () => {
  assert.deepEqual(placeBelow({ left: 300, bottom: 44 }, 150, 1024), { left: 300, top: 44 });
  assert.deepEqual(placeBelow({ left: 960, bottom: 44 }, 150, 1024), { left: 866, top: 44 });
  assert.deepEqual(placeBelow({ left: 2, bottom: 80 }, 400, 390), { left: 8, top: 80 });
});
