// The form of a brief: its fields as the server takes them, what is wrong beside which, and what it was made from.
import { Draft, fillIn, valuesOf } from "../drafts.js";
import { t, tn } from "../language.js";
import { make } from "../review/dom.js";
import { KINDS } from "../names.js";
import { SourceFields } from "./source.js";
import { Rewriting } from "./rewriting.js";
import { lengthWords, queuedWords, useWords } from "./words.js";

export const PAUSE = 350;   // ms after the last key, before the brief is checked
const EARLIER = "briefs before", MOST_EARLIER = 20;   // under which what was being written is kept
const FROM_BRIEF = ["prompt", "negative_prompt", "kind", "width", "height", "frames", "steps", "guidance", "guidance_2", "strength"];

// The body of POST /api/briefs/check and /queue; what is empty is left out.
export function bodyOf(values, origin = null) {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim()));
  if (given.kind === "still") delete given.frames;   // a still has one, whatever the form had for a clip
  return { ...given, ...(origin ? { based_on: origin.brief, ...(origin.replaces ? { replaces: true } : {}) } : {}) };
}

// The form's values for a brief of the list.
export function valuesOfBrief(brief) {
  const values = Object.fromEntries(FROM_BRIEF.map((name) => [name, brief[name] === null ? "" : String(brief[name])]));
  return { ...values, place: `${brief.project}/${brief.shot}`, takes: String(Math.max(1, brief.takes.length)), seed: "" };
}

// What is shown while one types: what is missing is no fault before the brief is queued.
export const toShow = (problems, isQueueing) => problems.filter(({ missing }) => isQueueing || !missing);

export class BriefForm {
  origin = null;   // {brief, replaces} of the brief that it is made from
  problems = [];
  shots = new Map();   // what a cut says of each, by PROJECT/SHOT: {cut_frames, plate}
  filled = "";         // the frames that nobody typed

  // server: {check(body), queue(body), propose(body)}, each gives {ok, body, line}.
  constructor(root, server, store) {
    Object.assign(this, { root, server, form: root.querySelector("form") });
    this.line = root.querySelector(".ct-outcome");
    this.button = this.form.querySelector("[type=submit]");
    this.draft = new Draft(this.form, store, "brief");
    this.source = new SourceFields(root.querySelector(".ct-source"), this.form, () => this.changed());
    this.rewriting = new Rewriting(root.querySelector(".ct-rewriting"), this.form.elements.prompt, server, this);
    this.form.addEventListener("input", (event) => this.onInput(event));
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
    this.form.addEventListener("keydown", (event) => this.onKey(event));
    this.form.addEventListener("click", (event) => this.onClick(event));
  }

  // offers: as GET /api/briefs/form answers; place: the shot that the address names, if it names one.
  begin(offers, place) {
    this.offers = offers;
    const { kind } = this.form.elements, kept = this.draft.read();
    kind.replaceChildren(...offers.kinds.map((each) => new Option(KINDS[each.kind], each.kind)));
    kind.closest("label").hidden = offers.kinds.length < 2;
    this.form.elements.guidance_2.closest("label").hidden = !offers.second_guidance;
    this.fillUsual(offers.kinds.some((each) => each.kind === kept.kind) ? kept.kind : offers.kinds[0].kind);
    fillIn(this.form, { ...kept, ...(place ? { place } : {}) });
    this.source.kept = JSON.parse(kept.kept_source ?? "null");
    if (kept.mask_marks && this.source.canvas) this.source.useMarks(JSON.parse(kept.mask_marks));
    if (kept.based_on) this.setOrigin({ brief: Number(kept.based_on), replaces: kept.replaces === "yes" });
    this.source.begin(offers.starts, offers.licences);
    if (this.earlier.length) this.showBegun({});
    this.showShot();
    this.showKind();
    if (this.form.elements.prompt.value.trim()) this.check();
  }

  // Numbers that production usually draws of this kind.
  fillUsual(kind) {
    const usual = this.offers.kinds.find((each) => each.kind === kind);
    if (usual) fillIn(this.form, { kind, ...Object.fromEntries(["width", "height", "frames", "steps", "guidance"].map((name) => [name, String(usual[name])])) });
    this.filled = this.form.elements.frames.value;
    this.fillFrames();
  }

  get shot() { return this.shots.get(this.form.elements.place.value.trim()); }

