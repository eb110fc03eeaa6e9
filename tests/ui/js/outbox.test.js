// Nothing that was judged is lost, nothing arrives out of order, and nothing goes out in another person's name.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../../ui/static/review/outbox.js";
import { Store } from "../../../ui/static/review/store.js";
import { FakeStorage, settled } from "./browser.js";

const ok = (item) => ({ status: 201, body: { uid: item.body.uid, id: 7 }, signedIn: "" });
const refusal = (status, error = "no", signedIn = "") => () => ({ status, body: { error }, signedIn });
const dead = () => { throw new Error("the server does not answer"); };

// An outbox of ana's whose server answers as `bench.answer` says; `bench.sent` are the items it was sent.
function open({ storage = new FakeStorage(), answer = ok } = {}) {
  const bench = { answer, sent: [], tries: [], clock: 0, storage, store: new Store("ana", () => storage) };
  bench.outbox = new Outbox(bench.store, {
    post: async (item) => { bench.sent.push(item); return bench.answer(item); },
    tryLater: (seconds) => bench.tries.push(seconds),
    now: () => bench.clock,
  });
  return bench;
}

const ballot = (outbox, verdict, left = 1, right = 2, more = {}) =>
  outbox.keep("/api/ballots", { left, right, verdict, ...more }, "S_010");
const verdicts = (bench) => bench.sent.map((item) => item.body.verdict);

test("what has a receipt leaves the outbox and is counted", async () => {
  const bench = open();
  ballot(bench.outbox, "left");
  assert.equal(bench.outbox.pending, 1, "it is kept before it is sent");
  await settled();
  assert.deepEqual([bench.outbox.pending, bench.store.saved], [0, 1]);
});

for (const [what, answer] of Object.entries({
  "another uid": (item) => ({ ...ok(item), body: { uid: "else", id: 7 } }),
  "no id": (item) => ({ ...ok(item), body: { uid: item.body.uid } }),
  "no JSON": () => ({ status: 200, body: {}, signedIn: "" }),
})) {
  test(`an answer with ${what} is no receipt`, async () => {
    const bench = open({ answer });
    ballot(bench.outbox, "left");
    await settled();
    assert.deepEqual([bench.outbox.pending, bench.store.saved], [1, 0]);
  });
}

test("a dead server loses nothing, is asked ever more seldom, and gets all of it in order", async () => {
  const bench = open({ answer: dead });
  for (const [k, verdict] of ["left", "right", "tie"].entries()) ballot(bench.outbox, verdict, k, k + 10);
  await settled();
  for (let k = 0; k < 6; k++) await bench.outbox.send();
  assert.equal(bench.outbox.pending, 3);
  assert.equal(bench.outbox.why, "the server does not answer");
  assert.ok(bench.tries.at(-1) > bench.tries[0]);
  assert.ok(bench.tries.at(-1) <= 5);
  bench.answer = ok;
  bench.sent.length = 0;
  await bench.outbox.send();
  assert.deepEqual(verdicts(bench), ["left", "right", "tie"]);
  assert.deepEqual([bench.outbox.pending, bench.outbox.pause], [0, 0]);
});

test("a page that is opened later sends what an earlier one left", async () => {
  const storage = new FakeStorage();
  const first = open({ storage, answer: dead });
  ballot(first.outbox, "left");
  await settled();
  const second = open({ storage });
  await second.outbox.send();
  assert.deepEqual(verdicts(second), ["left"]);
});

for (const status of [400, 403, 404, 409, 422]) {
  test(`what is refused with ${status} is put aside, and the rest passes it`, async () => {
    const bench = open({ answer: (item) => (item.body.verdict === "left" ? refusal(status)(item) : ok(item)) });
    ballot(bench.outbox, "left", 1, 2);
    ballot(bench.outbox, "tie", 3, 4);
    await settled();
    await settled();
    assert.deepEqual([bench.outbox.pending, bench.store.saved], [0, 1]);
    assert.deepEqual(bench.store.refused.map((item) => item.error), ["no"]);
  });
}

