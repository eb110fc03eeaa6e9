// What a brief starts from: a plate that is chosen here, the shot's, a take, a library frame, or that of the brief that it was
// made from; and a mask, which is a file or painted here.
import { t } from "../language.js";
import { Marks, fileOf } from "../mask/marks.js";
import { paintOver } from "../mask/painter.js";
import { make } from "../review/dom.js";
import { Chooser, kindOf, sourceOf } from "./chooser.js";
import { sourceWords } from "./words.js";

const STILLS = "image/png,image/jpeg,image/webp", CLIPS = "video/mp4";

// Which files the model can start from for this kind of take.
export function acceptedOf(starts, kind) {
  const stills = kind === "still" ? ["image_to_image", "inpaint"] : ["first_frame"];
  const accepted = [...(stills.some((start) => starts.includes(start)) ? [STILLS] : []), ...(kind === "clip" && starts.includes("video_to_video") ? [CLIPS] : [])];
  return accepted.join(",");
}

// Whether the shot has one, of a kind that may be chosen.
export const takesPlate = (accepted, plate) => Boolean(plate) && accepted.includes(plate.is_clip ? CLIPS : STILLS);

// Whether a part of it can be drawn for this kind of take; picture: {frames}, null of a clip whose length is not known.
export function takesMask(starts, kind, picture) {
  if (!picture) return false;
  return kind === "still" ? starts.includes("inpaint") : picture.frames !== 1 && starts.includes("inpaint_clip");
}

// A still is the first frame of the clip that starts from it, as it is.
export const hasStrength = (picture, kind) => Boolean(picture) && !(kind === "clip" && picture.frames === 1);

async function measureStill(address) {
  const image = Object.assign(new Image(), { src: address, alt: "" });
  await image.decode();
  return { element: image, picture: { width: image.naturalWidth, height: image.naturalHeight, frames: 1 } };
}

async function measureClip(address) {
  const video = Object.assign(make("video", ""), { src: address, muted: true, controls: true, preload: "metadata" });
  await new Promise((done, fail) => { video.addEventListener("loadedmetadata", done); video.addEventListener("error", fail); });
  return { element: video, picture: { width: video.videoWidth, height: video.videoHeight, frames: null } };
}

export class SourceFields {
  chosen = { source: null, mask: null };   // {file, picture}, and of a mask that was painted its marks
  plate = null;                            // {width, height, is_clip, mask} of the shot, where it has one
  kept = null;                             // {width, height, is_clip, mask, media} of the studio, with isPlate, take or sha256

  constructor(root, form, changed) {
    Object.assign(this, { root, form, changed, starts: [] });
    for (const name of ["source", "mask"]) form.elements[name].addEventListener("change", () => this.choose(name));
    root.querySelector("[data-act=use-plate]").addEventListener("click", () => { this.usePlate(); this.changed(); });
    root.querySelector("[data-act=use-library]").addEventListener("click", () => this.chooseFromLibrary());
    root.querySelector("[data-act=drop-kept]").addEventListener("click", () => { this.keep(null); this.changed(); });
    root.querySelector("[data-act=paint]").addEventListener("click", () => this.paint());
  }

  // licences: names of those that a plate may be put under; none for who may not.
  begin(starts, licences) {
    this.starts = starts;
    this.form.elements.licence.replaceChildren(new Option(t("as recorded"), ""), ...licences.map((name) => new Option(name, name)));
    this.show();
  }

  get kind() { return this.form.elements.kind.value; }

  // What the brief starts from, whichever way.
  get picture() {
    if (this.kept) return { ...this.kept, frames: this.kept.is_clip ? null : 1 };
    return this.chosen.source?.picture ?? null;
  }

  async choose(name) {
    const [file] = this.form.elements[name].files, place = this.root.querySelector(`[data-preview=${name}]`);
    place.querySelectorAll("img, video").forEach(({ src }) => URL.revokeObjectURL(src));
    place.replaceChildren();
    this.chosen[name] = file ? { file, picture: null } : null;
    if (file) await this.preview(name, file, place);
    if (name === "source" && file) this.kept = null;
    if (name === "source") this.drop("mask");
    this.show();
    this.changed();
  }

  // What the browser cannot show, the server may yet take, or says what is wrong with it.
  async preview(name, file, place) {
    const address = URL.createObjectURL(file), measure = file.type.startsWith("video/") ? measureClip : measureStill;
    const { element, picture } = await measure(address).catch(() => ({}));
    if (this.chosen[name]?.file !== file) return;
    this.chosen[name].picture = picture ?? null;
    const shown = element ? [element, make("span", "", `${picture.width}x${picture.height}`)] : [make("span", "", t("This browser cannot show the file."))];
    place.replaceChildren(...shown, this.removeButton(name));
  }

  measure(address, isClip) { return (isClip ? measureClip : measureStill)(address); }

  removeButton(name) {
    const button = Object.assign(make("button", "ct-small", t("Remove")), { type: "button" });
    button.setAttribute("aria-label", name === "mask" ? t("Remove the mask") : t("Remove the plate"));
    button.addEventListener("click", () => {
      this.form.elements[name].value = "";
      this.choose(name);
      this.form.elements[name].focus();
    });
    return button;
  }

