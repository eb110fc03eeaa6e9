// What the palette finds, and how far the person is.
import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf } from "../../../ui/static/api.js";
import { byPeople, greyOf } from "../../../ui/static/agreement.js";
import { fit, listCommands, matching, offerCommands } from "../../../ui/static/palette/commands.js";
import { alphaWords, shareWords } from "../../../ui/static/figures.js";
import { ACTIONS, DEFAULTS, commandsOf } from "../../../ui/static/review/keyboard.js";
import { Progress, withWaiting, wordsOf } from "../../../ui/static/review/progress.js";
import { readScope, summaryAddress } from "../../../ui/static/scope.js";
import { explain } from "../../../ui/static/review/stage/nothing.js";

const named = (...labels) => labels.map((label) => ({ label }));
const labels = (commands) => commands.map(({ label }) => label);

test("letters in their order match, and beginnings of words come first", () => {
  const commands = named("Difference", "Undo", "One frame on", "One frame back", "Both bad", "Go to Board");
  assert.deepEqual(labels(matching(commands, "ofb")), ["One frame back"]);
  assert.equal(labels(matching(commands, "und"))[0], "Undo");
  assert.equal(labels(matching(commands, "bo"))[0], "Both bad");
  assert.deepEqual(labels(matching(commands, "zz")), []);
  assert.deepEqual(labels(matching(commands, "  ")), labels(commands));
});

test("a shot comes up by its last digits, in upper or lower case and other scripts", () => {
  const commands = named("Review AGM_104_010", "Review AGM_104_030", "Board of AGM_104_030", "Review Дейли");
  assert.deepEqual(labels(matching(commands, "rev 030")), ["Review AGM_104_030"]);
  assert.deepEqual(labels(matching(commands, "дейли")), ["Review Дейли"]);
  assert.ok(fit("030", "Review AGM_104_030") > fit("030", "Review A0B3C0"));
});

test("what is typed like an expression is only text", () => {
  assert.deepEqual(matching(named("Undo"), ".*"), []);
  assert.deepEqual(labels(matching(named("a.*b"), ".*")), ["a.*b"]);
});

test("commands are offered until their page is left, and one source that fails hides no other", async () => {
  const left = new AbortController();
  offerCommands(() => named("last"), left.signal, 1);
  offerCommands(() => named("one"), left.signal);
  offerCommands(async () => { throw new Error("no answer"); }, left.signal);
  offerCommands(async () => named("two"), left.signal);
  assert.deepEqual(labels(await listCommands()), ["one", "two", "last"]);
  left.abort();
  assert.deepEqual(await listCommands(), []);
});

test("every action of the review page is a command with its key", () => {
  const done = [];
  const commands = commandsOf(() => ({ ...DEFAULTS, undo: "U" }), (action) => done.push(action));
  assert.equal(commands.length, Object.keys(ACTIONS).length);
  for (const [k, { does, label }] of Object.values(ACTIONS).entries()) {
    commands[k].run();
    assert.deepEqual([commands[k].label, done[k]], [label, does]);
  }
  assert.equal(commands.find(({ label }) => label === "Undo").cap, "U");
});

test("the address says what is dealt", () => {
  assert.deepEqual(readScope("?session=Dailies+%26+more&pair=1-2&project=AGM"), { project: "AGM", session: "Dailies & more" });
  assert.deepEqual(readScope("?shot="), {});
  assert.equal(summaryAddress({}), "/summary");
  assert.equal(summaryAddress({ session: "a b" }), "/summary?session=a+b");
  assert.equal(addressOf("/x", { a: "", b: null, c: 0 }), "/x?c=0");
});

test("progress in words", () => {
  assert.equal(wordsOf({ judged: 12, total: 40 }, { shot: "S_010" }), "12 of 40 in this shot");
  assert.equal(wordsOf({ judged: 1200, total: 40000 }, {}), "1,200 of 40,000");
  assert.equal(wordsOf({ judged: 0, total: 3 }, { session: "Dailies", project: "AGM" }), "0 of 3 in Dailies");
  for (const counts of [null, { judged: 0, total: 0 }, { problem: "no" }]) assert.equal(wordsOf(counts, {}), "");
});

