// The pairs: fetched ahead of their turn, drawn on the stage and in the filmstrip.
const AHEAD = 8;
const SLOW = 2000;     // ms after which a pair that is still loading may be skipped

let pairs = [];        // [{left, right, shot, brief}], the first is on the stage
let judged = [];       // {pair, verdict} of this page, for undo and the filmstrip
let side = "left";     // which take stars and notes go to
let coming = "";       // the pair on the stage, loaded or not; root.dataset.shown names it once it can be judged
let askedAt = 0;       // when it was put there
let shownAt = 0;       // when both its takes could be seen
let fetching = false;

// Pairs are leased to this page, so that another one of the same person is not dealt them. A page that is left puts its id
// where only the page loaded next in this tab finds it, which gets back what this one held.
const client = newUid();
const LEFT = "circletake.page";
const RENEWING = 20;   // seconds
let replaces = sessionStorage.getItem(LEFT) ?? "";
sessionStorage.removeItem(LEFT);
let elsewhere = 0;     // pairs that other open pages of this person hold

async function renewLeases(held = pairs) {
  const answer = await fetch("/api/pairs/leases", {
    method: "POST", credentials: "same-origin", keepalive: true,
    headers: { "Content-Type": "application/json", "Circletake-Person": person },
    body: JSON.stringify({ client, pairs: held.map(keyOf).join(",") }),
  }).catch(() => null);
  const kept = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!kept || gone() || !held.length) return;
  const lost = held.map(keyOf).filter((key) => !kept.pairs.split(",").includes(key));
  if (!lost.length) return;   // this page was silent for long, and another one was dealt these
  pairs = pairs.filter((pair) => !lost.includes(keyOf(pair)));
  show();
  fill();
}

function leave() {
  sessionStorage.setItem(LEFT, client);
  renewLeases([]);
}

async function fill() {
  if (fetching || gone() || pairs.length > AHEAD / 2) return;
  fetching = true;
  const dealt = await fetchPairs().catch(() => []);   // why there are none, explainEmpty asks when it matters
  fetching = false;
  if (gone()) return;
  receive(dealt);
  if (!pairs.length) explainEmpty();
}

// Pairs judged but still in the outbox are unknown to the server: they are excluded too.
function heldPairs() {
  const waiting = read(OUTBOX, []).filter((item) => item.path === "/api/ballots");
  return [...pairs.map(keyOf), ...waiting.map((item) => pairKey(item.body.left, item.body.right))];
}

const ask = (path) => fetch(path, { credentials: "same-origin", headers: { "Circletake-Person": person } });

async function fetchPairs() {
  const shot = new URLSearchParams(location.search).get("shot");
  const query = new URLSearchParams({ count: AHEAD, exclude: heldPairs().join(","), client, replaces });
  if (shot) query.set("shot", shot);
  const answer = await ask(`/api/pairs?${query}`);
  if (!answer.ok) throw new Error(answer.status);
  replaces = "";
  elsewhere = Number(answer.headers.get("Circletake-Leased-Elsewhere"));
  return answer.json();
}

function receive(dealt) {
  const known = new Set([...heldPairs(), ...judged.map((entry) => keyOf(entry.pair))]);
  for (const pair of dealt.filter((pair) => !known.has(keyOf(pair)))) {
    sidesOf(pair).forEach(load);
    pairs.push(pair);
  }
  if (pairs[0] && coming !== keyOf(pairs[0])) show();
  strip();
}

// ---- nothing to judge -----------------------------------------------------------------------------------------------

async function whyEmpty() {
  const answer = await ask("/api/state").catch(() => null);
  if (answer?.status === 401) return [SIGNED_OUT, keptHere(), signInLink()];
  if (answer && signedInAs(answer)) return [isSignedIn(signedInAs(answer)), keptHere(), signInLink()];
  const state = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!state) return ["The server does not answer", "Trying again. What you judged is kept in this browser."];
  const { queued, leased, done } = state.queue;
  if (queued + leased) return ["Takes are being drawn", `${done} done, ${queued + leased} to go`];
  if (elsewhere) return ["Everything else is judged", `${elsewhere} pairs are open in another tab of yours`];
  const line = "Write a brief on the Briefs page, or come back when there are new takes.";
  return [done ? "Everything is judged" : "No takes yet", line];
}

