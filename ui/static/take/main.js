// The page of one take: its picture or player, notes in threads, how it was made, and others to compare it with.
import { count, decimals, t, tn } from "../language.js";
import { STATES } from "../names.js";
import { startPage } from "../stage_page.js";
import { Drawing } from "../review/annotations/drawing.js";
import { NoteForm } from "../review/annotations/note_form.js";
import { isOn } from "../review/annotations/note_frames.js";
import { actionOf, actionOfButton, capOf, usableKeys } from "../review/keyboard.js";
import { Server } from "../review/server.js";
import { drawAlone, drawPair } from "../review/stage/side_by_side.js";
import { load } from "../review/stage/loading.js";
import { Transport } from "../review/stage/transport.js";
import { ViewControls } from "../review/stage/view_controls.js";
import { Store } from "../review/store.js";
import { paintOver } from "../mask/painter.js";
import { Saver } from "../saving.js";
import { CutTools } from "./cut.js";
import { drawHistory, drawMade, drawOthers, drawSteps } from "./facts.js";
import { drawLikeness } from "./likeness.js";
import { drawPassport } from "./passport.js";
import { drawThreads, findNote, framesOnBar } from "./threads.js";

const RETRY = 2000;   // ms between tries while the server does not answer

class TakePage {
  details = null;
  other = null;          // the take beside it
  threads = [];
  answers = null;        // the thread that the note answers
  editing = null;
  chosen = "";           // the thread under the pointer or with the focus
  left = new AbortController();

  constructor(root, person) {
    this.root = root;
    this.server = new Server(person);
    this.saver = new Saver(this.server);
    this.store = new Store(person);
    this.keys = usableKeys(this.store.keys);
    const { signal } = this.left, firstFrame = this.firstFrame = Number(root.dataset.firstFrame);
    this.viewing = new ViewControls(root, signal, {
      takes: () => [this.side, this.other].filter(Boolean),
      boxOf: (take, { width, height }) => ({ width: this.other ? width / 2 : width, height }),
    });
    this.transport = new Transport(root, firstFrame, signal);
    this.drawing = new Drawing(this.stage, { view: () => this.viewing.view });
    this.form = new NoteForm(root.querySelector(".ct-note"), {
      drawing: this.drawing, transport: this.transport, firstFrame,
      done: () => this.keepNote(), left: () => this.leaveNote(), changed: () => this.keepDraft(),
    });
    this.cut = new CutTools(root, { post: (fields) => this.postOnTake("/api/selects", fields), transport: this.transport, firstFrame });
    this.transport.drawn = () => { this.showMarks(); this.cut.update(); };
    root.querySelectorAll("kbd[data-cap]").forEach((cap) => { cap.textContent = capOf(this.keys[cap.dataset.cap]); });
  }

  get stage() { return this.root.querySelector(".ct-stage"); }
  get take() { return new URLSearchParams(location.search).get("take") ?? ""; }

  begin() {
    const listen = (target, kind, handler) => target.addEventListener(kind, handler, { signal: this.left.signal });
    listen(document, "keydown", (event) => this.onKey(event));
    listen(this.root, "click", (event) => this.onClick(event));
    for (const kind of ["pointerover", "focusin"]) {
      listen(this.root.querySelector(".ct-threads"), kind, (event) => this.point(event.target.closest("[data-thread]")?.dataset.thread ?? ""));
    }
    listen(this.root.querySelector(".ct-threads"), "pointerleave", () => this.point(""));
    this.refresh();
  }

  tell(problem) { this.root.querySelector(".ct-problem").textContent = problem; }

  // ---- what there is --------------------------------------------------------------------------------------------------

  async refresh() {
    if (!this.take) return this.explain(new Error(t("no take is named in the address; choose one on the board")), true);
    try {
      this.details = await this.server.read(`/api/takes/${encodeURIComponent(this.take)}`);
    } catch (error) {
      return this.explain(error);
    }
    this.draw();
    if (!this.details.side) return setTimeout(() => this.refresh(), RETRY);   // until it is drawn
    if (!this.side) this.begunWith(this.details.side);
    return this.refreshNotes();
  }

  explain(error, isFinal = /take:/.test(error.message)) {
    this.stage.querySelector(".ct-empty b")?.replaceChildren(error.message);
    if (!isFinal) setTimeout(() => this.refresh(), RETRY);
  }