test("verdicts on their way count, skips and other judgements do not", () => {
  const waiting = [
    { path: "/api/ballots", body: { verdict: "left" } }, { path: "/api/ballots", body: { verdict: "skip" } },
    { path: "/api/ratings", body: { stars: 3 } },
  ];
  assert.equal(withWaiting({ judged: 1, total: 3 }, waiting).judged, 2);
  assert.equal(withWaiting({ judged: 3, total: 3 }, waiting).judged, 3);
});

test("what is judged on the page is counted until the server is asked again", async () => {
  globalThis.location = { search: "" };
  const element = { textContent: "" };
  let answers = 0;
  const server = { progress: async () => { answers += 1; return { judged: 5, total: 6, skipped: 0 }; } };
  const progress = new Progress({ querySelector: () => element }, server, () => []);
  await progress.refresh(0);
  progress.count({}, "left", 1);
  assert.equal(element.textContent, "6 of 6");
  progress.count({}, "left", 1);
  progress.count({}, "skip", 1);
  progress.count({ check: true }, "left", 1);
  assert.equal(element.textContent, "6 of 6");
  progress.count({}, "left", -1);
  assert.equal(element.textContent, "5 of 6");
  progress.refreshIfOld(1000);
  assert.equal(answers, 1);
  progress.refreshIfOld(30000);
  assert.equal(answers, 2);
  server.progress = async () => { throw new Error("no answer"); };
  assert.equal((await progress.refresh(90000)).total, 6, "what is known stays");
});

test("why there is nothing in a session", () => {
  globalThis.document = { createElement: () => ({ append() {} }) };
  const idle = { status: 200, queue: { queued: 4, leased: 0, done: 3 } };
  const of = (progress, scope = { session: "Dailies" }) => explain(idle, 0, {}, progress, scope)[0];
  const session = { name: "Dailies", project: "AGM", closed: false };
  assert.equal(of({ judged: 3, total: 3, session }), "Everything in Dailies is judged", "whatever else is drawn");
  assert.equal(of({ judged: 3, total: 3, session: { ...session, closed: true } }), "Dailies is closed");
  assert.equal(of({ problem: "no review session 'x'", status: 404 }), "no review session 'x'");
  assert.equal(of(null, {}), "Takes are being drawn");
});

test("figures", () => {
  assert.equal(shareWords({ count: 0, number: 0, low: 0, high: 1 }), "nothing yet");
  assert.equal(shareWords({ count: 8, number: 10, low: 0.41, high: 0.96 }), "80 % (41–96) of 10");
  assert.equal(alphaWords({ alpha: null, low: null, high: null }), "–");
  assert.equal(alphaWords({ alpha: 0.743, low: 0.5, high: 0.9 }), "0.74 (0.50–0.90)");
});

test("the heat map is of greys on which its numbers can be read", () => {
  const luminance = (level) => (level <= 10 ? level / 255 / 12.92 : ((level / 255 + 0.055) / 1.055) ** 2.4);
  for (let share = 0; share <= 1; share += 0.01) {
    const { background, color } = greyOf(share), [r, g, b] = background.match(/\d+/g).map(Number);
    assert.ok(r === g && g === b);
    const [light, dark] = [luminance(r), color === "#fff" ? 1 : 0].sort((a, c) => c - a);
    assert.ok((light + 0.05) / (dark + 0.05) >= 4.5, `${share}: ${background} ${color}`);
  }
  const cell = { one: "ana", other: "ben", same: 1, both: 2 }, cells = byPeople([cell]);
  assert.equal(cells.ana.ben, cell);
  assert.equal(cells.ben.ana, cell);
});
