// A storage that is full, blocked or damaged loses nothing.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../../ui/static/review/store.js";
import { FakeStorage } from "./browser.js";

class FullStorage extends FakeStorage {
  full = true;
  setItem(key, value) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    super.setItem(key, value);
  }
}

test("what a full storage does not take stays in the page, and goes in when there is room", () => {
  const storage = new FullStorage(), store = new Store("ana", () => storage);
  store.waiting = [{ path: "/api/ballots", body: { uid: "u" } }];
  assert.equal(store.waiting.length, 1);
  assert.match(store.problem, /full or blocked/);
  storage.full = false;
  store.saved = 3;
  assert.equal(store.problem, "");
  assert.equal(new Store("ana", () => storage).waiting.length, 1);
});

test("a blocked storage keeps nothing and stops nothing", () => {
  const store = new Store("ana", () => { throw new DOMException("denied", "SecurityError"); });
  assert.deepEqual(store.waiting, []);
  assert.match(store.problem, /full or blocked/);
  store.waiting = [{ body: { uid: "u" } }];
  store.waiting = [...store.waiting, { body: { uid: "v" } }];
  assert.equal(store.waiting.length, 2);
});

for (const text of ["{", "[1", "null,", '"words"', "{}", "7", "\u0000"]) {
  test(`a damaged outbox is put aside, not thrown away: ${JSON.stringify(text)}`, () => {
    const storage = new FakeStorage();
    storage.setItem("circletake.outbox.ana", text);
    const store = new Store("ana", () => storage);
    assert.deepEqual(store.waiting, []);
    assert.match(store.problem, /put aside/);
    assert.equal(storage.getItem("circletake.outbox.ana.damaged"), text);
    store.waiting = [{ body: { uid: "u" } }];
    assert.equal(store.waiting.length, 1);
  });
}

test("each person has their own", () => {
  const storage = new FakeStorage();
  new Store("ana", () => storage).draft = { subject: { take: 1 }, text: "softer" };
  assert.equal(new Store("ben", () => storage).draft, null);
  assert.equal(new Store("ana", () => storage).draft.text, "softer");
});
