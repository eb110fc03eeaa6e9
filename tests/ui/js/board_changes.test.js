import assert from "node:assert/strict";
import test from "node:test";

import "./browser.js";
import { settled } from "./browser.js";
import { labelOf, marksText, rewardText, starsText, winsText } from "../../../ui/static/board/cards.js";
import { Changes, parts, withStars } from "../../../ui/static/board/changes.js";
import { KEYS, actionOf } from "../../../ui/static/board/keys.js";
import { progressText } from "../../../ui/static/board/status_line.js";

const card = (take, rest = {}) => ({ take, status: "wip", own_stars: 0, stars: null, raters: 0, ...rest });

// A server that answers when it is told to: {sent, answers}.
function serve() {
  const sent = [];
  globalThis.fetch = (path, { body }) => new Promise((done) => {
    const answer = (status, json) => done({ ok: status < 300, status, json: async () => json });
    sent.push({ path, body: JSON.parse(body), answer, fail: () => done(Promise.reject(new TypeError("gone"))) });
  });
  return sent;
}

function changesOf(...cards) {
  const known = new Map(cards.map((each) => [each.take, each]));
  const progress = [];
  return { changes: new Changes(known, () => {}, (each) => progress.push({ ...each })), progress };
}

test("one person's stars change the mean of all", () => {
  assert.deepEqual(withStars(card(1), 4), { own_stars: 4, raters: 1, stars: 4 });
  assert.deepEqual(withStars(card(1, { own_stars: 4, stars: 3, raters: 2 }), 1), { own_stars: 1, raters: 2, stars: 1.5 });
  assert.deepEqual(withStars(card(1, { own_stars: 4, stars: 3, raters: 2 }), 0), { own_stars: 0, raters: 1, stars: 2 });
  assert.deepEqual(withStars(card(1, { own_stars: 5, stars: 5, raters: 1 }), 0), { own_stars: 0, raters: 0, stars: null });
});

test("a status is shown before it is sent, and taken back when it is refused", async () => {
  const sent = serve();
  const one = card(1);
  const { changes } = changesOf(one);
  const saving = changes.setStatus(1, "approved");
  assert.equal(one.status, "approved");
  await settled();
  sent[0].answer(403, { error: "no" });
  await saving;
  assert.deepEqual([one.status, one.why, changes.isSaving], ["wip", "not saved: no", false]);
});

test("clicks on one take arrive in their order, and only the last one is taken back", async () => {
  const sent = serve();
  const one = card(1);
  const { changes } = changesOf(one);
  const first = changes.setStatus(1, "approved");
  const second = changes.setStatus(1, "needs_retake");
  await settled();
  assert.equal(sent.length, 1);   // the second waits
  sent[0].answer(503, {});
  await first;
  assert.equal(one.status, "needs_retake");
  await settled();
  sent[1].answer(201, {});
  assert.equal(await second, true);
  assert.equal(one.status, "needs_retake");
});

test("the same stars again take them away", async () => {
  const sent = serve();
  const one = card(1, { own_stars: 3, stars: 3, raters: 1 });
  const { changes } = changesOf(one);
  changes.rate(1, 3);
  await settled();
  assert.deepEqual([sent[0].path, sent[0].body.stars, one.raters], ["/api/ratings", 0, 0]);
});

test("many are sent by the hundred, again with the same uids, and the refused ones are as before", async () => {
  const sent = serve();
  const cards = Array.from({ length: 150 }, (_, n) => card(n + 1));
  const { changes, progress } = changesOf(...cards);
  const saving = changes.setStatuses([...cards.map(({ take }) => take), 999], "discarded");
  await settled();
  assert.ok(cards.every(({ status }) => status === "discarded"));
  assert.equal(sent[0].body.takes.length, 100);
  sent[0].answer(201, { receipts: [], refused: [{ uid: sent[0].body.takes[4].uid, error: "circled" }] });
  await settled();
  sent[1].answer(429, { error: "too many" });
  await new Promise((done) => { setTimeout(done, 1600); });
  assert.deepEqual(sent[2].body, sent[1].body);
  sent[2].answer(201, { receipts: [], refused: [] });
  assert.deepEqual([...await saving], [[5, "circled"]]);
  assert.deepEqual([cards[4].status, cards[4].why, cards[5].status], ["wip", "not saved: circled", "discarded"]);
  assert.ok(cards.every(({ saving }) => saving === 0));
  assert.deepEqual(progress.map(({ done, of }) => [done, of]), [[0, 151], [100, 151], [151, 151]]);
});

