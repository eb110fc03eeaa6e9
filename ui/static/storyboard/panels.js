// The panels of a storyboard as they are drawn, and what of them is told.
import { decimals, t, tn } from "../language.js";
import { KINDS } from "../names.js";
import { make, makeButton } from "../review/dom.js";
import { thumbnailOf } from "../review/stage/detail.js";

export const LARGE = 1024;   // pixels a side of a panel's picture, where there is one of that size

export function pictureOf(side, frame = 0) {
  if (side.kind === "still") return Object.assign(new Image(), { src: side.screen_sides.includes(LARGE) ? `${side.media}?longest=${LARGE}` : side.media, alt: "", draggable: false, loading: "lazy" });
  const video = Object.assign(make("video", ""), { src: side.media, muted: true, playsInline: true, preload: "metadata", draggable: false, ...(side.poster ? { poster: thumbnailOf(side) } : {}) });
  video.addEventListener("loadedmetadata", () => { video.currentTime = (frame + 0.5) / side.fps; });
  return video;
}

export const lengthWords = ({ seconds, lasts }) => t("{seconds} s, {frames}", { seconds: decimals(seconds, 1), frames: tn("{n} frame", "{n} frames", lasts) });

export function boardWords(panels) {
  const seconds = panels.reduce((sum, each) => sum + each.seconds, 0);
  return panels.length ? tn("{n} panel, {seconds} s", "{n} panels, {seconds} s", panels.length, { seconds: decimals(seconds, 1) }) : "";
}

// The longest that a panel may last: a still as long as it likes, a clip to its end.
export const mostHeld = ({ side, frame }) => (side.kind === "still" ? 100000 : side.frames - frame);

function textField(panel, name, label, longest) {
  const field = Object.assign(make("textarea", ""), { name, rows: 2, maxLength: longest, value: panel[name] });
  return make("label", "", label, field);
}

function numberField(panel, name, label, values) {
  return make("label", "ct-number", label, Object.assign(make("input", ""), { type: "number", name, ...values }));
}

function tools(panel, of) {
  const earlier = makeButton(t("Earlier"), "move", panel.number - 1), later = makeButton(t("Later"), "move", panel.number + 1);
  earlier.disabled = panel.number === 1;
  later.disabled = panel.number === of;
  const link = Object.assign(make("a", "ct-open-take", t("The take")), { href: `/take?take=${panel.take}` });
  const buttons = [earlier, later, makeButton(t("Take out"), "remove", panel.id)];
  buttons.forEach((button) => button.classList.add("ct-small"));
  return make("div", "ct-panel-tools", ...buttons, link);
}

export function panelItem(panel, of, longest) {
  const head = make("div", "ct-panel-head", make("b", "", String(panel.number)), make("span", "ct-panel-shot", panel.shot), make("span", "ct-quiet", panel.shot_title), make("span", "ct-panel-length", lengthWords(panel)));
  const picture = make("div", "ct-panel-picture", pictureOf(panel.side, panel.frame));
  picture.draggable = true;
  const isClip = panel.side.kind === "clip";
  const frame = isClip ? [numberField(panel, "frame", t("From frame"), { min: 0, max: panel.side.frames - 1, value: panel.frame })] : [];
  const held = numberField(panel, "held", t("Frames"), { min: 1, max: mostHeld(panel), value: panel.held ?? "", placeholder: String(panel.lasts) });
  const problem = make("div", "ct-panel-problem");
  problem.setAttribute("role", "status");
  const item = make("li", "ct-panel", head, picture, textField(panel, "action", t("Action"), longest), textField(panel, "dialogue", t("Dialogue"), longest), make("div", "ct-panel-numbers", ...frame, held), tools(panel, of), problem);
  Object.assign(item, { tabIndex: 0 });
  Object.assign(item.dataset, { panel: panel.id, revision: panel.revision });
  item.setAttribute("aria-label", t("Panel {number} of {of}, {shot}", { number: panel.number, of, shot: panel.shot }));
  return item;
}

export function offeredTake(side) {
  const button = makeButton("", "add", side.take);
  button.append(side.kind === "still" || side.poster ? Object.assign(new Image(), { src: thumbnailOf(side), alt: "", loading: "lazy" }) : make("span", "", KINDS.clip));
  button.setAttribute("aria-label", t("Add take {number}", { number: side.take }));
  return button;
}

// Where a dragged panel comes, from 1: before or behind the one that it is over, by which half of it.
export function placeBeside({ left, width }, x, number, from) {
  const to = x < left + width / 2 ? number : number + 1;
  return to > from ? to - 1 : to;
}
