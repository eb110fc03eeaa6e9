// What the person is told: why there is nothing to judge, what was refused, what a confirmation asks.
import assert from "node:assert/strict";
import { test } from "node:test";

import { answerOf, fillIn } from "../../../ui/static/models.js";
import { pendingWords } from "../../../ui/static/review/annotations/tags.js";
import { describe } from "../../../ui/static/review/messages.js";
import { explain } from "../../../ui/static/review/stage/nothing.js";

const words = { kept: () => "KEPT", signIn: () => "LINK", otherPerson: (name) => `${name} is here` };
const state = (queued, leased, done) => ({ status: 200, signedIn: "", queue: { queued, leased, done, failed: 0 } });

test("an empty stage says why", () => {
  const title = (...given) => explain(...given, words)[0];
  assert.equal(title(state(0, 0, 0), 0), "No takes yet");
  assert.equal(title(state(0, 0, 5), 0), "Everything is judged");
  assert.equal(title(state(0, 0, 5), 3), "Everything else is judged");
  assert.deepEqual(explain(state(2, 1, 5), 3, words), ["Takes are being drawn", "5 done, 3 to go"]);
  assert.equal(title({ status: 0, signedIn: "" }, 0), "The server does not answer");
  assert.equal(title({ status: 502, signedIn: "" }, 0), "The server does not answer");
  assert.deepEqual(explain({ status: 401, signedIn: "" }, 0, words).slice(1), ["KEPT", "LINK"]);
  assert.deepEqual(explain({ status: 409, signedIn: "sue" }, 0, words), ["sue is here", "KEPT", "LINK"]);
});

test("a refused judgement is described in words", () => {
  const shot = "S_010";
  assert.equal(describe({ path: "/api/ballots", body: { verdict: "left", left: 1, right: 2 }, shot }),
    "left is better · S_010 · takes 1 and 2");
  assert.equal(describe({ path: "/api/ratings", body: { stars: 3, take: 1 }, shot }), "★★★ · S_010 · take 1");
  assert.equal(describe({ path: "/api/notes", body: { text: "softer", take: 1 } }), "“softer” · take 1");
  assert.equal(describe({ path: "/api/tags", body: { word: "warm", take: 1 } }), "“warm” · take 1");
});

test("names of takes that only this person knows are not read out", () => {
  const [left, right] = [357595160510814, 394237847157338], shot = "S_010";
  assert.equal(describe({ path: "/api/ballots", body: { verdict: "tie", left, right }, shot }), "tie · S_010");
  assert.equal(describe({ path: "/api/ratings", body: { stars: 3, take: left }, shot }), "★★★ · S_010");
});

test("tags without a receipt are those of the take", () => {
  const tag = (take, word) => ({ path: "/api/tags", body: { take, word } });
  const waiting = [tag(1, "warm"), tag(2, "cold"), { path: "/api/notes", body: { take: 1, text: "x" } }];
  assert.deepEqual(pendingWords(waiting, 1), ["warm"]);
});

test("a confirmation names both versions, and a no changes nothing", () => {
  const names = { name: "v0002", production: "v0001", before: "" };
  const questions = [];
  const reply = (yes) => (text) => { questions.push(text); return yes; };
  assert.equal(fillIn("Put {name} in place of {production}?", names), "Put v0002 in place of v0001?");
  assert.equal(answerOf("{name}?", "name", names, reply(true)), "v0001");
  assert.equal(answerOf("{name}?", "name", names, reply(false)), "");
  assert.equal(answerOf("Back to {before}?", "before", names, reply(false)), "v0001", "nothing to ask about");
  assert.deepEqual(questions, ["v0002?", "v0002?"]);
});