  // As many as the cut has, unless somebody typed others.
  fillFrames() {
    const { frames, kind } = this.form.elements, usual = this.offers.kinds.find((each) => each.kind === kind.value);
    if (!usual || frames.value !== this.filled || kind.value !== "clip") return;
    this.filled = String(this.shot?.cut_frames ?? usual.frames);
    fillIn(this.form, { frames: this.filled });
  }

  showShot() {
    this.fillFrames();
    this.source.offerPlate(this.shot?.plate ?? null);
  }

  showKind() {
    const { kind, frames, takes } = this.form.elements, number = takes.value.trim();
    frames.closest("label").hidden = kind.value !== "clip";
    this.source.show();
    this.button.textContent = /^\d+$/.test(number) ? tn("Queue {n} take", "Queue {n} takes", Number(number)) : t("Queue takes");
  }

  body() {
    const values = valuesOf(this.form);
    for (const name of ["strength", "guidance_2"]) if (this.form.elements[name].closest("label").hidden) delete values[name];
    return { ...bodyOf(values, this.origin), ...this.source.fields };
  }

  onInput({ target }) {
    if (target.name === "kind") this.fillUsual(target.value);
    if (target.name === "place") this.showShot();
    this.changed();
  }

  changed() {
    this.showKind();
    this.keep();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), PAUSE);
  }

  keep() {
    const { origin, source } = this;
    const kept = source.kept ? { kept_source: JSON.stringify(source.kept), ...(source.marks ? { mask_marks: JSON.stringify(source.marks) } : {}) } : {};
    this.draft.keep({ ...(origin ? { based_on: String(origin.brief), replaces: origin.replaces ? "yes" : "no" } : {}), ...kept });
  }

  // Answers may come out of turn: the last question counts. Whether nothing is wrong.
  async check(isQueueing = false) {
    clearTimeout(this.timer);
    const checking = (this.checking = {});
    const { ok, body, line } = await this.server.check(this.body());
    if (this.checking !== checking) return false;
    if (!ok) return this.tell(line, true);
    this.show(toShow(body.problems, isQueueing), body.prompt);
    return !body.problems.length;
  }

  show(problems, length) {
    this.problems = problems;
    this.root.querySelector(".ct-length").textContent = length ? lengthWords(length) : "";
    this.root.querySelectorAll("[data-error]").forEach((place) => this.showProblem(place, problems.find(({ field }) => field === place.dataset.error)));
  }

  showProblem(place, problem) {
    const words = problem?.error ?? "";
    if (place.firstChild?.textContent !== words) place.replaceChildren(...(problem ? [make("span", "", words), ...this.buttonsOf(problem)] : []));
    place.dataset.fields.split(" ").forEach((name) => {
      this.form.elements[name].toggleAttribute("aria-invalid", Boolean(problem));
      if (problem) this.form.elements[name].setAttribute("aria-invalid", "true");
    });
  }

  buttonsOf({ use }) {
    if (!use) return [];
    const button = Object.assign(make("button", "ct-small", useWords(use)), { type: "button" });
    button.dataset.use = JSON.stringify(use);
    return [button];
  }

  onClick(event) {
    const { use, act } = event.target.closest("button")?.dataset ?? {};
    if (use) {
      const { kind, width, height, frames } = JSON.parse(use);
      fillIn(this.form, { kind, width: String(width), height: String(height), frames: String(frames) });
      this.changed();
      this.form.elements.width.focus();
    }
    if (act === "take-prompt") this.putBefore(this.begun.prompt);
    if (act === "earlier") this.goBack();
    if (act === "afresh") {
      this.setOrigin(null);
      this.source.keep(null);
      this.changed();
    }
  }

  onKey(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
  }

  async onSubmit(event) {
    event.preventDefault();
    await this.checkAndQueue();
  }

  // rewrite: {writer, prompt} where both wordings are to be drawn.
  async checkAndQueue(rewrite = null) {
    if (this.button.disabled) return;
    this.button.disabled = true;
    try {
      if (await this.check(true)) await this.queue(rewrite);
      else this.focusFirst();
    } finally {
      this.button.disabled = false;
    }
  }

  focusFirst() {
    const place = [...this.root.querySelectorAll("[data-error]")].find((each) => each.firstChild);
    if (!place) return;
    this.tell(t("Not queued: see what is marked."), true);
    this.form.elements[place.dataset.fields.split(" ")[0]].focus();
  }

  async queue(rewrite = null) {
    const { ok, body, line } = await this.server.queue({ ...this.body(), ...(rewrite ? { rewrite } : {}) }, this.source.files);
    if (!ok) return this.tell(t("Not queued: {why}", { why: line }), true);
    this.setOrigin(null);
    this.source.keep(null);
    this.rewriting.clear();
    this.showBegun(this.earlier.length ? {} : null);
    this.changed();
    this.tell(queuedWords(body));
    this.root.dispatchEvent(new CustomEvent("circletake:queued"));
    return true;
  }

  // From a brief of the list: a duplicate, or an edit, which takes its place in the queue.
  take(brief, isEdit) {
    fillIn(this.form, valuesOfBrief(brief));
    this.source.clear();
    this.setOrigin({ brief: brief.id, replaces: isEdit });
    this.showBegun(null);
    this.source.keep(brief.source);
    this.changed();
    this.tell("");
    this.form.scrollIntoView({ block: "nearest" });
    this.form.elements.prompt.focus();
  }

  // From a take, as GET /api/briefs/from-take answers, or from a file of the studio ({sha256, media, width, height, is_clip}).
  // words: of the note that is to be fixed; marks: of the mask.
  async beginFrom(start, { words = "", marks = [] } = {}) {
    const earlier = this.draft.read(), isTake = Boolean(start.take);
    this.setOrigin(null);
    if (isTake) {
      const { place, negative_prompt, kind, width, height, frames, steps, guidance, guidance_2 } = start;
      const values = { place, negative_prompt, kind, width, height, frames, steps, guidance, guidance_2, prompt: words || start.prompt, seed: "", strength: "" };
      fillIn(this.form, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === null ? "" : String(value)])));
    }
    this.source.keep({ ...start, is_clip: start.is_clip ?? start.kind === "clip", mask: false });
    if (marks.length) await this.source.useMarks(marks);
    if (earlier.prompt) this.draft.store.write(EARLIER, [...this.earlier, earlier].slice(-MOST_EARLIER));
    this.showBegun({ ...start, words });
    this.changed();
    this.form.elements.prompt.focus();
  }

  showBegun(begun) {
    this.begun = begun;
    const banner = this.root.querySelector(".ct-begun");
    banner.hidden = !begun;
    if (!begun) return;
    const isBegun = begun.media ? t("Starts from what you chose. Nothing is drawn before you queue it.") : "";
    banner.querySelector("span").textContent = begun.words ? t("Fixes what the note says. Nothing is drawn before you queue it.") : isBegun;
    const isOther = Boolean(begun.words && begun.prompt);
    banner.querySelector("q").hidden = banner.querySelector("[data-act=take-prompt]").hidden = !isOther;
    banner.querySelector("q").textContent = begun.prompt ?? "";
    banner.querySelector("[data-act=earlier]").hidden = !this.earlier.length;
  }

  // Drafts of what was being written before, the newest last, which a reload does not lose either.
  get earlier() { return this.draft.store.read(EARLIER, []); }

  putBefore(words) {
    const { prompt } = this.form.elements;
    prompt.value = [words, prompt.value].filter((each) => each.trim()).join(", ");
    this.changed();
    prompt.focus();
  }

  goBack() {
    const rest = this.earlier, earlier = rest.pop(), empty = Object.fromEntries(Object.keys(valuesOf(this.form)).map((name) => [name, ""]));
    fillIn(this.form, { ...empty, ...earlier });
    this.source.keep(JSON.parse(earlier.kept_source ?? "null"));
    this.setOrigin(earlier.based_on ? { brief: Number(earlier.based_on), replaces: earlier.replaces === "yes" } : null);
    if (earlier.mask_marks && this.source.canvas) this.source.useMarks(JSON.parse(earlier.mask_marks)).then(() => this.changed());
    this.draft.store.write(EARLIER, rest.length ? rest : null);
    this.showBegun(rest.length ? {} : null);
    this.changed();
  }

  setOrigin(origin) {
    this.origin = origin;
    const banner = this.root.querySelector(".ct-origin");
    banner.hidden = !origin;
    if (origin) {
      banner.querySelector("span").textContent = origin.replaces
        ? t("Edits brief {brief}. A new brief is queued, and what of {brief} is not drawn yet is cancelled.", origin)
        : t("From brief {brief}, which stays as it is.", origin);
    }
    this.keep();
  }

  tell(words, isRefusal = false) {
    this.line.textContent = words;
    this.line.classList.toggle("ct-refused", isRefusal);
    return false;
  }
}
