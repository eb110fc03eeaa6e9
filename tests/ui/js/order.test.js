// Pairs in order: what was judged does not come again, what is held is named, what another page was dealt goes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { keyOf, pairKey, subjectOf } from "../../../ui/static/review/order.js";
import { AHEAD, Pairs } from "../../../ui/static/review/pairs.js";
import { isLost } from "../../../ui/static/review/stage/filmstrip.js";
import { pair } from "./browser.js";

const unsent = (left, right) => ({ path: "/api/ballots", body: { uid: "u", left, right } });

test("a pair has one key, whichever side each take is on", () => {
  assert.equal(pairKey(12, 9), "9-12");
  assert.equal(pairKey(9, 12), "9-12");
  assert.equal(keyOf(pair(100, 20)), "20-100", "numbers, and not words, are in order");
  assert.equal(pairKey("b", "a"), pairKey("a", "b"));
});

test("subjects: a pair, a take's stars, each note and tag for itself", () => {
  assert.equal(subjectOf(unsent(2, 1)), subjectOf(unsent(1, 2)));
  const stars = (take, uid) => ({ path: "/api/ratings", body: { take, uid } });
  assert.equal(subjectOf(stars(1, "a")), subjectOf(stars(1, "b")));
  assert.notEqual(subjectOf(stars(1, "a")), subjectOf(stars(2, "a")));
  for (const path of ["/api/notes", "/api/tags"]) {
    assert.notEqual(subjectOf({ path, body: { take: 1, uid: "a" } }), subjectOf({ path, body: { take: 1, uid: "b" } }));
  }
});

test("pairs come in the order they were dealt, each once", () => {
  const pairs = new Pairs();
  pairs.receive([pair(1, 2), pair(3, 4)], []);
  assert.deepEqual(pairs.receive([pair(4, 3), pair(5, 6)], []).map(keyOf), ["5-6"]);
  assert.deepEqual(pairs.keys(), ["1-2", "3-4", "5-6"]);
});

test("what was judged on this page or waits in the outbox does not come again", () => {
  const pairs = new Pairs();
  pairs.receive([pair(1, 2), pair(3, 4)], []);
  pairs.judge("left", "u1");
  assert.deepEqual(pairs.receive([pair(2, 1), pair(7, 8), pair(9, 10)], [unsent(8, 7)]).map(keyOf), ["9-10"]);
  assert.deepEqual(pairs.held([unsent(8, 7), { path: "/api/notes", body: {} }]), ["3-4", "9-10", "7-8"]);
});

test("undo brings back the last one judged, and then the one before", () => {
  const pairs = new Pairs();
  pairs.receive([pair(1, 2), pair(3, 4), pair(5, 6)], []);
  pairs.judge("left", "u1");
  pairs.judge("right", "u2");
  pairs.putBack({ uid: "u2", pair: pair(3, 4) });
  assert.deepEqual([keyOf(pairs.current), pairs.judged.length], ["3-4", 1]);
  pairs.putBack({ uid: "u1", pair: pair(1, 2) });
  assert.deepEqual([pairs.keys(), pairs.judged.length], [["1-2", "3-4", "5-6"], 0]);
});

test("undo brings back what another tab judged, once", () => {
  const pairs = new Pairs();
  pairs.receive([pair(1, 2), pair(3, 4)], []);
  pairs.putBack({ uid: "of another tab", pair: pair(8, 7) });
  assert.deepEqual(pairs.keys(), ["7-8", "1-2", "3-4"]);
  pairs.putBack({ uid: "of another tab", pair: pair(3, 4) });
  assert.deepEqual(pairs.keys(), ["3-4", "7-8", "1-2"]);
});

test("skipped pairs and checks come again, and say so", () => {
  const pairs = new Pairs(), check = { ...pair(3, 4), check: true };
  pairs.receive([pair(1, 2), pair(3, 4)], []);
  pairs.judge("skip", "u1");
  pairs.judge("left", "u2");
  assert.deepEqual(pairs.receive([pair(2, 1), check], [unsent(1, 2)]).map(keyOf), ["3-4"], "a skip that is on its way");
  assert.deepEqual(pairs.receive([pair(2, 1)], []).map(keyOf), ["1-2"]);
  assert.deepEqual([pairs.wasSkipped(pair(1, 2)), pairs.wasSkipped(check)], [true, false]);
});

test("a pair that another page was dealt is dropped", () => {
  const pairs = new Pairs();
  pairs.receive([pair(1, 2), pair(3, 4), pair(5, 6)], []);
  pairs.drop(["1-2", "5-6"]);
  assert.deepEqual(pairs.keys(), ["3-4"]);
});

test("more is fetched when half of what is kept ahead is judged", () => {
  const pairs = new Pairs();
  pairs.receive(Array.from({ length: AHEAD }, (_, k) => pair(2 * k + 1, 2 * k + 2)), []);
  assert.equal(pairs.runLow, false);
  for (let k = 0; k < AHEAD / 2; k++) pairs.judge("tie", `u${k}`);
  assert.equal(pairs.runLow, true);
});

test("the filmstrip darkens what lost", () => {
  const lost = (verdict) => ["left", "right"].map((side) => isLost(verdict, side));
  assert.deepEqual(lost("left"), [false, true]);
  assert.deepEqual(lost("right"), [true, false]);
  assert.deepEqual(lost("both_bad"), [true, true]);
  assert.deepEqual(lost("tie"), [false, false]);
  assert.deepEqual(lost("skip"), [false, false]);
});
