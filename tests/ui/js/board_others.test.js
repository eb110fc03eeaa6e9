// What others change on an open board: what is asked of the server, what is drawn anew, and what waits.
import assert from "node:assert/strict";
import test from "node:test";

import { settled } from "./browser.js";

globalThis.document = Object.assign(new EventTarget(), { hidden: false });
const { countNew, newText, Others } = await import("../../../ui/static/board/others.js");

const board = (...takes) => ({ project: "AGM", as_of: "2026-11-26T10:00:00+00:00", shots: [{ code: "S", takes }], cards: [] });

function open({ inView = [1, 2], known = [1, 2, 3], answers }) {
  const requests = [], refreshed = [];
  globalThis.fetch = async (path, { headers } = {}) => {
    requests.push([path, headers?.["If-None-Match"] ?? ""]);
    const answer = path.startsWith("/api/board/changes") ? answers.shift() : { ok: true, json: async () => board(1, 2, 3, 7) };
    if (!answer) throw new Error("away");
    return answer;
  };
  const cards = {
    known: new Map(known.map((take) => [take, { take }])),
    forget(take) { this.known.delete(take); },
    refresh: async (takes) => { refreshed.push(...takes); },
  };
  const shown = [];
  const page = { cards, inView, shown: {}, grid: { places: new Map([1, 2, 3].map((take) => [take, 0])) }, showMore: (more) => shown.push(more) };
  const button = Object.assign(new EventTarget(), { hidden: true, textContent: "" });
  const others = new Others(page, button);
  others.begin(board(1, 2, 3));
  return { others, requests, refreshed, shown, cards, button };
}

const answerOf = (changes, tag = '"a"') => ({ ok: true, json: async () => ({ takes: [], everything: false, added: false, as_of: "later", ...changes }), headers: new Map([["ETag", tag]]) });

test("cards in view are read again, the others when they come into view, unknown ones not", async () => {
  const { others, refreshed, cards, button } = open({ answers: [answerOf({ takes: [2, 3, 9] })] });
  await others.look();
  assert.deepEqual(refreshed, [2]);
  assert.deepEqual([...cards.known.keys()], [1, 2]);
  assert.equal(button.hidden, true);
});

test("after much is changed all that is known is read again", async () => {
  const { others, refreshed, cards } = open({ answers: [answerOf({ everything: true })] });
  await others.look();
  assert.deepEqual([refreshed, [...cards.known.keys()]], [[1, 2], [1, 2]]);
});

test("takes that are new wait until they are asked for", async () => {
  const { others, shown, button } = open({ answers: [answerOf({ added: true })] });
  await others.look();
  assert.deepEqual([button.hidden, button.textContent, shown], [false, "1 new take: show", []]);
  button.dispatchEvent(new Event("click"));
  assert.deepEqual(shown.map((each) => each.shots[0].takes), [[1, 2, 3, 7]]);
});

test("the next request begins where the last answer ended, and a server that is away is asked for the same again", async () => {
  const { others, requests } = open({ answers: [null, { ok: false, status: 503 }, answerOf({}), { ok: false, status: 304 }, answerOf({})] });
  for (let n = 0; n < 5; n += 1) await others.look();
  assert.deepEqual(requests.map(([path, tag]) => [new URL(path, "http://x").searchParams.get("since"), tag]), [
    ...Array(3).fill(["2026-11-26T10:00:00+00:00", ""]), ["later", '"a"'], ["later", '"a"'],
  ]);
});

test("an answer about a board that is shown no more changes nothing", async () => {
  const { others, refreshed } = open({ answers: [answerOf({ takes: [1] })] });
  const pending = others.look();
  others.begin(board(1));
  await pending;
  await settled();
  assert.deepEqual(refreshed, []);
});

test("new takes are counted over all shots, and said in words", () => {
  assert.equal(countNew({ shots: [{ takes: [1, 5] }, { takes: [6] }] }, new Map([[1, 0]])), 2);
  assert.deepEqual([newText(1), newText(1200)], ["1 new take: show", "1,200 new takes: show"]);
});
