// The field in which a note is written, with what it marks on the picture and on which frames it is.
import { describeFrames, framesOf, nextWhere } from "./note_frames.js";
import { toSend } from "./regions.js";

export class NoteForm {
  where = "frame";
  kept = null;          // frames of a note that is being edited, until others are chosen
  isClip = false;

  // box: with an input, tools (data-tool) and a button for frames (data-frames). done: Enter; left: Escape;
  // changed: something was typed or marked.
  constructor(box, { drawing, transport, firstFrame, done, left, changed = () => {} }) {
    Object.assign(this, { box, drawing, transport, firstFrame, done, left, changed });
    this.field = box.querySelector("input");
    this.framesButton = box.querySelector("[data-frames]");
    drawing.changed = () => { this.showTools(); changed(); };
    this.field.addEventListener("input", () => changed());
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("click", (event) => this.onClick(event));
    // The field keeps the focus, so that whoever types goes on typing.
    box.addEventListener("pointerdown", (event) => event.target.closest("[data-tool], [data-frames]") && event.preventDefault());
  }

  get text() { return this.field.value.trim(); }
  get frames() { return this.isClip ? this.kept ?? framesOf(this.where, this.transport) : undefined; }

  // What is sent beside take and text.
  get more() {
    const region = toSend(this.drawing.region), { frames } = this;
    return { ...(region ? { region } : {}), ...(frames ? { frames } : {}) };
  }

  fill({ text = "", region = null, frames = null, isClip = false }) {
    Object.assign(this, { isClip, kept: frames, where: frames || !text ? "frame" : "take" });
    this.field.value = text;
    this.field.setSelectionRange(text.length, text.length);
    this.drawing.use("");
    this.drawing.set(region);
    this.showTools();
  }

  empty() {
    this.fill({});
    this.field.blur();
  }

  showTools() {
    this.box.querySelectorAll("[data-tool]").forEach((button) => {
      const { tool } = button.dataset;
      if (tool === "clear") button.hidden = !this.drawing.region;
      else button.setAttribute("aria-pressed", String(this.drawing.tool === tool));
    });
    this.framesButton.hidden = !this.isClip;
    this.framesButton.querySelector("span").textContent = describeFrames(this.frames, this.firstFrame);
  }

  choose(tool) {
    if (tool === "clear") this.drawing.set(null);
    else this.drawing.use(this.drawing.tool === tool ? "" : tool);
    this.showTools();
    this.changed();
  }

  chooseFrames() {
    this.where = this.kept ? "frame" : nextWhere(this.where);
    this.kept = null;
    this.showTools();
    this.changed();
  }

  onClick(event) {
    const button = event.target.closest("button");
    if (button?.dataset.tool) this.choose(button.dataset.tool);
    else if (button && button === this.framesButton) this.chooseFrames();
    else return;
    this.field.focus();
  }

  onKey(event) {
    if (event.key === "Escape") this.left();
    else if (event.key === "Enter" && event.target === this.field && !event.isComposing) this.done();
  }
}
