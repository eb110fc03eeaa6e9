// Which key does what on the ranking page: digits pick, the view and the clips have the keys of the review page.
import { actionOf, nameOf } from "../review/keyboard.js";

const OWN = { Enter: "keep", Backspace: "release", Z: "undo", S: "skip", "+": "more", "-": "fewer", "?": "keys" };
const SHARED_VIEWS = ["actual", "flip", "flop", "brighter", "darker", "gamma", "plain"];

// {pick}, {act}, {view}, {move} or {play}; null for a key that is not the page's.
export function rankActionOf(event, keys) {
  if (event.key === "Backspace" && !event.target?.closest?.("input, textarea, dialog")) return { act: "release" };
  if (event.key === "Enter" && !event.target?.closest?.("input, textarea, dialog, button:not(.ct-side), a")) return { act: "keep" };
  const shared = actionOf(event, keys);
  if (shared?.play || shared?.move || SHARED_VIEWS.includes(shared?.view)) return shared;
  if (!isFree(event)) return null;
  const name = nameOf(event);
  if (/^[1-9]$/.test(name)) return { pick: Number(name) - 1 };
  return OWN[name] ? { act: OWN[name] } : null;
}

const isFree = (event) =>
  !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing &&
  !event.target?.closest?.("input, textarea, select, dialog");
