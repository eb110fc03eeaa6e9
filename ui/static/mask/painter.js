// A dialog in which a mask is painted over a picture or a clip: by pointer, by finger, by pen and by the keyboard. What will
// be drawn is clear, all else is darkened.
import { t, tn } from "../language.js";
import { make } from "../review/dom.js";
import { contentOf } from "../review/annotations/regions.js";
import { Marks, SIZES, USUAL_SIZE, paintMark, paintMarks } from "./marks.js";

const SHADE = "rgba(0, 0, 0, .62)";
const LARGEST = 1600;   // pixels a side of what is painted on the screen
const STEP = 0.02;      // that the brush moves by an arrow key, in shares of the picture
const short = (share) => Math.round(Math.min(1, Math.max(0, share)) * 1e4) / 1e4;

const TOOLS = [
  ["brush", "B", t("Brush")], ["erase", "E", t("Erase")], ["smaller", "[", t("Smaller")], ["larger", "]", t("Larger")],
  ["undo", "Z", t("Undo")], ["redo", "Y", t("Redo")], ["clear", "C", t("Clear")],
];

function toolButton([act, cap, label]) {
  const button = Object.assign(make("button", "", make("kbd", "", cap), label), { type: "button" });
  button.dataset.paint = act;
  return button;
}

const showStill = (address) => Object.assign(new Image(), { src: address, alt: "" });
const showClip = (address) => Object.assign(make("video", ""), { src: address, muted: true, preload: "auto", playsInline: true });

export class Painter {
  // source: {address, width, height, isClip}; marks: that there are already.
  constructor(source, marks = []) {
    Object.assign(this, { source, marks: new Marks(marks), at: USUAL_SIZE, erases: false, stroke: null, cursor: [0.5, 0.5], isKeyed: false });
    this.build();
  }

  build() {
    const { source } = this;
    this.picture = source.isClip ? showClip(source.address) : showStill(source.address);
    this.canvas = make("canvas", "");
    const scale = Math.min(1, LARGEST / Math.max(source.width, source.height));
    Object.assign(this.canvas, { tabIndex: 0, width: Math.round(source.width * scale), height: Math.round(source.height * scale) });
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", t("Mask: arrow keys move the brush, Space paints"));
    this.alpha = Object.assign(document.createElement("canvas"), { width: this.canvas.width, height: this.canvas.height });
    this.ring = make("div", "ct-mask-ring");
    this.stage = make("div", "ct-mask-stage", this.picture, this.canvas, this.ring);
    this.line = make("span", "ct-mask-line");
    this.line.setAttribute("role", "status");
    this.tools = make("div", "ct-mask-tools", ...TOOLS.map(toolButton), ...(source.isClip ? [this.frameField()] : []));
    const cancel = Object.assign(make("button", "", make("kbd", "", "Esc"), t("Cancel")), { type: "button" });
    const keep = Object.assign(make("button", "ct-mask-keep", make("kbd", "", "Enter"), t("Use the mask")), { type: "button" });
    cancel.dataset.paint = "cancel";
    keep.dataset.paint = "keep";
    this.box = make("dialog", "ct-mask-dialog", this.tools, this.stage, make("div", "ct-mask-tools", this.line, cancel, keep));
    this.box.setAttribute("aria-label", t("Paint the mask"));
    this.box.classList.toggle("ct-by-finger", matchMedia("(pointer: coarse)").matches);
  }

  frameField() {
    const field = Object.assign(make("input", ""), { type: "range", min: 0, max: 1000, value: 0 });
    field.addEventListener("input", () => { if (this.picture.duration) this.picture.currentTime = (field.value / 1000) * this.picture.duration; });
    return make("label", "", t("Frame"), " ", field);
  }

  // The marks, once they are to be used, or null.
  open() {
    const before = document.activeElement;
    document.body.append(this.box);
    this.listen();
    this.box.showModal();
    this.canvas.focus();
    this.draw();
    return new Promise((done) => {
      this.done = (marks) => {
        this.box.close();
        this.box.remove();
        this.resized.disconnect();
        before?.focus?.({ preventScroll: true });
        done(marks);
      };
    });
  }

  listen() {
    const { canvas, box } = this;
    for (const [kind, handler] of Object.entries({ pointerdown: this.onDown, pointermove: this.onMove, pointerup: this.onUp, pointercancel: this.onUp })) {
      canvas.addEventListener(kind, (event) => handler.call(this, event));
    }
    canvas.addEventListener("pointerleave", () => { this.ring.hidden = !this.isKeyed; });
    box.addEventListener("cancel", (event) => { event.preventDefault(); this.done(null); });
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("click", (event) => this.act(event.target.closest("[data-paint]")?.dataset.paint));
    this.resized = new ResizeObserver(() => this.place());
    this.resized.observe(this.stage);
  }

