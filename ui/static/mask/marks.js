// What is painted into a mask: strokes of a brush or an eraser, boxes and rings, in shares of the picture, so that they can be
// undone, kept and painted again at any size. White is drawn, black is kept.

export const SIZES = [0.015, 0.025, 0.04, 0.065, 0.1, 0.16, 0.25];   // of a brush: its width in shares of the longer side
export const USUAL_SIZE = 3;                                         // its place among them
const FEATHER = 0.012;      // how far an edge is soft, in shares of the longer side
const MARGIN = 0.015;       // by which the mask of a note's region is larger than that
const NOTE_BRUSH = 0.065;   // of what a note drew with a line
const OPEN = 0.35;          // a line whose ends are nearer, as a share of its extent, went around something
const SMALL = 0.03;         // such a ring is larger
// From the edge inwards: how far it reaches, and how much it covers, one on top of the other.
const SOFT = [[1, 0.52], [0.66, 0.5], [0.33, 0.6], [0, 1]];

export class Marks {
  list = [];
  undone = [];

  constructor(list = []) { this.list = [...list]; }

  add(mark) {
    this.list.push(mark);
    this.undone = [];
  }

  // Everything; it can be undone like any other.
  clear() { if (!this.isEmpty) this.add({ clear: true }); }
  undo() { return this.move(this.list, this.undone); }
  redo() { return this.move(this.undone, this.list); }

  move(from, to) {
    if (!from.length) return false;
    to.push(from.pop());
    return true;
  }

  // Those that are still seen.
  get shown() { return this.list.slice(this.list.findLastIndex(({ clear }) => clear) + 1); }
  get isEmpty() { return !this.shown.some(({ erase }) => !erase); }
}

const extentOf = (points) => {
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  return Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
};

// Whether a line went around something instead of over it.
export function isRing(points) {
  const extent = extentOf(points), first = points[0], last = points.at(-1);
  return points.length > 3 && extent > SMALL && Math.hypot(first[0] - last[0], first[1] - last[1]) < OPEN * extent;
}

// The region of a note as marks: a box, what its lines go over, and what they go around.
export function marksOf(region) {
  if (!region) return [];
  if (!region.strokes) return [{ box: [region.x, region.y, region.w, region.h], grow: MARGIN }];
  return region.strokes.map((points) => ({ points, size: NOTE_BRUSH, filled: isRing(points) }));
}

function trace(context, { box, points }, { width, height }) {
  context.beginPath();
  if (box) {
    context.rect(box[0] * width, box[1] * height, box[2] * width, box[3] * height);
    return;
  }
  points.forEach(([x, y], k) => (k ? context.lineTo(x * width, y * height) : context.moveTo(x * width, y * height)));
  if (points.length === 1) context.lineTo(points[0][0] * width, points[0][1] * height);
}

// Into a context whose alpha is the mask; `isHard`: without the soft edge, while it is being painted.
export function paintMark(context, mark, size, isHard = false) {
  const longer = Math.max(size.width, size.height);
  context.save();
  context.globalCompositeOperation = mark.erase ? "destination-out" : "source-over";
  Object.assign(context, { lineCap: "round", lineJoin: "round", strokeStyle: "#fff", fillStyle: "#fff" });
  trace(context, mark, size);
  for (const [reach, cover] of isHard ? SOFT.slice(-1) : SOFT) {
    context.globalAlpha = cover;
    context.lineWidth = Math.max(1, longer * ((mark.size ?? 2 * (mark.grow ?? 0)) + 2 * FEATHER * reach));
    if (mark.box || mark.filled) context.fill();
    context.stroke();
  }
  context.restore();
}

// All of them, on a canvas that has no other picture.
export function paintMarks(canvas, marks, isHard = false) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  marks.forEach((mark) => paintMark(context, mark, canvas, isHard));
}

// A PNG file of the picture's size, white on black.
export async function fileOf(marks, { width, height }) {
  const [alpha, mask] = [0, 1].map(() => Object.assign(document.createElement("canvas"), { width, height }));
  paintMarks(alpha, marks.shown);
  const context = mask.getContext("2d");
  context.fillRect(0, 0, width, height);
  context.drawImage(alpha, 0, 0);
  const blob = await new Promise((done) => { mask.toBlob(done, "image/png"); });
  return new File([blob], "mask.png", { type: "image/png" });
}
