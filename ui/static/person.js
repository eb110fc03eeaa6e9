// The person whom this page was opened for. Whoever signs in in another tab changes the cookie of this one too, so that
// every request which may change something names them, and the server refuses it for anybody else (ui/security/gate.py).
import { t } from "./language.js";
export const HEADER = "Circletake-Person";
export const CHANGED = "circletake:person";   // an event of the window: detail is who is signed in instead, or ""
export const SIGNED_OUT = "circletake:signed-out";   // an event of the window: detail is whether nobody is signed in
const ASKING = 3000;                          // ms between looks whether the person is back
const SAFE = ["GET", "HEAD"];
const STREAM = "/gradio_api/queue/data";

const fetchUnguarded = globalThis.fetch?.bind(globalThis);
let opened = null;
let other = "";
let back = Promise.resolve();   // when the person is signed in again
let isWaiting = false;

async function askWhoIsSignedIn() {
  const answer = await fetchUnguarded("/api/me", { credentials: "same-origin" }).catch(() => null);
  if (!answer) throw new Error(t("The server does not answer"));
  if (!answer.ok) throw new Error(t("You are signed out; sign in again"));
  return answer.json();
}

// {name, role, demo}; asked once for each page, and again after it was not answered.
export function openedFor() {
  opened ??= askWhoIsSignedIn().catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

// Who is signed in, if the server refused a request because it is not the person that the request named.
export const signedInAs = (answer) => (answer.status === 409 && decodeURIComponent(answer.headers.get(HEADER) ?? "")) || "";

// Where to sign in and come back from, to the same shot and pair.
export const signInAddress = () => "/login?next=" + encodeURIComponent(location.pathname + location.search);

export function named(options = {}, name = "") {
  const headers = new Headers(options.headers);
  if (name) headers.set(HEADER, encodeURIComponent(name));   // a header holds no letters beyond Latin ones
  return { credentials: "same-origin", ...options, headers };
}

function tell(name) {
  other = name;
  window.dispatchEvent(new CustomEvent(CHANGED, { detail: name }));
}

async function waitForThePerson(name) {
  let signedIn = null;
  while (signedIn !== name) {
    await new Promise((done) => { setTimeout(done, ASKING); });
    signedIn = (await askWhoIsSignedIn().catch(() => ({}))).name;
    if (signedIn && signedIn !== name && signedIn !== other) {
      noteSignOut(false);
      tell(signedIn);
    }
  }
  noteSignOut(false);
  tell("");
}

// However many requests wait, one asks.
function waitUntilBack(name) {
  if (!isWaiting) {
    isWaiting = true;
    back = waitForThePerson(name).finally(() => { isWaiting = false; });
  }
  return back;
}

let signedOut = false;

function noteSignOut(isOut) {
  if (signedOut === isOut) return;
  signedOut = isOut;
  window.dispatchEvent(new CustomEvent(SIGNED_OUT, { detail: isOut }));
}

function noteRefusal(answer, name) {
  const signedIn = signedInAs(answer);
  if (!signedIn || other) return;
  tell(signedIn);
  waitUntilBack(name);
}

const pathOf = (address) => new URL(address.url ?? address, location.href).pathname;
const isPageEvent = (address) => pathOf(address).startsWith("/gradio_api/");

// The answers to a page's events come as a stream of its own, which the server opens for the page's person only. Whoever
// signs in between an event and its stream would leave the event without an answer, and Gradio sends no other before.
async function openStream(address, options) {
  const answer = await fetchUnguarded(address, options);
  if (answer.ok) return answer;
  const { name } = await openedFor().catch(() => ({}));
  if (!name) return answer;
  noteSignOut(answer.status === 401);
  await waitUntilBack(name);
  return fetchUnguarded(address, options);
}

// What is read names nobody. That nobody is signed in any more, it tells too.
async function read(address, options) {
  const answer = await fetchUnguarded(address, options);
  if (answer.status === 401) lookWhoIsSignedIn();
  return answer;
}

// Whether the person is still signed in: asked when they come back to this tab, and when a request was refused.
export async function lookWhoIsSignedIn() {
  const { name } = await (opened ?? Promise.resolve({})).catch(() => ({}));
  if (!name || isWaiting) return;
  const answer = await fetchUnguarded("/api/me", named({}, name)).catch(() => null);
  if (!answer) return;
  noteSignOut(answer.status === 401);
  if (signedOut) waitUntilBack(name);
  else noteRefusal(answer, name);
}

// Names the person on everything that this page sends, events of Gradio's components too. While somebody else is signed
// in, or nobody, those wait: a timer would otherwise be refused each second, in a message each.
export function guardWrites() {
  window.fetch = async (address, options = {}) => {
    if (pathOf(address) === STREAM) return openStream(address, options);
    if (SAFE.includes(options.method ?? address.method ?? "GET")) return read(address, options);
    const { name } = await openedFor().catch(() => ({}));
    if ((other || signedOut) && isPageEvent(address)) await back;
    let answer = await fetchUnguarded(address, named(options, name));
    noteSignOut(answer.status === 401);
    if (signedOut && name && isPageEvent(address)) {
      await waitUntilBack(name);
      answer = await fetchUnguarded(address, named(options, name));
    }
    noteRefusal(answer, name);
    return answer;
  };
}
