// A note stays with the take that it was opened for, whatever is chosen or judged meanwhile. What is typed is kept in the
// browser as it is typed: a page that is loaded again, by whatever accident, goes on with it.
import { t } from "../../language.js";
import { make, makeButton } from "../dom.js";
import { Drawing } from "./drawing.js";
import { NoteForm } from "./note_form.js";
import { describeFrames, isOn } from "./note_frames.js";

const ON = { left: t("Note on the left take"), right: t("Note on the right take") };
const KEPT = { left: t("the note on the left take is kept"), right: t("the note on the right take is kept"), earlier: t("the note on the earlier take is kept") };

// One's own notes on a take, from the threads of GET /api/notes.
export const ownNotes = (threads) =>
  threads.flatMap((thread) => [thread, ...thread.replies]).filter((note) => note.mine && !note.taken_back);

export const pendingNotes = (waiting, take) => waiting.filter(({ path, body }) => path === "/api/notes" && body.take === take);

export class Notes {
  subject = null;   // {take, side, shot, kind} while the field is open
  editing = null;   // the note that is being edited
  own = [];         // one's own notes on the take
  pending = 0;
  clips = [];       // takes of the clips on the stage
  onBar = new Map(); // take -> frames of one's own notes, for the scrub bar

  // outbox, server: of the page; transport, view: of its stage; sideOf: gives the side of a take there, or ""; hint: tells
  // the person a line.
  constructor(root, { store, outbox, server, transport, firstFrame, view, sideOf, hint }) {
    Object.assign(this, { store, outbox, server, transport, firstFrame, sideOf, hint });
    transport.drawn = () => this.showMarks();
    this.box = root.querySelector(".ct-note");
    this.list = this.box.querySelector("ul");
    this.drawing = new Drawing(root.querySelector(".ct-stage"), { view });
    this.form = new NoteForm(this.box, {
      drawing: this.drawing, transport, firstFrame,
      done: () => this.close(), left: () => this.discard(), changed: () => this.keepDraft(),
    });
  }

  get field() { return this.form.field; }
  get text() { return this.subject ? this.form.text : ""; }

  open(subject) {
    this.show(subject, ON[subject.side]);
    this.transport.pause();
    this.field.focus();
  }

  show(subject, title) {
    const isOther = this.subject?.take !== subject.take;
    this.subject = subject;
    this.box.classList.add("ct-open");
    this.box.querySelector(".ct-note-for").textContent = title;
    if (!isOther) return;
    this.own = [];
    this.form.fill({ isClip: subject.kind === "clip" });
    this.redraw();
    this.refresh();
  }

  // What is on the stage now; the bar under it gets the marks of one's notes on its clips.
  onStage(takes) {
    const clips = takes.filter((take) => take.kind === "clip").map(({ take }) => take);
    if (clips.join() !== this.clips.join()) {
      this.clips = clips;
      this.onBar.clear();
      clips.forEach((take) => this.fetch(take).catch(() => {}));   // without them the bar is only barer
    }
    this.redraw();
  }

  // The marks lie over the take again, if it is still on the stage.
  redraw() {
    const side = this.subject && this.sideOf(this.subject.take);
    if (side) this.drawing.attach(side);
    else this.drawing.layer.remove();
    this.list.replaceChildren(...this.own.map((note) => this.line(note)), ...this.waiting.map((item) => make("li", "ct-pending", item.body.text)));
    this.showMarks();
  }

  get waiting() { return this.subject ? pendingNotes(this.outbox.store.waiting, this.subject.take) : []; }

  line(note) {
    const text = makeButton(note.text, "edit-note", note.id), remove = makeButton("×", "take-back-note", note.id);
    text.title = t("Edit: {text}", note);
    text.setAttribute("aria-pressed", String(this.editing?.id === note.id));
    remove.setAttribute("aria-label", t("Take back: {text}", note));
    const where = note.frames ? [make("span", "", describeFrames(note.frames, this.firstFrame))] : [];
    return make("li", "", text, ...where, ...(note.region ? [this.fixLink(note)] : []), remove);
  }

