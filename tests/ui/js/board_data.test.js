import assert from "node:assert/strict";
import test from "node:test";

import "./browser.js";
import { DEFAULTS } from "../../../ui/static/board/address.js";
import { askBoard, prefetch } from "../../../ui/static/board/data.js";

test("a board is prefetched once, and never after it was requests for: it would be offered later, when it is old", async () => {
  const requests = [];
  globalThis.fetch = async (path) => ({ ok: true, json: async () => ({ number: requests.push(path) }) });
  prefetch("?view=wall");
  assert.deepEqual(await askBoard({ ...DEFAULTS, view: "wall" }), { number: 1 });
  prefetch("?view=wall");
  assert.equal(requests.length, 1);
  assert.deepEqual(await askBoard({ ...DEFAULTS, view: "wall" }), { number: 2 });
});
