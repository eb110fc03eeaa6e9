// The pointer on the stage: the wheel brings nearer, dragging moves what is near, and in a wipe it moves the edge. A drag is
// no click.
import { withPan, withWipe, withZoom } from "./view.js";

const DRAG = 4;            // px after which a press is a drag
const PER_NOTCH = 1.0015;  // of zoom, for each px of the wheel

const boxOf = (event) => event.target.closest(".ct-side, .ct-drawing")?.getBoundingClientRect();

export class Pointer {
  from = null;       // where the pointer was last, while it is down
  dragged = false;

  // get, set: the view as it is, and a new one.
  constructor(stage, { get, set }, signal) {
    Object.assign(this, { stage, get, set });
    const listen = (kind, handler, options = {}) => stage.addEventListener(kind, handler, { signal, ...options });
    listen("wheel", (event) => this.onWheel(event), { passive: false });
    listen("pointerdown", (event) => this.onDown(event));
    listen("pointermove", (event) => this.onMove(event));
    for (const kind of ["pointerup", "pointercancel"]) listen(kind, () => { this.from = null; });
    listen("click", (event) => this.onClick(event), { capture: true });
  }

  onWheel(event) {
    const box = boxOf(event);
    if (!box || event.ctrlKey) return;
    event.preventDefault();
    const at = { x: (event.clientX - box.left) / box.width - 0.5, y: (event.clientY - box.top) / box.height - 0.5 };
    this.set(withZoom(this.get(), PER_NOTCH ** -event.deltaY, at));
  }

  onDown(event) {
    if (event.button || !boxOf(event)) return;
    this.from = { x: event.clientX, y: event.clientY };
    this.dragged = false;
  }

  onMove(event) {
    if (!this.from) return;
    const by = { x: event.clientX - this.from.x, y: event.clientY - this.from.y };
    if (!this.dragged && Math.hypot(by.x, by.y) < DRAG) return;
    if (!this.dragged) this.stage.setPointerCapture(event.pointerId);
    this.dragged = true;
    this.from = { x: event.clientX, y: event.clientY };
    this.move(by);
  }

  move({ x, y }) {
    const view = this.get(), { width, height } = this.stage.querySelector(".ct-side")?.getBoundingClientRect() ?? {};
    if (!width) return;
    if (view.mode === "wipe" && view.zoom === 1) this.set(withWipe(view, x / width));
    else this.set(withPan(view, { x: x / width, y: y / height }));
  }

  onClick(event) {
    if (!this.dragged) return;
    this.dragged = false;
    event.stopPropagation();
  }
}
