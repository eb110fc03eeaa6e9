// Which key does what. Actions are {verdict}, {stars}, {choose} or {act}.

const VERDICTS = { 1: "left", 2: "right", 0: "tie", 9: "both_bad", s: "skip" };
const ACTS = { z: "undo", n: "note", t: "tags", r: "load" };
const SIDES = { arrowleft: "left", arrowright: "right" };
const TYPING = "input, textarea, select, [contenteditable=true]";

function isForPage(event) {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return false;
  return !event.target?.closest?.(TYPING);
}

export function actionOf(event) {
  if (!isForPage(event)) return null;
  // By place and not by letter: what Shift and a digit write differs between keyboards.
  if (event.shiftKey) return /^Digit[1-5]$/.test(event.code) ? { stars: Number(event.code.slice(5)) } : null;
  const key = event.key.toLowerCase();
  if (Object.hasOwn(VERDICTS, key)) return { verdict: VERDICTS[key] };
  if (Object.hasOwn(SIDES, key)) return { choose: SIDES[key] };
  return Object.hasOwn(ACTS, key) ? { act: ACTS[key] } : null;
}

// What a button of the page does, from its data attributes.
export function actionOfButton({ verdict, star, act, value }) {
  if (verdict) return { verdict };
  if (star) return { stars: Number(star) };
  return act ? { act, value } : null;
}
