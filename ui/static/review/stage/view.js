// How the two takes are looked at: beside each other or one over the other, how near, and with what light. Nothing of it
// changes a take, and all of it goes for both at once.
import { count, t } from "../../language.js";
import { sizeOf } from "./detail.js";

export const MODES = ["side", "wipe", "ab", "difference", "overlay"];
const NAMES = { wipe: t("wipe"), difference: t("difference"), overlay: t("overlay") };
const NEAREST = 32, STOPS = 6;
const GAMMAS = [1, 1.2, 1.5, 2, 2.5, 0.5, 0.7, 0.85];
export const PLAIN = { mode: "side", front: "left", wipe: 0.5, zoom: 1, x: 0, y: 0, flip: false, flop: false, stops: 0, gamma: 1 };

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// In one mode the same key again swaps which take is in front; the others know no front.
export function withMode(view, mode) {
  if (view.mode !== mode) return { ...view, mode, front: "left" };
  return mode === "ab" ? { ...view, front: view.front === "left" ? "right" : "left" } : { ...view, mode: "side" };
}

// Nearer or farther by a factor, with what is under the pointer staying under it. `at`: shares of the box from its middle.
export function withZoom(view, factor, at = { x: 0, y: 0 }) {
  const zoom = clamp(view.zoom * factor, Math.min(view.zoom, 1), NEAREST), by = zoom / view.zoom;
  return withPan({ ...view, zoom }, { x: at.x - by * (at.x - view.x) - view.x, y: at.y - by * (at.y - view.y) - view.y });
}

// Moved by shares of the box; a picture never leaves its box.
export function withPan(view, by) {
  const most = Math.max(0, view.zoom - 1) / 2;
  return { ...view, x: clamp(view.x + by.x, -most, most), y: clamp(view.y + by.y, -most, most) };
}

// One pixel of the take on one of the screen, or back to a picture that fills its box. `actual`: the zoom at which that is
// so; below 1 for a take that is smaller than its box.
export const withActualPixels = (view, actual) =>
  ({ ...view, zoom: view.zoom === 1 ? clamp(actual, 1 / NEAREST, NEAREST) : 1, x: 0, y: 0 });

export const withWipe = (view, by) => ({ ...view, wipe: clamp(view.wipe + by, 0, 1) });
export const withStops = (view, by) => ({ ...view, stops: clamp(view.stops + by, -STOPS, STOPS) });
export const withNextGamma = (view) => ({ ...view, gamma: GAMMAS[(GAMMAS.indexOf(view.gamma) + 1) % GAMMAS.length] });

// What differs from plain, in words; "" for nothing.
export function describeView({ mode, front, zoom, flip, flop, stops, gamma }) {
  const words = [];
  if (mode === "ab") words.push(t("take {number} alone", { number: front === "left" ? 1 : 2 }));
  else if (mode !== "side") words.push(NAMES[mode]);
  if (zoom !== 1) words.push(`${zoom < 10 ? zoom.toFixed(zoom < 1 ? 2 : 1) : Math.round(zoom)}x`);
  if (flip) words.push(t("upside down"));
  if (flop) words.push(t("mirrored"));
  if (stops) words.push(t("{stops} stops", { stops: `${stops > 0 ? "+" : "−"}${count(Math.abs(stops))}` }));
  if (gamma !== 1) words.push(t("gamma {gamma}", { gamma: count(gamma) }));
  return words.join(" · ");
}

// ---- in the page ------------------------------------------------------------------------------------------------------

function filterOf({ stops, gamma }) {
  return stops || gamma !== 1 ? "url(#ct-light)" : "";
}

function setLight(root, { stops, gamma }) {
  root.querySelectorAll("#ct-light .ct-exposure > *").forEach((f) => f.setAttribute("slope", 2 ** stops));
  root.querySelectorAll("#ct-light .ct-gamma > *").forEach((f) => f.setAttribute("exponent", 1 / gamma));
}

export function applyView(root, stage, view) {
  const { mode, front, wipe, zoom, x, y, flip, flop } = view;
  Object.assign(stage.dataset, { mode, front });
  stage.style.setProperty("--wipe", `${100 * wipe}%`);
  stage.style.setProperty("--place", `translate(${100 * x}%, ${100 * y}%) scale(${flop ? -zoom : zoom}, ${flip ? -zoom : zoom})`);
  stage.style.setProperty("--light", filterOf(view) || "none");
  stage.classList.toggle("ct-near", zoom > 1);
  setLight(root, view);
}

// The zoom at which a pixel of the take is one of the screen, for the larger of the two.
export function actualZoom(stage) {
  const zooms = [...stage.querySelectorAll(".ct-side img, .ct-side video")].map((picture) => {
    const { width, height } = sizeOf(picture);
    const shown = Math.min(picture.clientWidth / width, picture.clientHeight / height);
    return 1 / (shown * devicePixelRatio);
  });
  const usable = zooms.filter(Number.isFinite);
  return usable.length ? Math.max(...usable) : 1;
}
