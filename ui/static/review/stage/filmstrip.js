// The filmstrip: what was judged last, what is on the stage, what comes next.
import { make } from "../dom.js";
import { addressFor, sideFor } from "./detail.js";

const BEHIND = 6;
const COMING = 8;
const figures = new WeakMap();   // by pair: what is drawn anew is decoded anew

export function isLost(verdict, side) {
  return verdict === "both_bad" || (verdict === "left" && side === "right") || (verdict === "right" && side === "left");
}

// The file that the stage shows, where it shows the smallest one: it is fetched once.
const addressOf = (take) => take.poster || (take.kind === "still" ? addressFor(take, sideFor(take, 0)) : "");

function stripImage(take, pair) {
  const image = Object.assign(new Image(), { src: addressOf(take), alt: "" });
  // The stage says what could not be loaded; it is tried again when the strip is drawn again.
  image.onerror = () => { image.style.visibility = "hidden"; figures.delete(pair); };
  return image;
}

function figureOf(pair) {
  const known = figures.get(pair);
  if (known) return known;
  const figure = make("figure", "", stripImage(pair.left, pair), stripImage(pair.right, pair));
  figures.set(pair, figure);
  return figure;
}

function draw(pair, verdict, className) {
  const figure = figureOf(pair);
  figure.className = className;
  ["left", "right"].forEach((side, k) => figure.children[k].classList.toggle("ct-lost", isLost(verdict, side)));
  return figure;
}

export function drawStrip(element, pairs) {
  const behind = pairs.judged.slice(-BEHIND).map((entry) => draw(entry.pair, entry.verdict, "ct-done"));
  const coming = pairs.coming.slice(0, COMING).map((pair, k) => draw(pair, null, k ? "" : "ct-now"));
  element.replaceChildren(...behind, ...coming);
}
