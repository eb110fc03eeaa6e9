// In, out and place of a circled take.
import { t } from "../language.js";
import { make, makeButton } from "../review/dom.js";
import { cutInWords } from "./facts.js";

export class CutTools {
  // post: sends a select's fields; transport: has the range between in and out.
  constructor(root, { post, transport, firstFrame }) {
    Object.assign(this, { post, transport, firstFrame });
    this.section = root.querySelector(".ct-cut");
  }

  draw(details) {
    const { cut, side, may_circle } = details;
    this.details = details;
    this.section.hidden = !cut || !side || !may_circle;
    if (this.section.hidden) return;
    this.section.querySelector(".ct-cut-now").textContent = cutInWords(cut, side.kind, this.firstFrame);
    const range = side.kind === "clip" ? this.clipTools() : this.stillTools();
    const earlier = cut.position > 1 ? [makeButton(t("Earlier"), "place", cut.position - 1)] : [];
    const later = cut.position < cut.of ? [makeButton(t("Later"), "place", cut.position + 1)] : [];
    this.section.querySelector(".ct-tools").replaceChildren(...range, ...earlier, ...later);
    this.update();
  }

  clipTools() {
    const button = makeButton("", "use-range", "");
    button.append(make("kbd", "", "Enter"), make("span", ""));
    this.rangeButton = button;
    return [button];
  }

  stillTools() {
    const field = Object.assign(make("input", "ct-hold"), { type: "number", min: 1, max: 100000, value: this.details.cut.frame_out + 1 });
    this.rangeButton = null;
    return [make("label", "", t("Hold, frames"), " ", field), makeButton(t("Set"), "use-range", "")];
  }

  // What in and out would be, while they are others than those of the select.
  update() {
    const button = this.rangeButton;
    if (!button || this.section.hidden) return;
    const { from, to } = this.transport.range, { frame_in, frame_out } = this.details.cut;
    button.hidden = from === frame_in && to === frame_out;
    button.querySelector("span").textContent = t("Set {from}–{to}", { from: from + this.firstFrame, to: to + this.firstFrame });
  }

  get hold() { return Math.max(1, Math.round(Number(this.section.querySelector(".ct-hold")?.value) || 1)); }

  useRange() {
    const { cut, side } = this.details ?? {};
    if (this.section.hidden) return undefined;
    const { from, to } = side.kind === "clip" ? this.transport.range : { from: 0, to: this.hold - 1 };
    return from === cut.frame_in && to === cut.frame_out ? undefined : this.post({ frame_in: from, frame_out: to });
  }

  place(position) {
    const { frame_in, frame_out } = this.details.cut;
    return this.post({ frame_in, frame_out, position: Number(position) });
  }
}