  draw() {
    const { details, root } = this, { shot, project, made, state, stars, raters, side } = details;
    root.querySelector(".ct-shot").textContent = shot;
    root.querySelector(".ct-back").href = `/board?${new URLSearchParams({ shot: `${project}/${shot}` })}`;
    const prompt = root.querySelector(".ct-prompt");
    prompt.textContent = prompt.title = made.prompt;
    root.querySelector(".ct-take-state").textContent = side ? "" : STATES[state];
    root.querySelector(".ct-mean").textContent = raters ? t("{stars} by {number}", { stars: decimals(stars, 1), number: count(raters) }) : "";
    root.querySelectorAll("[data-star]").forEach((button) => button.classList.toggle("ct-on", Number(button.dataset.star) <= details.my_stars));
    root.querySelector(".ct-take-tags").textContent = details.tags.length ? t("Tags: {tags}", { tags: details.tags.join(", ") }) : "";
    root.querySelector(".ct-again").hidden = !details.may_draw_again;
    root.querySelector(".ct-change").hidden = !side;   // there is nothing to paint over before it is drawn
    if (!side) this.stage.querySelector(".ct-empty b")?.replaceChildren(t("This take is not there yet: {state}", { state: STATES[state] }));
    drawSteps(root.querySelector(".ct-steps"), details, Boolean(side));
    drawMade(root.querySelector(".ct-made"), made, details.reward, details.grounds);
    drawHistory(root.querySelector(".ct-past"), details.history, made.kind, this.firstFrame);
    drawOthers(root.querySelector(".ct-others"), details.others, this.other?.take);
    this.cut.draw(details);
    drawLikeness(root.querySelector(".ct-likeness"), details.take, Boolean(side));
    drawPassport(root.querySelector(".ct-passport"), details.take, details.may_circle);
  }

  begunWith(side) {
    this.side = { ...side };
    load(this.side, () => this.drawStage(), this.viewing.needed(this.side));
    this.drawStage();
    const draft = this.store.read(`note on ${this.take}`, {});
    this.form.fill({ ...(draft.text ? draft : {}), isClip: side.kind === "clip" });
  }

  drawStage() {
    const { side, other, stage } = this, takes = other ? [side, other] : [side];
    if (other) drawPair(stage, { left: side, right: other }, false);
    else drawAlone(stage, side);
    stage.classList.toggle("ct-alone", !other);
    this.viewing.loadDetail();
    this.root.querySelectorAll("[data-pair]").forEach((button) => { button.hidden = !other; });
    if (takes.every((take) => take.state === "ready")) this.transport.attach(null, takes);
    this.drawing.attach("left");
    this.markBar();
  }

  compare(take) {
    const side = this.details.others.find((each) => String(each.take) === String(take));
    this.other = side && this.other?.take !== side.take ? { ...side } : null;
    if (this.other) load(this.other, () => this.drawStage(), this.viewing.needed(this.other));
    else this.viewing.change("plain");
    this.drawStage();
    drawOthers(this.root.querySelector(".ct-others"), this.details.others, this.other?.take);
  }

  // ---- notes ----------------------------------------------------------------------------------------------------------

  async refreshNotes() {
    try {
      const { threads, own_only } = await this.server.notes(this.take);
      this.threads = threads;
      this.root.querySelector(".ct-own-only").hidden = !own_only;
      drawThreads(this.root.querySelector(".ct-threads"), threads, this.firstFrame);
      this.markBar();
      this.showMarks();
    } catch (error) {
      this.tell(t("the notes cannot be shown: {why}", { why: error.message }));
    }
  }

  markBar() { this.transport.showNotes(framesOnBar(this.threads)); }

  showMarks() {
    const { frame } = this.transport;
    const marked = this.threads.filter(({ id, region, frames, resolved }) =>
      region && id !== this.editing?.id && (String(id) === this.chosen || (!resolved && isOn(frames, frame))));
    this.drawing.show(marked.map(({ id, region }) => ({ region, isChosen: String(id) === this.chosen })));
    this.form.showTools();
  }

  point(thread) {
    if (thread === this.chosen) return;
    this.chosen = thread;
    this.showMarks();
  }

  writeNote({ answers = null, editing = null } = {}) {
    if (!this.side) return;
    Object.assign(this, { answers, editing });
    const title = editing ? t("Edit") : answers ? t("Answer to {name}", { name: answers.author }) : "";
    this.root.querySelector(".ct-note-for").textContent = title;
    if (editing) this.form.fill({ ...editing, isClip: this.side.kind === "clip" });
    if (answers) this.form.where = "take";
    this.transport.pause();
    if (editing?.frames) this.transport.seek(editing.frames[0]);
    this.form.showTools();
    this.form.field.focus();
  }

  keepDraft() {
    const { text } = this.form;
    this.store.write(`note on ${this.take}`, text && !this.editing && !this.answers ? { text, region: this.drawing.region } : null);
  }

  leaveNote() {
    Object.assign(this, { answers: null, editing: null });
    this.root.querySelector(".ct-note-for").textContent = "";
    this.form.empty();
    this.form.fill({ isClip: this.side?.kind === "clip" });
    this.form.field.blur();
    this.store.write(`note on ${this.take}`, null);
    this.showMarks();
  }

