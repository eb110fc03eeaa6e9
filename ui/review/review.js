// The review page: blind pairs, one key each. Everything a person judges goes into an outbox in localStorage first and leaves
// it only when the server has answered with a receipt (the uid echoed, and the row's id), so a dead server loses nothing.
const root = element.querySelector(".ct-review");
const person = root.dataset.person;
const OUTBOX = "circletake.outbox." + person;
const SAVED = "circletake.saved." + person;
const ASIDE = "circletake.aside." + person;
const $ = (name) => root.querySelector("." + name);
const AHEAD = 8;
const VERDICTS = { 1: "left", 2: "right", 0: "tie", 9: "both_bad", s: "skip" };

let pairs = [];        // [{left, right, shot, brief, key}], the first is on screen
let judged = [];       // pairs judged on this page, for undo and the filmstrip: {pair, verdict}
let side = "left";     // which take stars and notes go to
let coming = "";       // the pair that is on screen, or about to be
let shownAt = 0;
let fetching = false;
let sending = false;
let wait = 0;          // seconds until the next try, after failures
let timer = null;
let gone = false;

const read = (key, otherwise) => JSON.parse(localStorage.getItem(key) || "null") ?? otherwise;
const write = (key, value) => localStorage.setItem(key, JSON.stringify(value));
const keyOf = (pair) => [pair.left.take, pair.right.take].sort((a, b) => a - b).join("-");
const newUid = () => (crypto.randomUUID ? crypto.randomUUID()
  : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""));

function tell(text) { $("ct-problem").textContent = text; }

function count() {
  const pending = read(OUTBOX, []).length, aside = read(ASIDE, []).length;
  const counter = $("ct-counter");
  counter.textContent = `saved ${read(SAVED, 0)} · ${pending} pending` + (aside ? ` · ${aside} refused` : "");
  counter.classList.toggle("ct-waiting", pending > 0);
}

// ---- the outbox ------------------------------------------------------------------------------------------------------

function keep(path, body) {
  write(OUTBOX, [...read(OUTBOX, []), { path, body }]);
  count();
  send();
}

function forget(uid) { write(OUTBOX, read(OUTBOX, []).filter((item) => item.body.uid !== uid)); }

async function deliver(item) {
  const answer = await fetch(item.path, {
    method: "POST", credentials: "same-origin", keepalive: true,
    headers: { "Content-Type": "application/json" }, body: JSON.stringify(item.body),
  });
  const body = await answer.json().catch(() => ({}));
  if ((answer.status === 200 || answer.status === 201) && body.uid === item.body.uid && Number.isInteger(body.id)) {
    forget(item.body.uid);
    write(SAVED, read(SAVED, 0) + 1);
    return;
  }
  if (answer.status === 409 || answer.status === 422 || answer.status === 404) {
    // It will never be accepted as it is: put aside, kept, and said.
    write(ASIDE, [...read(ASIDE, []), { ...item, status: answer.status, error: body.error || "" }]);
    forget(item.body.uid);
    tell(`not accepted: ${body.error || answer.status}; it is kept aside in this browser`);
    return;
  }
  if (answer.status === 401) throw new Error("you are signed out; sign in again in another tab, nothing is lost");
  throw new Error(body.error || `the server answered ${answer.status}`);
}

async function send() {
  if (sending || gone) return;
  sending = true;
  try {
    for (let item; (item = read(OUTBOX, [])[0]); count()) await deliver(item);
    if (wait) tell("");
    wait = 0;
  } catch (error) {
    wait = Math.min(wait ? wait * 2 : 0.5, 5);
    const why = error instanceof TypeError ? "the server does not answer" : error.message;
    tell(`${why}; ${read(OUTBOX, []).length} pending, trying again`);
    clearTimeout(timer);
    timer = setTimeout(() => { send(); fill(); }, wait * 1000);
  } finally { sending = false; count(); }
}

// ---- pairs -----------------------------------------------------------------------------------------------------------

function preload(media) {
  if (media.kind === "clip") { fetch(media.media, { credentials: "same-origin" }).catch(() => {}); return; }
  const image = new Image();
  image.src = media.media;
  media.ready = image.decode().catch(() => {});
  media.image = image;
}

