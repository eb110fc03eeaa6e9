// Where each card is, in pixels, and which cards are in view. Cards are all of one size, so that ten thousand need no
// measuring. A place is the number of a take in the order of the board.
export const GAP = 10;
const isTouched = Boolean(globalThis.matchMedia?.("(pointer: coarse)").matches);   // fingers need more room: touch.css
export const HEAD = isTouched ? 46 : 34;      // the line above a shot's strip
export const FACTS = isTouched ? 180 : 116;   // what is written below a picture
export const NARROWEST = isTouched ? 244 : 186;
const MARGIN = 400;          // beyond the view, so that scrolling meets cards that are there

// A picture's height for its width; very tall and very wide pictures get a frame of their own.
export const pictureHeight = (width, aspect) => Math.round(width / Math.min(2.4, Math.max(0.7, aspect)));

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// First and last of what lies between two edges, in steps of `size`, of `count`; empty where first > last.
export function between(from, to, size, count) {
  return [clamp(Math.floor(from / size), 0, count), Math.min(count - 1, Math.floor(to / size))];
}

// All takes as one, line by line.
export class Wall {
  constructor(shots, width, aspect) {
    this.count = shots.reduce((sum, shot) => sum + shot.takes.length, 0);
    this.columns = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
    this.cardWidth = Math.floor((width - GAP * (this.columns - 1)) / this.columns);
    this.cardHeight = pictureHeight(this.cardWidth, aspect) + FACTS;
    this.line = this.cardHeight + GAP;
    this.height = Math.ceil(this.count / this.columns) * this.line;
  }

  at(place) {
    return { x: (place % this.columns) * (this.cardWidth + GAP), y: Math.floor(place / this.columns) * this.line };
  }

  visible(top, height) {
    const [first, last] = between(top - MARGIN, top + height + MARGIN, this.line, Math.ceil(this.count / this.columns));
    return [{ first: first * this.columns, last: Math.min(this.count, (last + 1) * this.columns) - 1 }];
  }

  step(place, dx, dy) {
    const next = place + dx + dy * this.columns;
    return next < 0 || next >= this.count ? place : next;
  }
}

// Each shot with a strip of its takes, which is scrolled by itself.
export class Rows {
  constructor(shots, width, aspect) {
    this.starts = [];   // the place of each shot's first take
    this.sizes = shots.map((shot) => shot.takes.length);
    this.count = 0;
    for (const size of this.sizes) {
      this.starts.push(this.count);
      this.count += size;
    }
    this.width = width;
    this.cardWidth = NARROWEST;
    this.cardHeight = pictureHeight(this.cardWidth, aspect) + FACTS;
    this.line = HEAD + this.cardHeight + 14 + GAP;   // 14: the strip's scroll bar
    this.height = shots.length * this.line;
  }

  // The shot of a place, by halving.
  rowOf(place) {
    let low = 0, high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // Within its strip.
  at(place) {
    const row = this.rowOf(place);
    return { row, x: (place - this.starts[row]) * (this.cardWidth + GAP), y: row * this.line };
  }

  // `left`: how far the strip of a row is scrolled.
  visible(top, height, left = () => 0) {
    const [first, last] = between(top - MARGIN, top + height + MARGIN, this.line, this.sizes.length);
    const rows = [];
    for (let row = first; row <= last; row += 1) {
      const step = this.cardWidth + GAP;
      const [from, to] = between(left(row) - step, left(row) + this.width + step, step, this.sizes[row]);
      rows.push({ row, first: this.starts[row] + from, last: this.starts[row] + to });
    }
    return rows;
  }

  step(place, dx, dy) {
    const row = this.rowOf(place);
    if (dx) return clamp(place + dx, this.starts[row], this.starts[row] + this.sizes[row] - 1);
    const next = clamp(row + dy, 0, this.sizes.length - 1);
    return this.starts[next] + Math.min(place - this.starts[row], this.sizes[next] - 1);
  }
}
