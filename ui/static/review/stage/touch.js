// Fingers on the stage. One swipes towards the take that is better, where nothing else is moved by it: a near picture is
// panned first, and the edge of a wipe. Two bring nearer.
import { withPan, withZoom } from "./view.js";

const SHORTEST = 56;    // px of a swipe, or a sixth of the stage where that is more
const STEEPEST = 0.6;   // how far it may go up or down, as a share of how far it goes sideways

// "left" or "right", or "" for what is too short or too steep. x, y: px from where the finger came down.
export function swipedTo({ x, y }, width) {
  const isLong = Math.abs(x) >= Math.max(SHORTEST, width / 6), isFlat = Math.abs(y) <= STEEPEST * Math.abs(x);
  if (!isLong || !isFlat) return "";
  return x < 0 ? "left" : "right";
}

export const maySwipe = ({ zoom, mode }) => zoom <= 1 && mode !== "wipe";

const between = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) });

// The view after two fingers have moved, each from one place to another, on a box {left, top, width, height}.
export function pinched(view, [a, b], [c, d], box) {
  const before = between(a, b), after = between(c, d);
  const at = { x: (after.x - box.left) / box.width - 0.5, y: (after.y - box.top) / box.height - 0.5 };
  const moved = withPan(view, { x: (after.x - before.x) / box.width, y: (after.y - before.y) / box.height });
  return withZoom(moved, before.apart ? after.apart / before.apart : 1, at);
}

export class Touch {
  fingers = new Map();   // pointer -> where it is
  swipe = null;          // {from, began, shown} while one finger is down
  pinching = false;      // until all fingers are up again

  // get, set: the view. shown: names what is judged by a swipe, "" for nothing; swiped: is given the side and when the finger
  // came down.
  constructor(stage, { get, set, shown = () => "", swiped = () => {} }, signal) {
    Object.assign(this, { stage, get, set, shown, swiped });
    const handlers = { pointerdown: this.onDown, pointermove: this.onMove, pointerup: this.onUp, pointercancel: this.onCancel };
    for (const [kind, handler] of Object.entries(handlers)) {
      stage.addEventListener(kind, (event) => event.pointerType === "touch" && handler.call(this, event), { signal, capture: true });
    }
  }

  onDown(event) {
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.drop();
    if (this.fingers.size > 1) {
      this.pinching = true;
      event.stopPropagation();   // nothing is dragged
    } else if (this.shown() && maySwipe(this.get()) && !event.target.closest("button, .ct-draws")) {
      this.swipe = { from: { x: event.clientX, y: event.clientY }, began: performance.now(), shown: this.shown() };
    }
  }

  onMove(event) {
    if (!this.fingers.has(event.pointerId)) return;
    const before = [...this.fingers.values()];
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.pinching) {
      event.stopPropagation();
      this.pinch(before);
    } else if (this.swipe) {
      this.stage.dataset.swipe = this.sideOf(event);   // what would be chosen now; going back takes it away
    }
  }

  pinch(before) {
    const box = this.stage.querySelector(".ct-side")?.getBoundingClientRect();
    if (this.fingers.size === 2 && box) this.set(pinched(this.get(), before, [...this.fingers.values()], box));
  }

  sideOf(event) {
    const { from } = this.swipe;
    return swipedTo({ x: event.clientX - from.x, y: event.clientY - from.y }, this.stage.clientWidth);
  }

  // What came on the stage meanwhile is not what the finger was for.
  onUp(event) {
    const { swipe } = this, side = swipe && this.sideOf(event);
    this.onCancel(event);
    if (side && swipe.shown === this.shown()) this.swiped(side, swipe.began);
  }

  onCancel(event) {
    this.fingers.delete(event.pointerId);
    this.drop();
    if (!this.fingers.size) this.pinching = false;
  }

  drop() {
    this.swipe = null;
    delete this.stage.dataset.swipe;
  }
}
