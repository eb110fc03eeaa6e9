// What a session says of its browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import { describeBrowser } from "../../../ui/static/account.js";

test("browsers are named as people know them", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Safari/537.36";
  assert.equal(describeBrowser(chrome), "Chrome on Linux");
  assert.equal(describeBrowser(chrome + " Edg/129.0"), "Edge on Linux");
  assert.equal(describeBrowser("Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/18 Safari/605"), "Safari on Mac");
  assert.equal(describeBrowser("Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/130.0"), "Firefox on Windows");
  assert.equal(describeBrowser("curl/8.1"), "curl");
  assert.equal(describeBrowser(""), "Unknown");
});
