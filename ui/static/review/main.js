// The review page: blind pairs, one key each. Here is judging itself, and what each key and button does.
const VERDICTS = { 1: "left", 2: "right", 0: "tie", 9: "both_bad", s: "skip" };
const KEYS = {
  z: undo, n: openNote, r: loadAgain, arrowleft: () => choose("left"), arrowright: () => choose("right"),
};
const ACTS = { undo, note: openNote, load: loadAgain, retry, discard };

function castBallot(pair, verdict, elapsed, more = {}) {
  const takes = { left: pair.left.take, right: pair.right.take };
  return keep("/api/ballots", { ...takes, verdict, elapsed_ms: Math.round(elapsed), ...more }, pair.shot);
}

function judge(verdict) {
  const pair = pairs[0];
  if (!pair || !mayJudge(pair, verdict)) return;
  tell(keepNote());
  pairs.shift();
  const uid = castBallot(pair, verdict, root.dataset.shown ? performance.now() - shownAt : 0);
  judged.push({ pair, verdict, uid });
  if (judged.length > 2) letGo(judged.at(-3).pair);   // the last two stay loaded: undo shows them at once
  show();
  fill();
}

function undo() {
  const last = judged.pop();
  if (!last) return tell("nothing to undo");
  tell(["the verdict is taken back; judge again, or leave the pair as skipped", keepNote()].filter(Boolean).join("; "));
  pairs.unshift(last.pair);
  // The verdict stays in the record, superseded: by this skip now, so that nobody leaves a slip behind, and by the next
  // verdict when there is one.
  renewLeases();
  if (last.verdict !== "skip") castBallot(last.pair, "skip", 0, { undoes: last.uid });
  show();
}

function isForPage(event) {
  if (root.getClientRects().length === 0 || event.repeat) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return !event.target.closest?.("input, textarea, select, [contenteditable=true]");
}

function actionOf(event) {
  const key = event.key.toLowerCase();
  const star = event.shiftKey && /^Digit[1-5]$/.test(event.code) ? Number(event.code.slice(5)) : 0;
  if (star) return () => rate(star);
  if (event.shiftKey) return null;
  return key in VERDICTS ? () => judge(VERDICTS[key]) : KEYS[key];
}

function onKey(event) {
  if (!element.isConnected) return page.abort();
  const action = isForPage(event) && actionOf(event);
  if (!action) return;
  event.preventDefault();
  action();
}

function onClick(event) {
  const button = event.target.closest("button"), box = event.target.closest(".ct-side");
  if (event.target.closest(".ct-sign-in")) excused = true;   // what is pending is why they sign in
  if (button) press(button);
  else if (box) choose(box.dataset.side);
}

function press(button) {
  const { verdict, star, act, value } = button.dataset;
  button.blur();
  if (verdict) judge(verdict);
  else if (star) rate(Number(star));
  else ACTS[act]?.(value);
}

if (window.circletakeLeaveReview) window.circletakeLeaveReview();
window.circletakeLeaveReview = () => page.abort();
listen(document, "keydown", onKey);
listen(root, "click", onClick);
listen(window, "online", send);
listen(window, "pagehide", leave);
listen(window, "pageshow", (event) => event.persisted && location.reload());   // what it held is free again
const renewing = setInterval(() => renewLeases(), RENEWING * 1000);
page.signal.addEventListener("abort", () => clearInterval(renewing));
listen(window, "storage", count);   // another tab saved, or judged
listen(window, "beforeunload", warnOnLeaving);
listen(document, "submit", warnOnSignOut);
count();
send();
fill();
