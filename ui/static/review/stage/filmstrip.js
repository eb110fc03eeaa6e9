// The filmstrip: what was judged last, what is on the stage, what comes next.
import { make } from "../dom.js";

const BEHIND = 6;
const COMING = 8;

export function isLost(verdict, side) {
  return verdict === "both_bad" || (verdict === "left" && side === "right") || (verdict === "right" && side === "left");
}

function stripImage(take, className) {
  const image = Object.assign(new Image(), { src: take.poster || take.media, alt: "", className });
  image.onerror = () => { image.style.visibility = "hidden"; };   // the stage says what could not be loaded
  return image;
}

function figure(pair, verdict, className) {
  return make("figure", className, ...["left", "right"].map(
    (side) => stripImage(pair[side], isLost(verdict, side) ? "ct-lost" : "")));
}

export function drawStrip(element, pairs) {
  const behind = pairs.judged.slice(-BEHIND).map((entry) => figure(entry.pair, entry.verdict, "ct-done"));
  const coming = pairs.coming.slice(0, COMING).map((pair, k) => figure(pair, null, k ? "" : "ct-now"));
  element.replaceChildren(...behind, ...coming);
}
