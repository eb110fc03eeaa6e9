// Which frames of a clip a note is about: the one on screen, those between in and out, or none of them in particular.
import { t } from "../../language.js";

export const WHERE = ["frame", "range", "take"];

export const nextWhere = (where) => WHERE[(WHERE.indexOf(where) + 1) % WHERE.length];

// [first, last] of the clip's own frames, or undefined for the whole take. transport: has frame and range.
export function framesOf(where, transport) {
  if (where === "frame") return [transport.frame, transport.frame];
  return where === "range" ? [transport.range.from, transport.range.to] : undefined;
}

// As a person reads them; firstFrame: the number of the first.
export function describeFrames(frames, firstFrame) {
  if (!frames) return t("whole take");
  const [from, to] = frames.map((frame) => frame + firstFrame);
  return from === to ? t("frame {number}", { number: from }) : t("frames {from}–{to}", { from, to });
}

export const isOn = (frames, frame) => !frames || (frames[0] <= frame && frame <= frames[1]);
