// The outbox. Everything a person judges is kept in localStorage first and leaves it only when the server has answered
// with a receipt (the uid echoed, and the row's id), so a dead server loses nothing. What the server refuses for good
// is put aside (refused.js); what it fails on waits, and the rest passes it.
const OUTBOX = "circletake.outbox." + person;
const SAVED = "circletake.saved." + person;
const SIGNED_OUT = "You are signed out; sign in again.";
const PATIENCE = 15000;      // ms for an answer; a request that hangs must not hold up the others
const LONGEST_PAUSE = 5;     // seconds between tries of a server that does not answer
const LONGEST_STUCK = 10;    // seconds between tries of one item that the server fails on

let sending = false;
let signedOut = false;
let otherPerson = "";        // who signed in in this browser since this page was opened, while that lasts
let pause = 0;               // seconds until anything is tried again; 0 while the server answers
let why = "";                // what went wrong last, for the person
let excused = false;         // the person knows what is pending and leaves all the same
const stuck = new Map();     // uid -> {seconds, until} of items that the server failed on

// Verdicts on one pair, and stars of one take, must arrive in the order they were given: the later one supersedes.
// Notes stand beside each other.
function subjectOf({ path, body }) {
  if (path === "/api/ballots") return "pair " + pairKey(body.left, body.right);
  return path === "/api/ratings" ? "stars " + body.take : body.uid;
}

// Gives back the uid, by which undo names the verdict that it takes back.
function keep(path, body, shot) {
  const uid = newUid();
  write(OUTBOX, [...read(OUTBOX, []), { path, body: { uid, ...body }, shot }]);
  count();
  send();
  return uid;
}

function forget(uid) {
  stuck.delete(uid);
  write(OUTBOX, read(OUTBOX, []).filter((item) => item.body.uid !== uid));
}

function settle(item) {
  const waiting = read(OUTBOX, []);
  const place = waiting.findIndex((other) => other.body.uid === item.body.uid);
  if (place < 0) return;   // another tab had the receipt, and counted it
  const replaced = (other) => subjectOf(other) === subjectOf(item);
  write(OUTBOX, waiting.filter((other, k) => k > place || !replaced(other)));
  write(ASIDE, read(ASIDE, []).filter((other) => !replaced(other)));
  write(SAVED, read(SAVED, 0) + 1);
  stuck.delete(item.body.uid);
}

function holdBack(uid, reason) {
  const seconds = Math.min(2 * (stuck.get(uid)?.seconds ?? 0.25), LONGEST_STUCK);
  stuck.set(uid, { seconds, until: performance.now() + seconds * 1000 });
  why = reason;
}

function nextItem() {
  const held = new Set();
  for (const item of read(OUTBOX, [])) {
    const free = performance.now() >= (stuck.get(item.body.uid)?.until ?? 0);
    if (free && !held.has(subjectOf(item))) return item;
    held.add(subjectOf(item));
  }
  return null;
}

function post(item) {
  return fetch(item.path, {
    method: "POST", credentials: "same-origin", keepalive: true, signal: AbortSignal.timeout(PATIENCE),
    headers: { "Content-Type": "application/json", "Circletake-Person": person }, body: JSON.stringify(item.body),
  }).catch((error) => {
    if (error.name === "TimeoutError") return new Response("{}", { status: 408 });
    throw new Error("the server does not answer");
  });
}

// A 409 that names somebody: they are signed in, and not the person whom this page was opened for.
const signedInAs = (answer) => (answer.status === 409 && answer.headers.get("Circletake-Person")) || "";

async function deliver(item) {
  signedOut = false;
  otherPerson = "";
  const answer = await post(item);
  const body = await answer.json().catch(() => ({}));
  const reason = body.error || `the server answered ${answer.status}`;
  signedOut = answer.status === 401;
  otherPerson = signedInAs(answer);
  if (answer.ok && body.uid === item.body.uid && Number.isInteger(body.id)) return settle(item);
  if (otherPerson || [401, 429].includes(answer.status)) throw new Error(reason);   // the others would meet the same
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408) return setAside(item, reason);
  holdBack(item.body.uid, reason);
}

async function send() {
  if (sending || gone()) return;
  sending = true;
  try {
    for (let item; !gone() && (item = nextItem()); count()) await deliver(item);
    pause = 0;
  } catch (error) {
    pause = Math.min(pause ? pause * 2 : 0.5, LONGEST_PAUSE);
    why = error.message;
  }
  sending = false;
  count();
  tellTrouble();
  tryWhatWaits();
}

function tryWhatWaits() {
  if (pause) return tryLater(pause);
  const moments = read(OUTBOX, []).map((item) => stuck.get(item.body.uid)?.until).filter(Boolean);
  if (moments.length) tryLater(Math.max(Math.min(...moments) - performance.now(), 250) / 1000);
}

// ---- what the person is told ----------------------------------------------------------------------------------------

const pending = () => read(OUTBOX, []).length;
const judgementsAre = (number) => (number === 1 ? "1 judgement is" : `${number} judgements are`);

function count() {
  const aside = read(ASIDE, []).length, counter = $("ct-counter");
  counter.textContent = `saved ${read(SAVED, 0)} · ${pending()} pending` + (aside ? ` · ${aside} refused` : "");
  counter.classList.toggle("ct-waiting", pending() > 0);
  listRefused();
}

function keptHere() {
  const kept = pending() + read(ASIDE, []).length;
  return kept ? `${judgementsAre(kept)} kept in this browser for ${person}.` : "Everything you judged is saved.";
}

const isSignedIn = (other) => `${other} is signed in in this browser now; this page was opened for ${person}.`;

function signInLink() {
  const here = encodeURIComponent(location.pathname + location.search);
  return Object.assign(make("a", "ct-sign-in", "Sign in"), { href: "/login?next=" + here });
}

function tellTrouble() {
  const line = $("ct-problem");
  const told = (signedOut || otherPerson) && !pairs.length;
  if (!pending() || told) line.textContent = "";   // explainEmpty says it, where it is seen
  else if (signedOut) line.replaceChildren(`${SIGNED_OUT} ${keptHere()} `, signInLink());
  else if (otherPerson) line.replaceChildren(`${isSignedIn(otherPerson)} ${keptHere()} `, signInLink());
  else if (pause || stuck.size) line.textContent = `${why}; ${pending()} pending, trying again`;
  else line.textContent = "";
}

// The browser asks in words of its own. The note being written counts too: it is nowhere else yet.
function warnOnLeaving(event) {
  if (!excused && (pending() || noteText())) event.preventDefault();
}

function warnOnSignOut(event) {
  if (!event.target.matches('form[action="/logout"]') || !pending()) return;
  const what = `${judgementsAre(pending())} not saved yet`;
  excused = confirm(`${what}; they go out when you next sign in and open Review in this browser. Sign out now?`);
  if (!excused) event.preventDefault();
}
