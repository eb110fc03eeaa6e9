// Which key does what. Actions are {verdict}, {stars}, {moreStars}, {choose}, {view}, {move}, {play} or
// {act}.
//
// Digits go by the place of the key, since a number row writes other things on other keyboards, and the number pad has its
// own. Letters go by what the key writes where that is Latin, and by its place where it is not.
import { t } from "../language.js";

export const ACTIONS = {
  left: { key: "1", label: t("Left is better"), does: { verdict: "left" } },
  right: { key: "2", label: t("Right is better"), does: { verdict: "right" } },
  tie: { key: "0", label: t("Tie"), does: { verdict: "tie" } },
  both_bad: { key: "9", label: t("Both bad"), does: { verdict: "both_bad" } },
  skip: { key: "S", label: t("Skip"), does: { verdict: "skip" } },
  undo: { key: "Z", label: t("Undo"), does: { act: "undo" } },
  chooseLeft: { key: "←", label: t("Choose the left take"), does: { choose: "left" } },
  chooseRight: { key: "→", label: t("Choose the right take"), does: { choose: "right" } },
  moreStars: { key: "+", label: t("One star more"), does: { moreStars: 1 } },
  fewerStars: { key: "-", label: t("One star fewer"), does: { moreStars: -1 } },
  note: { key: "N", label: t("Note"), does: { act: "note" } },
  tags: { key: "T", label: t("Tags"), does: { act: "tags" } },
  play: { key: "Space", label: t("Play or pause"), does: { play: "toggle" } },
  back: { key: "J", label: t("Play back; again: faster"), does: { play: "back" } },
  still: { key: "K", label: t("Stand still"), does: { play: "still" } },
  forward: { key: "L", label: t("Play; again: faster"), does: { play: "forward" } },
  slower: { key: "[", label: t("Half as fast"), does: { play: "slower" } },
  quicker: { key: "]", label: t("Twice as fast"), does: { play: "quicker" } },
  before: { key: ",", label: t("One frame back"), does: { play: "before" } },
  next: { key: ".", label: t("One frame on"), does: { play: "next" } },
  markIn: { key: "I", label: t("Play from this frame; again: from the first"), does: { play: "markIn" } },
  markOut: { key: "O", label: t("Play to this frame; again: to the last"), does: { play: "markOut" } },
  side: { key: "B", label: t("Beside each other"), does: { view: "side" } },
  wipe: { key: "W", label: t("Wipe; Shift and arrows move the edge"), does: { view: "wipe" } },
  ab: { key: "A", label: t("One at a time, in place; again: the other"), does: { view: "ab" } },
  difference: { key: "X", label: t("Difference"), does: { view: "difference" } },
  overlay: { key: "M", label: t("Mixed half and half"), does: { view: "overlay" } },
  cut: { key: "C", label: t("In the cut: the select before, the take, the select after; again: the other take"), does: { act: "cut" } },
  actual: { key: "F", label: t("Whole picture, or pixel by pixel"), does: { view: "actual" } },
  flop: { key: "H", label: t("Mirror"), does: { view: "flop" } },
  flip: { key: "Y", label: t("Upside down"), does: { view: "flip" } },
  brighter: { key: "E", label: t("Half a stop brighter"), does: { view: "brighter" } },
  darker: { key: "D", label: t("Half a stop darker"), does: { view: "darker" } },
  gamma: { key: "G", label: t("Next gamma"), does: { view: "gamma" } },
  plain: { key: "Q", label: t("Look plainly again"), does: { view: "plain" } },
  load: { key: "R", label: t("Load again what failed"), does: { act: "load" } },
  keys: { key: "?", label: t("Keys"), does: { act: "keys" } },
};

export const DEFAULTS = Object.fromEntries(Object.entries(ACTIONS).map(([name, { key }]) => [name, key]));

const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space" };
// As a key cap shows it: the one key whose name is a word.
export const capOf = (name) => (name === "Space" ? t("Space") : name);
// With Shift: where the picture, or the edge of a wipe, is moved.
const MOVES = { "←": { x: -1, y: 0 }, "→": { x: 1, y: 0 }, "↑": { x: 0, y: -1 }, "↓": { x: 0, y: 1 } };
const TYPING = "input:not([type=range]), textarea, select, [contenteditable=true], dialog";
const PRESSED = "button, a, summary, video";   // Space and Enter are theirs
const SLIDER = "input[type=range]";              // arrows and the like are its own

// A held key, a key with a modifier that makes it the browser's own, and text in a field are not the page's.
function isForPage(event) {
  const steps = event.key === "," || event.key === ".";   // of frames, which a held key goes through
  if ((event.repeat && !steps) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  const own = [TYPING, ...(/^( |Enter)$/.test(event.key) ? [PRESSED] : []), ...(/^(Arrow|Home|End|Page)/.test(event.key) ? [SLIDER] : [])];
  return !event.target?.closest?.(own.join(", "));
}

// The key as a key cap shows it; "" for a modifier alone and for dead keys.
export function nameOf({ code = "", key, shiftKey = false }) {
  if (/^[0-9]$/.test(key)) return key;
  const digit = !shiftKey && /^Digit([0-9])$/.exec(code);
  if (digit) return digit[1];
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  const place = /^Key([A-Z])$/.exec(code);
  if (place) return place[1];
  return NAMES[key] ?? (key.length === 1 || /^(Enter|F\d+|Home|End|PageUp|PageDown|Insert)$/.test(key) ? key : "");
}

// Shift and a digit are stars, but for keyboards on which Shift is how a digit is written.
function starsOf({ shiftKey, code = "", key }) {
  return shiftKey && /^Digit[1-5]$/.test(code) && !/^[0-9]$/.test(key) ? Number(code.slice(5)) : 0;
}

// `keys`: the key cap of each action, as in DEFAULTS.
export function actionOf(event, keys = DEFAULTS) {
  if (!isForPage(event)) return null;
  const stars = starsOf(event);
  if (stars) return { stars };
  const name = nameOf(event);
  if (event.shiftKey && Object.hasOwn(MOVES, name)) return { move: MOVES[name] };
  const action = name && Object.keys(ACTIONS).find((each) => keys[each] === name);
  return action ? ACTIONS[action].does : null;
}

// The map with one key changed: the action that had it gets the other's.
export function withKey(keys, action, name) {
  const before = Object.keys(keys).find((other) => keys[other] === name);
  return { ...keys, ...(before ? { [before]: keys[action] } : {}), [action]: name };
}

// What somebody set, without what is no action and no key any more.
export function usableKeys(kept) {
  const set = Object.entries(kept ?? {}).filter(([action, name]) => Object.hasOwn(ACTIONS, action) && typeof name === "string" && name);
  const keys = { ...DEFAULTS, ...Object.fromEntries(set) };
  return new Set(Object.values(keys)).size === Object.keys(ACTIONS).length ? keys : { ...DEFAULTS };
}

// The actions as commands of the palette. keys: gives the key cap of each; act: does what an action does.
export const commandsOf = (keys, act) =>
  Object.entries(ACTIONS).map(([name, { label, does }]) => ({ label, cap: capOf(keys()[name]), run: () => act(does) }));

// What a button of the page does, from its data attributes.
export function actionOfButton({ verdict, star, view, play, act, value }) {
  if (verdict) return { verdict };
  if (view) return { view };
  if (play) return { play };
  if (star) return { stars: Number(star) };
  return act ? { act, value } : null;
}