  keep(source) {
    this.kept = source;
    if (source) this.clear();
    else this.drop("mask");
    this.show();
  }

  // What a mask is painted over: {address, width, height, isClip}; null while that is not known or not shown to this person.
  get canvas() {
    const { kept, chosen: { source } } = this;
    if (kept) return kept.media ? { address: kept.media, width: kept.width, height: kept.height, isClip: kept.is_clip } : null;
    const address = this.root.querySelector("[data-preview=source] :is(img, video)")?.src;
    return source?.picture && address ? { address, width: source.picture.width, height: source.picture.height, isClip: source.picture.frames !== 1 } : null;
  }

  get marks() { return this.chosen.mask?.marks ?? null; }

  async paint() {
    const marks = await paintOver(this.canvas, this.marks ?? []);
    if (!marks) return;
    await this.useMarks(marks);
    this.changed();
  }

  // marks: of mask/marks.js; they are kept with the draft.
  async useMarks(marks) {
    const { width, height } = this.canvas, file = await fileOf(new Marks(marks), { width, height });
    this.form.elements.mask.value = "";
    this.chosen.mask = { file, picture: null, marks };
    await this.preview("mask", file, this.root.querySelector("[data-preview=mask]"));
    this.chosen.mask.picture = { width, height, frames: 1 };
    this.show();
  }

  // Of the shot that is named now: one in use is that of the shot before.
  offerPlate(plate) {
    this.plate = plate;
    if (this.kept?.isPlate && this.kept.media !== plate?.media) this.usePlate(); else this.show();
  }

  usePlate() {
    this.keep(this.plate && { ...this.plate, isPlate: true });
  }

  async chooseFromLibrary() {
    this.chooser ??= new Chooser(this.form.closest(".ct-briefs").querySelector(".ct-chooser"));
    const item = await this.chooser.choose(kindOf(acceptedOf(this.starts, this.kind)));
    if (!item) return;
    this.keep(sourceOf(item));
    this.changed();
  }

  clear() { for (const name of ["source", "mask"]) this.drop(name); }

  drop(name) {
    const place = this.root.querySelector(`[data-preview=${name}]`);
    place.querySelectorAll("img, video").forEach(({ src }) => URL.revokeObjectURL(src));
    place.replaceChildren();
    this.form.elements[name].value = "";
    this.chosen[name] = null;
  }

  // What a model cannot do is not there.
  show() {
    const { source, mask, strength } = this.form.elements, { kind, picture, kept } = this;
    const accepted = acceptedOf(this.starts, kind);
    this.root.hidden = !accepted && !kept;
    source.accept = accepted;
    source.closest("label").hidden = Boolean(kept);
    this.root.querySelector("[data-act=use-plate]").hidden = Boolean(kept) || !takesPlate(accepted, this.plate);
    this.root.querySelector("[data-act=use-library]").hidden = Boolean(kept) || !accepted;
    const isMaskable = takesMask(this.starts, kind, picture ?? (this.chosen.source ? { frames: null } : null));
    mask.closest("label").hidden = !isMaskable;
    const paint = this.root.querySelector("[data-act=paint]");
    paint.hidden = !isMaskable || !this.canvas;
    paint.textContent = this.marks ? t("Paint on") : t("Paint the mask");
    strength.closest("label").hidden = !hasStrength(picture ?? (this.chosen.source ? { frames: null } : null), kind);
    const { licence } = this.form.elements;
    licence.disabled = licence.options.length < 2 || !(this.chosen.source || kept?.isPlate);   // takes and library frames have their own
    licence.closest("label").hidden = licence.disabled;
    this.root.querySelector(".ct-kept").hidden = !kept;
    if (kept) this.showKept(kept);
    for (const name of ["source", "mask"]) this.root.querySelector(`[data-preview=${name}]`).hidden = !this.chosen[name] || this.form.elements[name].closest("label").hidden;
  }

  showKept(kept) {
    const place = this.root.querySelector(".ct-kept .ct-kept-picture"), shown = place.querySelector("img, video");
    this.root.querySelector(".ct-kept span").textContent = sourceWords(kept);
    if (!kept.media) place.replaceChildren();
    else if (!shown || new URL(shown.src).pathname !== kept.media) place.replaceChildren(Object.assign(make(kept.is_clip ? "video" : "img", ""), kept.is_clip ? { src: kept.media, muted: true, preload: "metadata" } : { src: kept.media, alt: "" }));
  }

  // Which of the studio's files it is.
  get named() {
    const { kept } = this;
    if (kept?.isPlate) return { uses_plate: true };
    if (kept?.take) return { source_take: kept.take };
    if (kept?.sha256) return { source_media: kept.sha256 };
    return kept ? { keeps_source: true } : {};
  }

  // What of the body is about it; the files themselves go beside.
  get fields() {
    const pictures = Object.entries(this.files).map(([name]) => [name, this.chosen[name].picture]);
    return { ...this.named, ...Object.fromEntries(pictures.filter(([, picture]) => picture)) };
  }

  get files() {
    const used = Object.entries(this.chosen).filter(([name, each]) => each?.file && !this.form.elements[name].closest("label").hidden);
    return Object.fromEntries(used.map(([name, { file }]) => [name, file]));
  }
}