test("what somebody else's cookie would have sent waits for its owner and is not put aside", async () => {
  const bench = open({ answer: refusal(409, "this page was opened for ana", "sue") });
  ballot(bench.outbox, "left", 1, 2);
  ballot(bench.outbox, "tie", 3, 4);
  await settled();
  assert.equal(bench.sent.length, 1, "the others would meet the same");
  assert.deepEqual([bench.outbox.pending, bench.store.refused.length, bench.outbox.otherPerson], [2, 0, "sue"]);
  assert.equal(bench.tries.length, 1, "it is tried again");
  const ofSue = new Store("sue", () => bench.storage);
  assert.deepEqual([ofSue.waiting, ofSue.saved], [[], 0]);
  bench.answer = ok;
  await bench.outbox.send();
  assert.deepEqual([bench.outbox.pending, bench.store.saved, bench.outbox.otherPerson], [0, 2, ""]);
});

test("whoever is signed out loses nothing", async () => {
  const bench = open({ answer: refusal(401) });
  ballot(bench.outbox, "left");
  await settled();
  assert.deepEqual([bench.outbox.pending, bench.outbox.signedOut], [1, true]);
});

for (const status of [408, 500, 503]) {
  test(`what the server fails on (${status}) waits, and other subjects pass it`, async () => {
    const bench = open({ answer: (item) => (item.path === "/api/ratings" ? refusal(status)(item) : ok(item)) });
    bench.outbox.keep("/api/ratings", { take: 1, stars: 4 }, "S_010");
    ballot(bench.outbox, "left");
    await settled();
    await settled();
    assert.deepEqual(bench.store.waiting.map((item) => item.path), ["/api/ratings"]);
    const tries = bench.sent.length;
    await bench.outbox.send();
    assert.equal(bench.sent.length, tries, "not before its time");
    bench.clock = 60_000;
    bench.answer = ok;
    await bench.outbox.send();
    assert.equal(bench.outbox.pending, 0);
  });
}

test("verdicts on one pair, on whichever sides, wait for each other", async () => {
  const bench = open({ answer: refusal(500) });
  const uid = ballot(bench.outbox, "left", 1, 2);
  ballot(bench.outbox, "skip", 2, 1, { undoes: uid });
  ballot(bench.outbox, "right", 1, 2);
  await settled();
  await settled();
  assert.deepEqual(verdicts(bench), ["left"]);
  bench.answer = ok;
  bench.clock = 60_000;
  await bench.outbox.send();
  assert.deepEqual(verdicts(bench), ["left", "left", "skip", "right"]);
  assert.equal(bench.sent[2].body.undoes, uid);
});

test("notes and tags on one take do not wait for each other", async () => {
  const bench = open({ answer: (item) => (item.body.text === "first" ? refusal(500)(item) : ok(item)) });
  bench.outbox.keep("/api/notes", { take: 1, text: "first" }, "S_010");
  bench.outbox.keep("/api/notes", { take: 1, text: "second" }, "S_010");
  bench.outbox.keep("/api/tags", { take: 1, word: "warm" }, "S_010");
  for (let k = 0; k < 3; k++) await settled();
  assert.deepEqual(bench.store.waiting.map((item) => item.body.text), ["first"]);
});

test("a later word stands for a refused one, and a retry goes before what was said since", async () => {
  const bench = open({ answer: refusal(422) });
  ballot(bench.outbox, "left");
  await settled();
  ballot(bench.outbox, "right");
  await settled();
  assert.deepEqual(bench.store.refused.map((item) => item.body.verdict), ["right"]);
  bench.answer = dead;
  ballot(bench.outbox, "tie");
  await settled();
  bench.outbox.retry(bench.store.refused[0].body.uid);
  assert.deepEqual(bench.store.waiting.map((item) => item.body.verdict), ["right", "tie"]);
  assert.deepEqual(bench.store.refused, []);
});

test("what is acknowledged settles what was refused on the same subject before", async () => {
  const bench = open({ answer: refusal(422) });
  ballot(bench.outbox, "left");
  await settled();
  bench.answer = ok;
  ballot(bench.outbox, "right");
  await settled();
  assert.deepEqual([bench.store.refused, bench.store.saved], [[], 1]);
});

test("what is discarded is gone", async () => {
  const bench = open({ answer: refusal(422) });
  ballot(bench.outbox, "left");
  await settled();
  bench.outbox.discard(bench.store.refused[0].body.uid);
  assert.deepEqual([bench.store.refused, bench.outbox.pending], [[], 0]);
});

test("two tabs count one receipt once", async () => {
  const storage = new FakeStorage();
  const [one, other] = [open({ storage, answer: dead }), open({ storage })];
  ballot(one.outbox, "left");
  await settled();
  await other.outbox.send();
  one.answer = ok;
  one.outbox.settle(one.sent[0]);
  assert.equal(one.store.saved, 1);
});
