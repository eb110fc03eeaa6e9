// A curve of a run with its axes. The line is stretched to what room there is; ticks are texts beside it, which are not.
import { count, decimals, t } from "../language.js";
import { make } from "../review/dom.js";

const SVG = "http://www.w3.org/2000/svg", SIZE = 100;   // of the picture in its own units, either way
const MOST_TICKS = { across: 4, down: 4 };

// What is shown of all that a run measures, in this order: as it is called, and in which unit it is written.
export const CURVES = {
  loss: { name: t("loss") }, heldout_loss: { name: t("held-out loss") },
  heldout_accuracy: { name: t("held-out accuracy"), percent: true, axis: t("verdicts predicted, in %") },
  winner_error_ratio: { name: t("winners' error"), axis: t("of the reference's, which is 1") },
};

// Round numbers around all of them, at the most `most`: of 1, 2 or 5 times a power of ten.
export function ticksAround(low, high, most) {
  const span = high - low || Math.abs(high) || 1;
  const middle = high === low ? [low - span / 2, high + span / 2] : [low, high];
  for (let power = Math.floor(Math.log10(span)) - 1; ; power += 1) {
    for (const unit of [1, 2, 5]) {
      const step = unit * 10 ** power, first = Math.floor(middle[0] / step + 1e-9), last = Math.ceil(middle[1] / step - 1e-9);
      if (last - first < most) return { step, values: Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step) };
    }
  }
}

// Of [step, value] pairs: ticks of both axes, and where a pair lies between the outermost ones.
export function axesOf(points) {
  const steps = points.map(([step]) => step), values = points.map(([, value]) => value);
  const down = ticksAround(Math.min(...values), Math.max(...values), MOST_TICKS.down);
  const last = Math.max(...steps, 1), across = { values: ticksAround(0, last, MOST_TICKS.across + 1).values.filter((each) => each <= last && Number.isInteger(each)) };
  const [low, high] = [down.values[0], down.values.at(-1)];
  return { across, down, at: ([step, value]) => [(step / last) * SIZE, ((high - value) / (high - low)) * SIZE] };
}

export const lineOf = (points, { at }) => points.map((point) => at(point).map((each) => each.toFixed(2)).join(",")).join(" ");

const digitsOf = ({ step }) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

// "0.25", or "25 %" of shares, with as many digits as tell two ticks apart.
export const tickWords = (value, axis, { percent } = {}) =>
  (percent ? t("{share} %", { share: decimals(100 * value, Math.max(0, digitsOf(axis) - 2)) }) : decimals(value, digitsOf(axis)));

function drawn(name, fields) {
  const element = document.createElementNS(SVG, name);
  for (const [field, value] of Object.entries(fields)) element.setAttribute(field, value);
  return element;
}

function tick(text, side, share) {
  const element = make("span", "", text);
  element.style[side] = `${share}%`;
  return element;
}

export function drawCurve({ name, points }) {
  const kind = CURVES[name], axes = axesOf(points), [[from, first], [to, last]] = [points[0], points.at(-1)];
  const say = (value) => (kind.percent ? t("{share} %", { share: decimals(100 * value, 1) }) : decimals(value, 3));
  const words = { name: kind.name, first: say(first), last: say(last), from: count(from), to: count(to) };
  const picture = drawn("svg", {
    viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", preserveAspectRatio: "none",
    "aria-label": t("{name}: {first} at step {from}, {last} at step {to}", words),
  });
  const heights = axes.down.values.map((value) => axes.at([0, value])[1]);
  picture.append(...heights.map((y) => drawn("line", { x1: 0, x2: SIZE, y1: y, y2: y })), drawn("polyline", { points: lineOf(points, axes) }));
  picture.append(drawn("path", { d: `M${axes.at(points.at(-1)).join(",")}h0` }));   // a dot that is round however far it is stretched
  const left = make("div", "ct-ticks-down", ...axes.down.values.map((value, k) => tick(tickWords(value, axes.down, kind), "top", heights[k])));
  const below = make("div", "ct-ticks-across", ...axes.across.values.map((step) => tick(count(step), "left", axes.at([step, 0])[0])));
  const unit = make("p", "ct-axis", kind.axis ?? t("without a unit"));
  for (const each of [left, below]) each.setAttribute("aria-hidden", "true");
  return make("figure", "", make("figcaption", "", t("{name}: {last} at step {to}", words)), unit,
    make("div", "ct-plot", left, picture, below), make("p", "ct-axis ct-axis-across", t("training step")));
}