test("a change of many is taken back, each take to what it was", async () => {
  const sent = serve();
  const cards = [card(1), card(2, { status: "approved" }), card(3), card(4)];
  const { changes, progress } = changesOf(...cards);
  const answerAll = async (refused = []) => {
    await settled();
    const { body, answer } = sent.at(-1);
    answer(201, { receipts: [], refused: body.takes.filter(({ take }) => refused.includes(take)).map(({ uid }) => ({ uid, error: "no" })) });
    await settled();
  };
  const saving = changes.setStatuses([1, 2, 3, 4], "discarded");
  await answerAll([4]);
  await saving;
  const undone = changes.takeBack(progress.at(-1).before);
  await answerAll();
  await answerAll();
  await undone;
  assert.deepEqual(cards.map(({ status }) => status), ["wip", "approved", "wip", "wip"]);
  assert.deepEqual(sent.slice(1).map(({ body }) => [body.status, body.takes.map(({ take }) => take)]), [["wip", [1, 3]], ["approved", [2]]]);
  assert.equal(changes.isSaving, false);
});

test("what is not known of all is not offered to be taken back", async () => {
  const sent = serve();
  const { changes, progress } = changesOf(card(1));
  const saving = changes.setStatuses([1, 2], "approved");
  await settled();
  sent[0].answer(201, { receipts: [], refused: [] });
  await saving;
  assert.equal(progress.at(-1).before, null);
});

test("what a role may not do is not sent again", async () => {
  const sent = serve();
  const { changes } = changesOf(card(1));
  const saving = changes.setStatuses([1, 2], "circled");
  await settled();
  sent[0].answer(403, { error: "no" });
  assert.deepEqual([...await saving], [[1, "no"], [2, "no"]]);
  assert.equal(sent.length, 1);
});

test("lists are cut into parts", () => {
  assert.deepEqual([parts([], 2), parts([1, 2], 2), parts([1, 2, 3], 2)], [[], [[1, 2]], [[1, 2], [3]]]);
});

test("lines say how far it is, and what was not saved", () => {
  const none = new Map();
  assert.equal(progressText({ done: 400, of: 10_000, refused: none }), "Saving 400 of 10,000");
  assert.equal(progressText({ done: 9, of: 9, refused: new Map([[3, "no"]]) }), "Saved 8; 1 not saved: no");
  assert.equal(starsText({ stars: 3.25, raters: 4 }), "3.3 · 4");
  assert.equal(starsText({ stars: null, raters: 0 }), "");
  assert.equal(winsText({ wins: { rate: 0.755, low: 0.4, high: 0.93, judged: 7 } }), "76 % (40–93 %) · 7");
  assert.equal(winsText({ wins: null }), "");
});

const press = (key, rest = {}) => actionOf({ key, code: "", target: { closest: () => null }, ...rest });

test("keys go by what they write, and digits by their place", () => {
  assert.deepEqual(press("w"), { status: "wip" });
  assert.deepEqual(press("é", { code: "Digit2" }), { stars: 2 });
  assert.deepEqual(press("ц", { code: "KeyW" }), { status: "wip" });
  assert.deepEqual(press("ArrowDown", { shiftKey: true }), { dx: 0, dy: 1, extend: true });
  assert.deepEqual(press("Escape"), { act: "none" });
  assert.deepEqual(press("?", { shiftKey: true, code: "Slash" }), { act: "keys" });
  assert.equal(new Set(KEYS.map(([key]) => key)).size, KEYS.length);
});

test("what is the browser's, a field's or a held key is not the board's", () => {
  assert.equal(press("w", { ctrlKey: true }), null);
  assert.equal(press("w", { target: { closest: (what) => what.includes("input") } }), null);
  assert.equal(press("Enter", { target: { closest: (what) => what.startsWith("button") } }), null);
  assert.equal(press("d", { repeat: true }), null);
  assert.deepEqual(press("ArrowRight", { repeat: true }), { dx: 1, dy: 0 });
});

test("a card says its reward, or that it has none yet", () => {
  assert.equal(rewardText({ reward: 1.24 }), "Reward 1.2");
  assert.equal(rewardText({ reward: -0.5 }), "Reward −0.5");
  assert.equal(rewardText({ reward: null }), "Reward: not scored yet");
});

test("a card is marked where a take is too like something, and says so in its label", () => {
  assert.equal(marksText({ marks: ["copy", "face"] }), "Copy? Face?");
  assert.equal(marksText({ marks: [] }), "");
  const card = { shot: "A_010", take: 7, version: "v0001", status: "wip", raters: 0, stars: null, marks: ["copy"] };
  assert.match(labelOf(card), /Too like a frame of the library/);
});