  // What is typed stays until the server has it.
  async keepNote() {
    const { text, more } = this.form, { answers, editing } = this;
    if (!text) return;
    const links = { ...(answers ? { reply_to: answers.id } : {}), ...(editing ? { supersedes: editing.id } : {}) };
    if (await this.postOnTake("/api/notes", { text, ...more, ...links }, false)) this.leaveNote();
    this.refreshNotes();
  }

  async takeBack(id) {
    await this.server.takeBackNote(id).catch((error) => this.tell(t("not taken back: {why}", { why: error.message })));
    if (this.editing?.id === Number(id)) this.leaveNote();
    this.refreshNotes();
  }

  async resolve(note, resolved) {
    await this.post("/api/notes/resolutions", { note: Number(note), resolved }, false);
    this.refreshNotes();
  }

  // ---- judging, and drawing more --------------------------------------------------------------------------------------

  // Whether it is saved; `isShown`: whether the page shows it, and is read again.
  async post(path, fields, isShown = true) {
    const { isSaved, error } = await this.saver.save(path, fields);
    this.tell(isSaved ? "" : t("not saved: {why}", { why: error }));
    if (isShown) await this.refresh();
    return isSaved;
  }

  postOnTake(path, fields, isShown) { return this.post(path, { take: Number(this.take), ...fields }, isShown); }

  rate(stars) {
    return this.side && this.postOnTake("/api/ratings", { stars: stars === this.details.my_stars ? 0 : stars });
  }

  async drawAgain(sameSeed) {
    const takes = sameSeed ? 1 : Math.max(1, Math.round(Number(this.root.querySelector(".ct-again input").value) || 1));
    const { isSaved, error } = await this.saver.send("/api/takes/again", { take: Number(this.take), takes, same_seed: sameSeed });
    this.root.querySelector(".ct-queued").textContent = isSaved
      ? tn("{n} take queued; the board shows it when it is drawn", "{n} takes queued; the board shows them when they are drawn", takes)
      : t("not queued: {why}", { why: error });
  }

  // A brief that starts from the take; nothing is drawn before somebody queues it there.
  beginBrief(more = {}) { location.assign(`/briefs?${new URLSearchParams({ take: this.take, ...more })}`); }

  // The marks are handed over in this browser.
  async paintMask() {
    if (!this.side) return;
    this.transport.pause();
    const { media, width, height, kind } = this.side;
    const marks = await paintOver({ address: media, width, height, isClip: kind === "clip" });
    if (!marks) return;
    this.store.write(`mask for take ${this.take}`, marks);
    this.beginBrief();
  }

  // ---- keys and buttons -----------------------------------------------------------------------------------------------

  act({ stars, moreStars, view, move, play, act, value }) {
    if (stars) return this.rate(stars);
    if (moreStars) return this.rateBy(moreStars);
    if (view) return this.look(view);
    if (move) return this.viewing.move(move);
    if (play) return this.transport.change(play);
    const note = () => findNote(this.threads, value);
    const acts = {
      note: () => this.writeNote(),
      answer: () => this.writeNote({ answers: note() }),
      edit: () => this.writeNote({ editing: note() }),
      fix: () => this.beginBrief({ note: value }),
      paint: () => this.paintMask(),
      "take-back": () => this.takeBack(value),
      resolve: () => this.resolve(value, true),
      reopen: () => this.resolve(value, false),
      "to-frame": () => this.transport.seek(Number(value)),
      compare: () => this.compare(value),
      alone: () => this.compare(""),
      status: () => this.postOnTake("/api/statuses", { status: value }),
      "use-range": () => this.cut.useRange(),
      place: () => this.cut.place(value),
      again: () => this.drawAgain(true),
      more: () => this.drawAgain(false),
    };
    return acts[act]?.();
  }

  rateBy(more) {
    const stars = Math.min(5, Math.max(0, this.details.my_stars + more));
    if (stars !== this.details.my_stars) this.postOnTake("/api/ratings", { stars });
  }

  // Ways of looking at two takes need two.
  look(view) {
    if (this.other || !["side", "wipe", "ab", "difference", "overlay"].includes(view)) this.viewing.change(view);
  }

  onKey(event) {
    if (!this.root.isConnected) return this.left.abort();
    if (!this.root.getClientRects().length) return undefined;
    const isFree = event.target === document.body;
    if (isFree && event.key === "Enter") return this.cut.useRange();
    if (isFree && event.key === "Escape" && this.other) return this.compare("");
    const action = actionOf(event, this.keys);
    if (!action || action.verdict || !this.details) return undefined;
    event.preventDefault();
    return this.act(action);
  }

  onClick(event) {
    const button = event.target.closest("button"), action = button && actionOfButton(button.dataset);
    if (!action || !this.details) return;
    button.blur();
    this.act(action);
  }
}

export function start(element) {
  const root = element.querySelector(".ct-take-page");
  return startPage(root, (person) => new TakePage(root, person));
}
