// What a brief starts from: a plate and a mask that are chosen here, or those of the brief that it was made from.
import { t } from "../language.js";
import { make } from "../review/dom.js";
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
  chosen = { source: null, mask: null };   // {file, picture}
  plate = null;                            // {width, height, is_clip, mask} of the shot, where it has one
  kept = null;                             // {width, height, is_clip, mask} of the brief that it was made from

  constructor(root, form, changed) {
    Object.assign(this, { root, form, changed, starts: [] });
    for (const name of ["source", "mask"]) form.elements[name].addEventListener("change", () => this.choose(name));
    root.querySelector("[data-act=use-plate]").addEventListener("click", () => { this.usePlate(); this.changed(); });
    root.querySelector("[data-act=drop-kept]").addEventListener("click", () => { this.keep(null); this.changed(); });
  }

  begin(starts) {
    this.starts = starts;
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
    this.show();
  }

  // Of the shot that is named now: one in use is that of the shot before.
  offerPlate(plate) {
    this.plate = plate;
    if (this.kept?.isPlate) this.usePlate(); else this.show();
  }

  usePlate() {
    this.keep(this.plate && { ...this.plate, isPlate: true });
  }

  clear() {
    for (const name of ["source", "mask"]) {
      this.form.elements[name].value = "";
      this.chosen[name] = null;
      this.root.querySelector(`[data-preview=${name}]`).replaceChildren();
    }
  }

  // What a model cannot do is not there.
  show() {
    const { source, mask, strength } = this.form.elements, { kind, picture, kept } = this;
    const accepted = acceptedOf(this.starts, kind);
    this.root.hidden = !accepted && !kept;
    source.accept = accepted;
    source.closest("label").hidden = Boolean(kept);
    this.root.querySelector("[data-act=use-plate]").hidden = Boolean(kept) || !takesPlate(accepted, this.plate);
    mask.closest("label").hidden = Boolean(kept) || kind !== "still" || !this.starts.includes("inpaint") || !this.chosen.source;
    strength.closest("label").hidden = !hasStrength(picture ?? (this.chosen.source ? { frames: null } : null), kind);
    this.root.querySelector(".ct-kept").hidden = !kept;
    if (kept) this.root.querySelector(".ct-kept span").textContent = sourceWords(kept);
    for (const name of ["source", "mask"]) this.root.querySelector(`[data-preview=${name}]`).hidden = !this.chosen[name] || this.form.elements[name].closest("label").hidden;
  }

  // What of the body is about it; the files themselves go beside.
  get fields() {
    if (this.kept) return this.kept.isPlate ? { uses_plate: true } : { keeps_source: true };
    const pictures = Object.entries(this.files).map(([name]) => [name, this.chosen[name].picture]);
    return Object.fromEntries(pictures.filter(([, picture]) => picture));
  }

  get files() {
    const used = Object.entries(this.chosen).filter(([name, each]) => each && !this.form.elements[name].closest("label").hidden);
    return Object.fromEntries(used.map(([name, { file }]) => [name, file]));
  }
}