async function fill() {
  if (fetching || gone || pairs.length > AHEAD / 2) return;
  fetching = true;
  try {
    // Pairs judged but still in the outbox are unknown to the server: they are excluded too.
    const pending = read(OUTBOX, []).filter((item) => item.path === "/api/ballots")
      .map((item) => keyOf({ left: { take: item.body.left }, right: { take: item.body.right } }));
    const held = [...pairs.map(keyOf), ...pending];
    const shot = new URLSearchParams(location.search).get("shot");
    const query = `count=${AHEAD}&exclude=${held.join(",")}` + (shot ? `&shot=${encodeURIComponent(shot)}` : "");
    const answer = await fetch(`/api/pairs?${query}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error();
    const known = new Set([...held, ...judged.map((entry) => keyOf(entry.pair))]);
    for (const pair of await answer.json()) {
      if (known.has(keyOf(pair))) continue;
      known.add(keyOf(pair));
      preload(pair.left);
      preload(pair.right);
      pairs.push(pair);
    }
    if (pairs[0] && coming !== keyOf(pairs[0])) show();
    strip();
    if (!pairs.length) await explainEmpty();
  } catch { if (!pairs.length) explainEmpty(); } finally { fetching = false; }
}

async function explainEmpty() {
  let line = "Write a brief on the Briefs page, or come back when there are new takes.";
  let title = "Everything is judged";
  try {
    const state = await (await fetch("/api/state", { credentials: "same-origin" })).json();
    const waiting = state.queue.queued + state.queue.leased;
    if (waiting) { title = "Takes are being drawn"; line = `${state.queue.done} done, ${waiting} to go`; }
    else if (!state.queue.done) title = "No takes yet";
  } catch { title = "The server does not answer"; line = "Trying again. What you judged is kept in this browser."; }
  if (pairs.length || gone) return;
  root.dataset.shown = coming = "";
  $("ct-stage").innerHTML = '<div class="ct-empty"><b></b><span></span></div>';
  $("ct-stage").querySelector("b").textContent = title;
  $("ct-stage").querySelector("span").textContent = line;
  $("ct-shot").textContent = $("ct-prompt").textContent = "";
  clearTimeout(timer);
  timer = setTimeout(() => { send(); fill(); }, 1000);
}

function mediaElement(media, name) {
  const box = document.createElement("div");
  box.className = "ct-side" + (name === side ? " ct-focus" : "");
  box.dataset.side = name;
  let made;
  if (media.kind === "clip") {
    made = Object.assign(document.createElement("video"), { src: media.media, muted: true, loop: true, autoplay: true, playsInline: true });
    if (media.poster) made.poster = media.poster;
  } else { made = media.image && media.image.complete ? media.image : Object.assign(new Image(), { src: media.media }); }
  made.alt = name === "left" ? "left take" : "right take";
  made.draggable = false;
  const corner = Object.assign(document.createElement("span"), { className: "ct-corner", textContent: name === "left" ? "1" : "2" });
  box.append(made, corner);
  return box;
}

function keepInStep() {
  const [a, b] = root.querySelectorAll("video");
  if (!a || !b || !a.requestVideoFrameCallback) return;
  const step = (now, frame) => {
    if (!a.isConnected) return;
    if (Math.abs(b.currentTime - frame.mediaTime) > 0.06) b.currentTime = frame.mediaTime;
    a.requestVideoFrameCallback(step);
  };
  a.requestVideoFrameCallback(step);
}

async function show() {
  const pair = pairs[0];
  if (!pair) return explainEmpty();
  // A verdict counts only for what is on screen: until both pictures are, there is no pair to judge.
  coming = keyOf(pair);
  root.dataset.shown = "";
  await Promise.race([Promise.all([pair.left.ready, pair.right.ready]), new Promise((done) => setTimeout(done, 400))]);
  if (pairs[0] !== pair) return;
  root.dataset.shown = coming;
  $("ct-stage").replaceChildren(mediaElement(pair.left, "left"), mediaElement(pair.right, "right"));
  keepInStep();
  $("ct-shot").textContent = pair.shot;
  $("ct-prompt").textContent = pair.brief.prompt;
  $("ct-prompt").title = pair.brief.prompt;
  shownAt = performance.now();
  stars();
  strip();
}

function strip() {
  const figures = [...judged.slice(-6).map((entry) => [entry.pair, entry.verdict]), ...pairs.slice(0, 8).map((pair) => [pair, null])];
  $("ct-strip").replaceChildren(...figures.map(([pair, verdict]) => {
    const figure = document.createElement("figure");
    figure.className = verdict ? "ct-done" : pair === pairs[0] ? "ct-now" : "";
    for (const name of ["left", "right"]) {
      const image = Object.assign(new Image(), { src: pair[name].poster || pair[name].media, alt: "" });
      const lost = verdict === "both_bad" || (verdict === "left" && name === "right") || (verdict === "right" && name === "left");
      if (lost) image.className = "ct-lost";
      figure.append(image);
    }
    return figure;
  }));
}

// ---- judging ---------------------------------------------------------------------------------------------------------

function judge(verdict) {
  const pair = pairs[0];
  if (!pair || root.dataset.shown !== keyOf(pair)) return;
  pairs.shift();
  judged.push({ pair, verdict });
  keep("/api/ballots", {
    uid: newUid(), left: pair.left.take, right: pair.right.take, verdict, elapsed_ms: Math.round(performance.now() - shownAt),
  });
  show();
  fill();
}

function undo() {
  // The ballot stays in the record; the next verdict on the same pair supersedes it.
  const last = judged.pop();
  if (!last) return tell("nothing to undo");
  pairs.unshift(last.pair);
  tell("judge again: the new verdict replaces the old one");
  show();
}

function choose(name) { side = name; stars(); }

function stars() {
  const pair = pairs[0];
  const given = pair ? pair[side].stars || 0 : 0;
  $("ct-stars").querySelector("span").textContent = side === "left" ? "left take" : "right take";
  $("ct-stars").querySelectorAll("button").forEach((button, k) => button.classList.toggle("ct-on", k < given));
  root.querySelectorAll(".ct-side").forEach((box) => box.classList.toggle("ct-picked", box.dataset.side === side && given > 0));
}

function rate(number) {
  const pair = pairs[0];
  if (!pair) return;
  pair[side].stars = number;
  keep("/api/ratings", { uid: newUid(), take: pair[side].take, stars: number });
  stars();
}

function openNote() {
  if (!pairs[0]) return;
  $("ct-note").classList.add("ct-open");
  const field = $("ct-note").querySelector("input");
  field.placeholder = `Note on the ${side} take, Enter keeps it, Escape leaves`;
  field.focus();
}

function closeNote() { $("ct-note").classList.remove("ct-open"); $("ct-note").querySelector("input").blur(); }

$("ct-note").querySelector("input").addEventListener("keydown", (event) => {
  if (event.key === "Escape") return closeNote();
  if (event.key !== "Enter" || event.isComposing) return;
  const text = event.target.value.trim();
  if (text && pairs[0]) keep("/api/notes", { uid: newUid(), take: pairs[0][side].take, text });
  event.target.value = "";
  closeNote();
});

function onKey(event) {
  if (!element.isConnected) return leave();
  if (root.getClientRects().length === 0 || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest && event.target.closest("input, textarea, select, [contenteditable=true]")) return;
  const key = event.key.toLowerCase();
  const star = event.shiftKey && /^Digit[1-5]$/.test(event.code) ? Number(event.code.slice(5)) : 0;
  if (star) rate(star);
  else if (event.shiftKey) return;
  else if (key in VERDICTS) judge(VERDICTS[key]);
  else if (key === "z") undo();
  else if (key === "n") openNote();
  else if (key === "arrowleft") choose("left");
  else if (key === "arrowright") choose("right");
  else return;
  event.preventDefault();
}

function leave() { gone = true; clearTimeout(timer); document.removeEventListener("keydown", onKey); }

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const box = event.target.closest(".ct-side");
  if (button && button.dataset.verdict) judge(button.dataset.verdict);
  else if (button && button.dataset.star) rate(Number(button.dataset.star));
  else if (button && button.dataset.act === "undo") undo();
  else if (button && button.dataset.act === "note") openNote();
  else if (box) choose(box.dataset.side);
  if (button) button.blur();
});

if (window.circletakeLeaveReview) window.circletakeLeaveReview();
window.circletakeLeaveReview = leave;
document.addEventListener("keydown", onKey);
window.addEventListener("online", send);
count();
send();
fill();
