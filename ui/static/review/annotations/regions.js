// Regions of a picture that notes are about: a box {x, y, w, h} or strokes, lines through points [x, y], all in shares of
// the picture, from its top left.

const CLOSEST = 0.003;      // between two points of a stroke
const MOST_POINTS = 600;    // of one stroke
const SMALLEST = 0.004;     // a box below this, on both sides, was a click

const clamp = (share) => Math.min(1, Math.max(0, share));
const short = (share) => Math.round(clamp(share) * 1e5) / 1e5;

// The picture inside a rectangle that it fills as far as its proportions let it (object-fit: contain).
export function contentOf(rect, { width, height }) {
  const scale = Math.min(rect.width / width, rect.height / height);
  const [w, h] = [width * scale, height * scale];
  return { left: rect.left + (rect.width - w) / 2, top: rect.top + (rect.height - h) / 2, width: w, height: h };
}

// Where on the picture a point of the screen is. `rect`: what the picture fills, with its zoom; a mirrored one counts from
// the other side.
export function pointAt({ clientX, clientY }, rect, size, { flip = false, flop = false } = {}) {
  const content = contentOf(rect, size);
  const x = (clientX - content.left) / content.width, y = (clientY - content.top) / content.height;
  return [short(flop ? 1 - x : x), short(flip ? 1 - y : y)];
}

// The stroke with one more point, unless it is where the last one is.
export function withPoint(stroke, point) {
  const last = stroke.at(-1);
  const isNear = last && Math.hypot(last[0] - point[0], last[1] - point[1]) < CLOSEST;
  return isNear || stroke.length >= MOST_POINTS ? stroke : [...stroke, point];
}

// The box between two corners, or null for a click.
export function boxBetween([ax, ay], [bx, by]) {
  const box = { x: Math.min(ax, bx), y: Math.min(ay, by), w: short(Math.abs(ax - bx)), h: short(Math.abs(ay - by)) };
  return box.w < SMALLEST || box.h < SMALLEST ? null : box;
}

// A region as the server takes it: strokes come without the box around them.
export const toSend = (region) => (region?.strokes ? { strokes: region.strokes } : region ?? undefined);

// The path of a region on a picture of these pixels, for an SVG of as many units.
export function pathOf(region, { width, height }) {
  const at = ([x, y]) => `${+(x * width).toFixed(2)} ${+(y * height).toFixed(2)}`;
  const line = (points) => `M${points.map(at).join("L")}${points.length === 1 ? `L${at(points[0])}` : ""}`;
  if (region.strokes) return region.strokes.map(line).join("");
  const { x, y, w, h } = region;
  return `${line([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])}Z`;
}