  // The pair stays where it is.
  fixLink({ id }) {
    const link = Object.assign(make("a", "ct-fix", t("Fix this")), { target: "_blank", rel: "noopener" });
    link.href = `/briefs?${new URLSearchParams({ take: this.subject.take, note: id })}`;
    link.title = t("Begins a brief that draws this part of the take again");
    return link;
  }

  // The frame on screen changed, or what there is to mark.
  showMarks() {
    if (!this.subject) return;
    const { frame } = this.transport;
    const marked = this.own.filter((note) => note.region && note.id !== this.editing?.id && isOn(note.frames, frame));
    this.drawing.show(marked.map(({ region }) => ({ region })));
    this.form.showTools();
  }

  async refresh() {
    const { subject } = this;
    try {
      const own = await this.fetch(subject.take);
      if (this.subject !== subject) return;
      this.own = own;
      this.redraw();
    } catch (error) {
      this.hint(t("your notes cannot be shown: {why}", { why: error.message }));
    }
  }

  async fetch(take) {
    const own = ownNotes((await this.server.notes(take)).threads);
    if (this.clips.includes(take)) this.onBar.set(take, own.map((note) => note.frames).filter(Boolean));
    this.transport.showNotes([...this.onBar.values()].flat());
    return own;
  }

  // The outbox changed: what was pending may have been saved.
  update() {
    if (!this.subject) return;
    const before = this.pending;
    this.pending = this.waiting.length;
    if (this.pending < before) this.refresh();
  }

  edit(id) {
    const note = this.own.find((each) => String(each.id) === String(id));
    if (!note) return;
    this.editing = note;
    if (note.frames) this.transport.seek(note.frames[0]);
    this.form.fill({ ...note, isClip: this.subject.kind === "clip" });
    this.redraw();
    this.field.focus();
  }

  async takeBack(id) {
    try {
      await this.server.takeBackNote(id);
      if (this.editing?.id === Number(id)) this.form.fill({ isClip: this.subject?.kind === "clip" });
      this.editing = null;
      this.own = this.own.filter((note) => String(note.id) !== String(id));
      if (this.subject) this.redraw();
    } catch (error) {
      this.hint(t("the note is not taken back: {why}", { why: error.message }));
    }
    if (this.subject) this.field.focus();
  }

  keepDraft() {
    const { subject, text } = this, { region } = this.drawing;
    this.store.draft = text ? { subject, text, region, frames: this.form.frames ?? null, editing: this.editing?.id ?? 0 } : null;
  }

  // What was being written when the page was left; its take may be on either side now, or not on the stage.
  restore() {
    const { draft } = this.store;
    if (!draft?.subject || typeof draft.text !== "string") return;
    const { subject } = draft, title = subject.shot ? t("Note that you were writing in {shot}", subject) : t("Note that you were writing");
    this.show({ ...subject, side: "earlier" }, title);
    this.editing = draft.editing ? { id: draft.editing } : null;
    this.form.fill({ ...draft, isClip: draft.subject.kind === "clip" });
  }

  // Gives back what to tell: text that is kept without Enter is not kept in silence.
  close() {
    const { text, subject, editing } = this;
    const more = { ...this.form.more, ...(editing ? { supersedes: editing.id } : {}) };
    if (text) this.outbox.keep("/api/notes", { take: subject.take, text, ...more }, subject.shot);
    this.discard();
    return text ? KEPT[subject.side] : "";
  }

  discard() {
    Object.assign(this, { subject: null, editing: null, own: [], pending: 0 });
    this.store.draft = null;
    this.form.empty();
    this.drawing.clear();
    this.list.replaceChildren();
    this.box.classList.remove("ct-open");
  }
}
