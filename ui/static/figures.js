// Numbers and pairs as several pages show them.
import { count as written, decimals, t } from "./language.js";
import { make } from "./review/dom.js";
import { thumbnailOf } from "./review/stage/detail.js";
import { isLost } from "./review/stage/filmstrip.js";

export const VERDICTS = { left: t("left"), right: t("right"), tie: t("tie"), both_bad: t("both bad") };

export const percent = (share) => `${Math.round(100 * share)} %`;

// {count, number, low, high} as "80 % (62–92) of 20".
export function shareWords({ count, number, low, high }) {
  if (!number) return t("nothing yet");
  const share = `${percent(count / number)} (${Math.round(100 * low)}–${Math.round(100 * high)})`;
  return t("{share} of {number}", { share, number: written(number) });
}

// {alpha, low, high} as "0.74 (0.55–0.88)".
export function alphaWords({ alpha, low, high }) {
  if (alpha === null) return "–";
  return decimals(alpha, 2) + (low === null ? "" : ` (${decimals(low, 2)}–${decimals(high, 2)})`);
}

export const figure = (term, words) => make("div", "", make("dt", "", term), make("dd", "", words));

function picture(side, className) {
  return Object.assign(new Image(), { src: thumbnailOf(side), alt: "", loading: "lazy", className });
}

// Two takes with what was said of them; the one that lost is darker, as in the filmstrip.
export function pairItem({ left, right, shot, prompt }, lines, verdict = null) {
  const [a, b] = [left, right].map((side, k) => picture(side, isLost(verdict, k ? "right" : "left") ? "ct-lost" : ""));
  const words = lines.map((line) => make("span", "", line));
  const item = make("li", "", make("div", "ct-two", a, b), make("div", "ct-words", ...words, make("span", "ct-quiet", shot)));
  item.title = prompt;
  return item;
}

export function headRow(...names) {
  const cells = names.map((name) => Object.assign(make("th", "", name), { scope: "col" }));
  return make("thead", "", make("tr", "", ...cells));
}

export const rowHead = (...children) => Object.assign(make("th", "", ...children), { scope: "row" });
