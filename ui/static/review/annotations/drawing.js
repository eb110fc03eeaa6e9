// What notes mark on a picture, and the tools by which it is marked: a box or freehand strokes, by pointer or touch. The
// layer lies over the picture and goes with its zoom, so that nothing of it is in the picture itself.
import { make } from "../dom.js";
import { sizeOf } from "../stage/detail.js";
import { boxBetween, pathOf, pointAt, withPoint } from "./regions.js";

const SVG = "http://www.w3.org/2000/svg";

function drawing(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Light with a dark edge: it is seen on every picture.
function mark(region, size, className) {
  const d = pathOf(region, size);
  return drawing("g", { class: className }, drawing("path", { d, class: "ct-edge" }), drawing("path", { d, class: "ct-line-drawn" }));
}

export class Drawing {
  tool = "";        // "box", "pen" or ""
  region = null;    // what is being marked
  shown = [];       // regions of notes: {region, isChosen}
  from = null;      // while the pointer is down: where it went down
  side = "";

  // view: gives how the stage is looked at; changed: is called when something was marked.
  constructor(stage, { view = () => ({}), changed = () => {} }) {
    Object.assign(this, { stage, view, changed });
    this.svg = drawing("svg", { preserveAspectRatio: "xMidYMid meet", "aria-hidden": "true" });
    this.layer = make("div", "ct-drawing", this.svg);
    this.sizes = new ResizeObserver(() => this.place());
    for (const [kind, handler] of Object.entries({
      pointerdown: this.onDown, pointermove: this.onMove, pointerup: this.onUp, pointercancel: this.onUp,
    })) this.layer.addEventListener(kind, (event) => this.tool && handler.call(this, event));
    this.layer.addEventListener("click", (event) => event.stopPropagation());
  }

  get box() { return this.stage.querySelector(`.ct-side[data-side="${this.side}"]`); }
  get picture() { return this.box?.querySelector("img, video"); }
  get size() {
    const { width, height } = sizeOf(this.picture);
    return { width: width || 1, height: height || 1 };   // before it is loaded
  }

  // Over the take on this side; "" takes the layer away.
  attach(side) {
    this.side = side;
    this.sizes.disconnect();
    if (!this.picture) return this.layer.remove();
    if (this.layer.parentElement !== this.stage) this.stage.append(this.layer);
    this.sizes.observe(this.box);
    this.place();
    return this.draw();
  }

  place() {
    const { box } = this;
    if (!box) return;
    const places = { left: box.offsetLeft, top: box.offsetTop, width: box.offsetWidth, height: box.offsetHeight };
    for (const [name, pixels] of Object.entries(places)) this.layer.style[name] = `${pixels}px`;
  }

  use(tool) {
    this.tool = tool;
    this.layer.classList.toggle("ct-draws", Boolean(tool));
  }

  set(region) {
    this.region = region;
    this.draw();
  }

  show(regions) {
    this.shown = regions;
    this.draw();
  }

  clear() {
    Object.assign(this, { region: null, shown: [], from: null });
    this.use("");
    this.layer.remove();
    this.sizes.disconnect();
  }

  draw() {
    if (!this.picture) return;
    const { size } = this;
    this.svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    const marks = this.shown.map(({ region, isChosen }) => mark(region, size, isChosen ? "ct-chosen-region" : ""));
    this.svg.replaceChildren(...marks, ...(this.region ? [mark(this.region, size, "ct-now-drawn")] : []));
  }

  at(event) {
    return pointAt(event, this.svg.getBoundingClientRect(), this.size, this.view());
  }

  onDown(event) {
    if (event.button || !this.picture) return;
    event.preventDefault();      // the field keeps the focus
    event.stopPropagation();     // the picture stays where it is
    this.layer.setPointerCapture(event.pointerId);
    this.from = this.at(event);
    this.before = this.tool === "pen" ? this.region?.strokes ?? [] : [];
    this.stroke = [this.from];
  }

  onMove(event) {
    if (!this.from) return;
    event.stopPropagation();
    if (this.tool === "box") return this.set(boxBetween(this.from, this.at(event)));
    const between = event.getCoalescedEvents?.() ?? [];   // what the pointer did since the last frame of the screen
    for (const each of between.length ? between : [event]) this.stroke = withPoint(this.stroke, this.at(each));
    return this.set({ strokes: [...this.before, this.stroke] });
  }

  onUp() {
    if (!this.from) return;
    this.from = null;
    if (this.tool === "pen") this.set({ strokes: [...this.before, this.stroke] });
    this.changed();
  }
}
