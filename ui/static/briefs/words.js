// What the page says of a brief, of its place in the queue and of the time that is left.

const frameWords = (frames) => (frames === 1 ? "1 frame" : `${frames} frames`);

export function shapeWords({ kind, width, height, frames }) {
  return kind === "clip" ? `clip, ${width}x${height}, ${frameWords(frames)}` : `still, ${width}x${height}`;
}

// On the button that takes the nearest size.
export function useWords({ kind, width, height, frames }) {
  return kind === "clip" ? `Use ${width}x${height}, ${frameWords(frames)}` : `Use ${width}x${height}`;
}

// What a brief starts from.
export function sourceWords({ width, height, is_clip: isClip, mask }) {
  if (mask) return `from a still with a mask, ${width}x${height}`;
  return isClip ? `from a clip, ${width}x${height}` : `from a still, ${width}x${height}`;
}

export function lengthWords({ tokens, most }) {
  return `${tokens} of ${most} tokens`;
}

// brief: as GET /api/briefs lists it; empty where nothing of it waits.
export function placeWords({ before, takes }) {
  if (before === null) return "";
  if (!takes.some(({ state }) => state === "queued")) return "being drawn";
  if (before === 0) return takes.some(({ state }) => state === "leased") ? "being drawn" : "next to be drawn";
  return before === 1 ? "1 take before it" : `${before.toLocaleString("en")} takes before it`;
}

// Nothing where it was never measured.
export function timeWords(seconds) {
  if (seconds === null) return "";
  if (seconds < 60) return `about ${Math.round(seconds)} s left`;
  const minutes = Math.round(seconds / 60), hours = Math.floor(minutes / 60);
  if (hours === 0) return `about ${minutes} min left`;
  return minutes % 60 ? `about ${hours} h ${minutes % 60} min left` : `about ${hours} h left`;
}

export function doneWords({ takes, cancelled }) {
  const ended = takes.filter(({ state }) => state === "done" || state === "failed").length;
  return cancelled ? `${ended} of ${takes.length}, ${cancelled} cancelled` : `${ended} of ${takes.length}`;
}

// The share of a brief's work that is done, 0 to 1.
export function shareOf({ takes }) {
  const shares = takes.map(({ state, progress }) => (state === "done" || state === "failed" ? 1 : progress));
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}

export function totalWords({ waiting, done, failed }) {
  const left = waiting === 1 ? "1 take to go" : `${waiting.toLocaleString("en")} takes to go`;
  return waiting ? `${left}, ${done.toLocaleString("en")} done, ${failed.toLocaleString("en")} failed` : "Nothing waits to be drawn.";
}