async function explainEmpty() {
  const [title, line, ...link] = await whyEmpty();
  if (pairs.length || gone()) return;
  root.dataset.shown = coming = "";
  const told = make("div", "ct-empty", make("b", "", title), make("span", "", line), ...link);
  // Only when it changes: a link that is drawn anew under the pointer loses its click.
  if ($("ct-stage").innerHTML !== told.outerHTML) $("ct-stage").replaceChildren(told);
  $("ct-shot").textContent = $("ct-prompt").textContent = "";
  tryLater(1);
}

// ---- the stage ------------------------------------------------------------------------------------------------------

const numberOf = (name) => (name === "left" ? "1" : "2");
const isSlow = () => performance.now() - askedAt > SLOW;
const isReady = (pair) => sidesOf(pair).every((take) => take.state === "ready");

// A skip says nothing about the pictures, so it is open to whoever cannot see them.
function mayJudge(pair, verdict) {
  if (root.dataset.shown === keyOf(pair)) return true;
  const unseen = sidesOf(pair).some((take) => take.state === "failed") || isSlow();
  return verdict === "skip" && unseen && coming === keyOf(pair);
}

function show() {
  const pair = pairs[0];
  if (!pair) return explainEmpty();
  coming = keyOf(pair);
  askedAt = performance.now();
  sidesOf(pair).filter((take) => !take.picture || take.state === "failed").forEach(load);
  draw();
  if (!isReady(pair)) setTimeout(() => { if (pairs[0] === pair && !isReady(pair)) draw(); }, SLOW + 50);
}

function draw() {
  const pair = pairs[0];
  $("ct-stage").replaceChildren(sideBox(pair.left, "left"), sideBox(pair.right, "right"));
  root.querySelectorAll(".ct-side video").forEach((video) => video.play().catch(() => {}));
  keepInStep();
  $("ct-shot").textContent = pair.shot;
  $("ct-prompt").textContent = $("ct-prompt").title = pair.brief.prompt;
  if (isReady(pair)) shownAt = performance.now();
  root.dataset.shown = isReady(pair) ? coming : "";
  choose(side);
  strip();
}

function sideBox(take, name) {
  const box = make("div", "ct-side", take.picture, make("span", "ct-corner", numberOf(name)));
  take.picture.alt = `${name} take`;
  box.dataset.side = name;
  if (take.state !== "ready") box.append(unseenBox(take, numberOf(name)));
  return box;
}

function unseenBox(take, number) {
  if (take.state === "failed") return make("div", "ct-unseen", `Could not load take ${number}`, retryButton());
  const line = isSlow() ? `Take ${number} is still loading; S skips the pair` : `Loading take ${number}`;
  return make("div", "ct-unseen", line);
}

function retryButton() {
  const button = makeButton("Retry", "load", "");
  button.prepend(make("kbd", "", "R"));
  return button;
}

function keepInStep() {
  const [a, b] = root.querySelectorAll(".ct-side video");
  if (!a || !b || !a.requestVideoFrameCallback) return;
  const step = (now, frame) => {
    if (!a.isConnected) return;
    if (Math.abs(b.currentTime - frame.mediaTime) > 0.06) b.currentTime = frame.mediaTime;
    a.requestVideoFrameCallback(step);
  };
  a.requestVideoFrameCallback(step);
}

// ---- the filmstrip --------------------------------------------------------------------------------------------------

function isLost(verdict, name) {
  return verdict === "both_bad" || (verdict === "left" && name === "right") || (verdict === "right" && name === "left");
}

function stripImage(take, className) {
  const image = Object.assign(new Image(), { src: take.poster || take.media, alt: "", className });
  image.onerror = () => { image.style.visibility = "hidden"; };   // the stage says what could not be loaded
  return image;
}

function stripFigure(pair, verdict) {
  const images = ["left", "right"].map((name) => stripImage(pair[name], isLost(verdict, name) ? "ct-lost" : ""));
  return make("figure", verdict ? "ct-done" : pair === pairs[0] ? "ct-now" : "", ...images);
}

function strip() {
  const done = judged.slice(-6).map((entry) => stripFigure(entry.pair, entry.verdict));
  $("ct-strip").replaceChildren(...done, ...pairs.slice(0, 8).map((pair) => stripFigure(pair, null)));
}
