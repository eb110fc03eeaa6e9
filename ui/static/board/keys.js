// Which key does what on the board. As on the review page digits go by their place, and letters by what the key writes.
import { nameOf } from "../review/keyboard.js";

// [key cap, what it does, action]; several key caps of one line are one after the other.
export const KEYS = [
  ["←", "Take before", { dx: -1, dy: 0 }],
  ["→", "Next take", { dx: 1, dy: 0 }],
  ["↑", "Line above", { dx: 0, dy: -1 }],
  ["↓", "Line below", { dx: 0, dy: 1 }],
  ["Home", "First take", { act: "first" }],
  ["End", "Last take", { act: "last" }],
  ["Enter", "Open the take's page", { act: "open" }],
  ["1", "One star; the same again takes it away", { stars: 1 }],
  ["2", "Two stars", { stars: 2 }],
  ["3", "Three stars", { stars: 3 }],
  ["4", "Four stars", { stars: 4 }],
  ["5", "Five stars", { stars: 5 }],
  ["0", "No stars", { stars: 0 }],
  ["W", "WIP", { status: "wip" }],
  ["R", "Retake", { status: "needs_retake" }],
  ["O", "OK", { status: "approved" }],
  ["C", "Circle; supervisors", { status: "circled" }],
  ["D", "Discard", { status: "discarded" }],
  ["X", "Select, or no longer", { act: "select" }],
  ["A", "Select all that are shown", { act: "all" }],
  ["Esc", "Select none", { act: "none" }],
  ["/", "Search prompts and notes", { act: "search" }],
  ["V", "Rows of shots, or one wall", { act: "view" }],
  ["?", "Keys", { act: "keys" }],
];
export const FIXED = [["⇧ and arrows", "Select from here to there"], ["⇧ and click", "Likewise"], ["Ctrl and click", "Select one more"]];

const ACTIONS = Object.fromEntries(KEYS.map(([key, , does]) => [key, does]));
const TYPING = "input, textarea, select, [contenteditable=true], dialog";
const PRESSED = "button, a, summary, video";   // Enter and Space are theirs

// null for a key that is the browser's own, or a field's.
export function actionOf(event) {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target?.closest?.(TYPING)) return null;
  if (key === "Enter" && target?.closest?.(PRESSED)) return null;
  const action = ACTIONS[key === "Escape" ? "Esc" : nameOf(event)];
  if (!action || (event.repeat && action.dx === undefined)) return null;
  return action.dx !== undefined && event.shiftKey ? { ...action, extend: true } : action;
}
