// Every request that may change something names the person whom the page was opened for.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { FakeStorage, settled } from "./browser.js";

const requests = [];
let answers = {};

const answer = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });

beforeEach(() => {
  requests.length = 0;
  answers = { "/api/me": () => answer(200, { name: "ana", role: "creative", demo: false }) };
  globalThis.location = { href: "http://studio/board", pathname: "/board", search: "" };
  globalThis.window = new EventTarget();
  globalThis.fetch = async (address, options = {}) => {
    const named = new Headers(options.headers).get("Circletake-Person");
    address = String(address.url ?? address).replace("http://studio", "");
    requests.push({ address, method: options.method ?? "GET", named });
    return (answers[address] ?? (() => answer(200, {})))();
  };
});

// A module of its own for each test: it remembers whom the page was opened for.
let copies = 0;
async function guard() {
  const person = await import(`../../../ui/static/person.js?copy=${copies++}`);
  person.guardWrites();
  return person;
}

test("writes name the person, reads go as they are", async () => {
  await guard();
  await window.fetch("/api/state");
  await window.fetch("/api/ratings", { method: "POST", headers: { "Content-Type": "application/json" } });
  await window.fetch("/api/tags/1", { method: "DELETE" });
  assert.deepEqual(requests, [
    { address: "/api/state", method: "GET", named: null },
    { address: "/api/me", method: "GET", named: null },
    { address: "/api/ratings", method: "POST", named: "ana" },
    { address: "/api/tags/1", method: "DELETE", named: "ana" },
  ]);
});

test("a page goes on naming whom it was opened for, whoever signs in later", async () => {
  await guard();
  await window.fetch("/api/ratings", { method: "POST" });
  answers["/api/me"] = () => answer(200, { name: "sue" });
  await window.fetch("/api/ratings", { method: "POST" });
  assert.deepEqual(requests.filter((request) => request.method === "POST").map((request) => request.named), ["ana", "ana"]);
});

test("without an answer who is signed in, the next request asks again", async () => {
  const { openedFor } = await guard();
  answers["/api/me"] = () => answer(401, {});
  await assert.rejects(openedFor(), /signed out/);
  answers["/api/me"] = () => answer(200, { name: "ana" });
  assert.equal((await openedFor()).name, "ana");
});

test("a refusal for another person is told, and page events wait until the person is back", async (context) => {
  const due = [], realTimeout = globalThis.setTimeout;
  globalThis.setTimeout = (callback) => due.push(callback);
  context.after(() => { globalThis.setTimeout = realTimeout; });
  const { CHANGED, signedInAs } = await guard();
  const changes = [];
  window.addEventListener(CHANGED, (event) => changes.push(event.detail));
  const refused = () => answer(409, { error: "opened for ana" }, { "Circletake-Person": "sue" });
  answers["/gradio_api/queue/join"] = refused;
  const first = await window.fetch("/gradio_api/queue/join", { method: "POST" });
  assert.equal(signedInAs(first), "sue");
  assert.deepEqual(changes, ["sue"]);

  answers["/api/me"] = () => answer(200, { name: "sue" });
  answers["/gradio_api/queue/join"] = () => answer(200, {});
  let done = false;
  window.fetch("/gradio_api/queue/join", { method: "POST" }).then(() => { done = true; });
  const pass = async () => {
    due.splice(0).forEach((callback) => callback());
    for (let k = 0; k < 20; k++) await Promise.resolve();
  };
  await pass();
  await pass();
  assert.equal(done, false);
  answers["/api/me"] = () => answer(200, { name: "ana" });
  for (let k = 0; k < 5; k++) await pass();
  assert.equal(done, true);
  assert.deepEqual(changes, ["sue", ""]);
});

