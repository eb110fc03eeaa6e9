// Which key does what on the board. As on the review page digits go by their place, and letters by what the key writes.
import { t } from "../language.js";
import { nameOf } from "../review/keyboard.js";

// [key cap, what it does, action]; several key caps of one line are one after the other.
export const KEYS = [
  ["←", t("Take before"), { dx: -1, dy: 0 }],
  ["→", t("Next take"), { dx: 1, dy: 0 }],
  ["↑", t("Line above"), { dx: 0, dy: -1 }],
  ["↓", t("Line below"), { dx: 0, dy: 1 }],
  ["Home", t("First take"), { act: "first" }],
  ["End", t("Last take"), { act: "last" }],
  ["Enter", t("Open the take's page"), { act: "open" }],
  ["1", t("One star; the same again takes it away"), { stars: 1 }],
  ["2", t("Two stars"), { stars: 2 }],
  ["3", t("Three stars"), { stars: 3 }],
  ["4", t("Four stars"), { stars: 4 }],
  ["5", t("Five stars"), { stars: 5 }],
  ["0", t("No stars"), { stars: 0 }],
  ["W", t("WIP"), { status: "wip" }],
  ["R", t("Retake"), { status: "needs_retake" }],
  ["O", t("OK"), { status: "approved" }],
  ["C", t("Circle; supervisors"), { status: "circled" }],
  ["D", t("Discard"), { status: "discarded" }],
  ["X", t("Select, or no longer"), { act: "select" }],
  ["A", t("Select all that are shown"), { act: "all" }],
  ["Esc", t("Select none"), { act: "none" }],
  ["/", t("Search prompts and notes"), { act: "search" }],
  ["V", t("Rows of shots, or one wall"), { act: "view" }],
  ["?", t("Keys"), { act: "keys" }],
];
export const FIXED = [
  [t("⇧ and arrows"), t("Select from here to there")], [t("⇧ and click"), t("Likewise")], [t("Ctrl and click"), t("Select one more")],
];

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