  // The canvas lies over the picture, as large as that is shown.
  place() {
    const { left, top, width, height } = contentOf({ left: 0, top: 0, width: this.stage.clientWidth, height: this.stage.clientHeight }, this.source);
    Object.assign(this.canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    this.showRing();
  }

  get size() { return SIZES[this.at]; }

  shareAt({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [short((clientX - left) / width), short((clientY - top) / height)];
  }

  onDown(event) {
    if (event.button || this.stroke) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.begin(this.shareAt(event));
  }

  onMove(event) {
    this.isKeyed = false;
    const between = this.stroke ? event.getCoalescedEvents?.() ?? [] : [];
    for (const each of between.length ? between : [event]) this.moveTo(this.shareAt(each));
  }

  onUp() { if (this.stroke) this.end(); }

  begin(point) {
    this.cursor = point;
    this.stroke = { points: [point], size: this.size, ...(this.erases ? { erase: true } : {}) };
    this.paintLive();
  }

  moveTo(point) {
    this.cursor = point;
    if (this.stroke) {
      this.stroke.points.push(point);
      this.paintLive();
    }
    this.showRing();
  }

  end() {
    this.marks.add(this.stroke);
    this.stroke = null;
    this.draw();
  }

  // Of the stroke that is being painted only what is new: the whole would be too much for each move.
  paintLive() {
    paintMark(this.alpha.getContext("2d"), { ...this.stroke, points: this.stroke.points.slice(-2) }, this.alpha, true);
    this.shade();
  }

  draw() {
    paintMarks(this.alpha, this.marks.shown);
    this.shade();
    this.show();
    this.place();
  }

  shade() {
    const context = this.canvas.getContext("2d"), { width, height } = this.canvas;
    context.globalCompositeOperation = "copy";
    context.fillStyle = SHADE;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "destination-out";
    context.drawImage(this.alpha, 0, 0);
  }

  show() {
    const { marks, erases, at } = this, disabled = { undo: !marks.list.length, redo: !marks.undone.length, clear: marks.isEmpty, smaller: at === 0, larger: at === SIZES.length - 1, keep: marks.isEmpty };
    this.box.querySelectorAll("[data-paint]").forEach((button) => {
      const { paint } = button.dataset;
      button.disabled = Boolean(disabled[paint]);
      if (paint === "brush" || paint === "erase") button.setAttribute("aria-pressed", String(erases === (paint === "erase")));
    });
    const size = t("brush {number} of {of}", { number: at + 1, of: SIZES.length });
    this.line.textContent = marks.isEmpty ? t("Paint over what is to be drawn again; {size}", { size }) : tn("{n} mark; {size}", "{n} marks; {size}", marks.shown.length, { size });
  }

  showRing() {
    const { ring, canvas, cursor } = this, width = parseFloat(canvas.style.width) || 0, height = parseFloat(canvas.style.height) || 0;
    const across = this.size * Math.max(width, height);
    ring.hidden = false;
    Object.assign(ring.style, {
      width: `${across}px`, height: `${across}px`,
      left: `${parseFloat(canvas.style.left) + cursor[0] * width - across / 2}px`, top: `${parseFloat(canvas.style.top) + cursor[1] * height - across / 2}px`,
    });
  }

  resize(by) {
    this.at = Math.min(SIZES.length - 1, Math.max(0, this.at + by));
    this.show();
    this.showRing();
  }

  act(name) {
    const acts = {
      brush: () => { this.erases = false; }, erase: () => { this.erases = true; }, smaller: () => this.resize(-1), larger: () => this.resize(1),
      undo: () => this.marks.undo(), redo: () => this.marks.redo(), clear: () => this.marks.clear(),
      cancel: () => this.done(null), keep: () => !this.marks.isEmpty && this.done(this.marks.list),
    };
    if (!acts[name] || this.stroke) return;
    acts[name]();
    if (this.box.isConnected) this.draw();
  }

  onKey(event) {
    event.stopPropagation();   // nothing behind the dialog
    const { key, shiftKey, target } = event, isOnCanvas = target === this.canvas;
    if (event.altKey) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const letters = isCommand ? { z: shiftKey ? "redo" : "undo", y: "redo" } : { b: "brush", e: "erase", "[": "smaller", "]": "larger", z: "undo", y: "redo", c: "clear" };
    const act = letters[key.toLowerCase()] ?? (key === "Enter" && isOnCanvas ? "keep" : "");
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (act) this.act(act);
    else if (isOnCanvas && moves[key]) this.moveBy(moves[key], shiftKey);
    else if (isOnCanvas && key === " ") this.dab();
    else return;
    event.preventDefault();
  }

  // With Shift it paints as it goes.
  moveBy([x, y], paints) {
    this.isKeyed = true;
    const { width, height } = this.source, longer = Math.max(width, height);
    const next = [short(this.cursor[0] + (x * STEP * longer) / width), short(this.cursor[1] + (y * STEP * longer) / height)];
    if (!paints) return this.moveTo(next);
    this.begin(this.cursor);
    this.moveTo(next);
    return this.end();
  }

  dab() {
    this.isKeyed = true;
    this.begin(this.cursor);
    this.end();
  }
}

// The marks that somebody painted over the picture, or null where it was left.
export const paintOver = (source, marks) => new Painter(source, marks).open();