test("an event whose stream was refused gets its answers once the person is back", async (context) => {
  const due = [], realTimeout = globalThis.setTimeout;
  globalThis.setTimeout = (callback) => due.push(callback);
  context.after(() => { globalThis.setTimeout = realTimeout; });
  const { CHANGED, SIGNED_OUT } = await guard();
  const changes = [];
  for (const kind of [CHANGED, SIGNED_OUT]) window.addEventListener(kind, (event) => changes.push(event.detail));
  const stream = "/gradio_api/queue/data?session_hash=x";
  answers[stream] = () => answer(401, {});
  let status = 0;
  await window.fetch("/api/ratings", { method: "POST" });
  window.fetch(new Request(`http://studio${stream}`)).then((last) => { status = last.status; });
  const pass = async () => {
    due.splice(0).forEach((callback) => callback());
    for (let k = 0; k < 20; k++) await Promise.resolve();
  };
  await pass();
  answers["/api/me"] = () => answer(200, { name: "sue" });
  await pass();
  await pass();
  assert.deepEqual([status, changes], [0, [true, false, "sue"]]);
  answers["/api/me"] = () => answer(200, { name: "ana" });
  answers[stream] = () => answer(200, {});
  for (let k = 0; k < 5; k++) await pass();
  assert.equal(status, 200);
  assert.equal(changes.at(-1), "");
});

test("whoever comes back to a tab learns that nobody, or somebody else, is signed in", async () => {
  const { CHANGED, SIGNED_OUT, lookWhoIsSignedIn, openedFor } = await guard();
  const changes = [];
  for (const kind of [CHANGED, SIGNED_OUT]) window.addEventListener(kind, (event) => changes.push(event.detail));
  await lookWhoIsSignedIn();
  assert.deepEqual(requests, [], "a page that knows nobody asks for nobody");
  await openedFor();
  await lookWhoIsSignedIn();
  assert.deepEqual(changes, []);
  answers["/api/me"] = () => answer(409, { error: "opened for ana" }, { "Circletake-Person": "sue" });
  await lookWhoIsSignedIn();
  assert.deepEqual(changes, ["sue"]);
});

test("a read that is refused tells that one is signed out", async (context) => {
  const realTimeout = globalThis.setTimeout;
  globalThis.setTimeout = (callback, after) => (after ? 0 : realTimeout(callback));   // it waits for the person for ever
  context.after(() => { globalThis.setTimeout = realTimeout; });
  const { SIGNED_OUT, openedFor } = await guard();
  const changes = [];
  window.addEventListener(SIGNED_OUT, (event) => changes.push(event.detail));
  await openedFor();
  answers["/api/me"] = answers["/api/board"] = () => answer(401, {});
  assert.equal((await window.fetch("/api/board")).status, 401);
  await settled();
  assert.deepEqual(changes, [true]);
});

test("a conflict of another kind is nobody else", async () => {
  const { signedInAs } = await guard();
  assert.equal(signedInAs(answer(409, {})), "");
  assert.equal(signedInAs(answer(200, {}, { "Circletake-Person": "sue" })), "");
});

test("a page that is loaded in place of another names it, once", async () => {
  const { Leases } = await import("../../../ui/static/review/leases.js");
  const storage = new FakeStorage(), sent = [];
  const server = { renewLeases: async (...request) => { sent.push(request); return request[1].slice(1); } };
  const lost = [];
  const first = new Leases(server, { keys: () => ["1-2", "3-4"] }, { lost: (keys) => lost.push(...keys), storage: () => storage });
  assert.equal(first.replaces, "");
  await first.renew();
  assert.deepEqual(lost, ["1-2"]);
  first.leave();
  await settled();
  assert.deepEqual(sent.at(-1), [first.client, ["1-2", "3-4"], { leaving: true }]);
  const second = new Leases(server, { keys: () => [] }, { lost: () => {}, storage: () => storage });
  assert.equal(second.replaces, first.client);
  assert.notEqual(second.client, first.client);
  assert.equal(new Leases(server, { keys: () => [] }, { lost: () => {}, storage: () => storage }).replaces, "", "a copy of the tab is another page");
});
