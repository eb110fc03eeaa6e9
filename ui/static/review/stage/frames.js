// Frames of a clip by number: where they lie in time, how they are written, and which are played.

const NOMINAL = (fps) => Math.round(fps);

// A point in the middle of the frame: at its edge a browser may show the one before.
export const timeOf = (frame, fps) => (frame + 0.5) / fps;
export const frameAt = (seconds, fps) => Math.floor(seconds * fps + 1e-3);

// 90 at 24 -> "00:00:03:18". Counted in whole frames a second (no drop frames), as a cutting room counts 23.976.
export function timecode(frame, fps) {
  const rate = NOMINAL(fps), seconds = Math.floor(frame / rate), two = (number) => String(number).padStart(2, "0");
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, frame % rate].map(two).join(":");
}

// What is played: from `from` to `to`, both of them too. Marks that cross swap.
export function playedRange({ markIn, markOut, frames }) {
  const [a, b] = [markIn ?? 0, markOut ?? frames - 1];
  return a <= b ? { from: a, to: b } : { from: b, to: a };
}

// The next frame, round and round in the range.
export function stepped(frame, by, { from, to }) {
  const length = to - from + 1;
  return from + (((frame - from + by) % length) + length) % length;
}

// L again plays faster, up to four times; J goes back.
export const faster = (rate) => (rate > 0 ? Math.min(rate * 2, 4) : 1);
export const backwards = (rate) => (rate < 0 ? Math.max(rate * 2, -4) : -1);
// Half or twice as fast, in the direction that it plays; from standing still, forward.
export const scaled = (rate, by) => Math.sign(rate || 1) * Math.min(4, Math.max(0.25, Math.abs(rate || 1) * by));
