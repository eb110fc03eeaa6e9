// What the page says of a brief, of its place in the queue and of the time that is left.
import { count, t, tn } from "../language.js";

export function shapeWords({ kind, width, height, frames }) {
  if (kind !== "clip") return t("still, {width}x{height}", { width, height });
  return tn("clip, {width}x{height}, {n} frame", "clip, {width}x{height}, {n} frames", frames, { width, height });
}

// On the button that takes the nearest size.
export function useWords({ kind, width, height, frames }) {
  if (kind !== "clip") return t("Use {width}x{height}", { width, height });
  return tn("Use {width}x{height}, {n} frame", "Use {width}x{height}, {n} frames", frames, { width, height });
}

// What a brief starts from.
export function sourceWords({ width, height, is_clip: isClip, mask, take, item }) {
  if (item) return isClip ? t("from the library, a clip of {width}x{height}", { width, height }) : t("from the library, a still of {width}x{height}", { width, height });
  if (take) return isClip ? t("from a take, a clip of {width}x{height}", { width, height }) : t("from a take, a still of {width}x{height}", { width, height });
  if (mask && isClip) return t("from a clip with a mask, {width}x{height}", { width, height });
  if (mask) return t("from a still with a mask, {width}x{height}", { width, height });
  return isClip ? t("from a clip, {width}x{height}", { width, height }) : t("from a still, {width}x{height}", { width, height });
}

// How a writer's wordings did: as GET /api/briefs/rewrites answers.
export function writerWords({ writer, learned, judged, wins, low, stopped }) {
  const won = t("won {wins} of {judged} blind pairs", { wins: count(wins), judged: count(judged) });
  if (stopped) return learned ? t("The writer {stopped} suggests no more: its wording {won}.", { stopped, won }) : t("No more is suggested until a writer is tuned: untuned suggestions {won}.", { won });
  if (!learned) return t("The writer has not learned from this studio yet; comparisons teach it.");
  return judged ? t("{writer}: {won}, at least {low} %", { writer, won, low: Math.floor(100 * low) }) : t("{writer} learned from this studio; no pair of it is judged yet.", { writer });
}

// Why the newest tuning kept no writer, and what would help; nothing where it was not refused.
export function refusalWords({ refused }) {
  if (!refused) return "";
  const { pairs, accuracy, needed } = refused;
  const outcome = tn("The last tuning kept no writer. Of {n} held-out pair ordered rightly: {share} %.", "The last tuning kept no writer. Of {n} held-out pairs ordered rightly: {share} %.", pairs, { share: Math.round(100 * accuracy) });
  const advice = needed === null ? t("More comparisons, or a language model that knows other words, may help.") : tn("About {n} more decided pair would show whether it is more than chance.", "About {n} more decided pairs would show whether it is more than chance.", needed);
  return `${outcome} ${advice}`;
}

// Of a brief in two wordings.
export function comparisonWords({ brief, pairs, judged, to_draw: toDraw }) {
  const line = tn("Brief {brief} in two wordings: {judged} of {n} blind pair judged", "Brief {brief} in two wordings: {judged} of {n} blind pairs judged", pairs, { brief, judged: count(judged) });
  return toDraw ? `${line} · ${t("{number} to be drawn", { number: count(toDraw) })}` : line;
}

export const lengthWords = ({ tokens, most }) => t("{tokens} of {most} tokens", { tokens: count(tokens), most: count(most) });

// cancelled: takes of the brief whose place it took; both: its own words and a rewrite.
export function queuedWords({ brief, takes, seed, cancelled, both }) {
  const queued = both ? tn("Brief {brief} is queued in both wordings: {n} blind pair, whose takes are shown when it is judged.", "Brief {brief} is queued in both wordings: {n} blind pairs, whose takes are shown when they are judged.", takes, { brief }) : tn("Brief {brief} is queued: {n} take from seed {seed}.", "Brief {brief} is queued: {n} takes from seed {seed}.", takes, { brief, seed });
  const instead = cancelled ? [t("Takes of the brief before that are cancelled: {number}.", { number: count(cancelled) })] : [];
  return [queued, ...instead].join(" ");
}

// brief: as GET /api/briefs lists it; empty where nothing of it waits.
export function placeWords({ before, takes }) {
  if (before === null) return "";
  if (!takes.some(({ state }) => state === "queued")) return t("being drawn");
  if (before === 0) return takes.some(({ state }) => state === "leased") ? t("being drawn") : t("next to be drawn");
  return tn("{n} take before it", "{n} takes before it", before);
}

// Nothing where it was never measured.
export function timeWords(seconds) {
  if (seconds === null) return "";
  if (seconds < 60) return t("about {seconds} s left", { seconds: Math.round(seconds) });
  const all = Math.round(seconds / 60), hours = Math.floor(all / 60), minutes = all % 60;
  if (hours === 0) return t("about {minutes} min left", { minutes });
  return minutes ? t("about {hours} h {minutes} min left", { hours: count(hours), minutes }) : t("about {hours} h left", { hours: count(hours) });
}

export function doneWords({ takes, cancelled }) {
  const ended = takes.filter(({ state }) => state === "done" || state === "failed").length;
  const values = { ended: count(ended), all: count(takes.length), cancelled: count(cancelled) };
  return cancelled ? t("{ended} of {all}, {cancelled} cancelled", values) : t("{ended} of {all}", values);
}

// The share of a brief's work that is done, 0 to 1.
export function shareOf({ takes }) {
  const shares = takes.map(({ state, progress }) => (state === "done" || state === "failed" ? 1 : progress));
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}

export function totalWords({ waiting, done, failed }) {
  if (!waiting) return t("Nothing waits to be drawn.");
  return tn("{n} take to go, {done} done, {failed} failed", "{n} takes to go, {done} done, {failed} failed", waiting, { done: count(done), failed: count(failed) });
}
