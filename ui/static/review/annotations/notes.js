// A note stays with the take that it was opened for, whatever is chosen or judged meanwhile. What is typed is kept in the
// browser as it is typed: a page that is loaded again, by whatever accident, goes on with it.

export class Notes {
  subject = null;   // {take, side, shot} while the field is open

  // keep: (path, body, shot), of the outbox.
  constructor(root, store, keep) {
    this.store = store;
    this.box = root.querySelector(".ct-note");
    this.field = this.box.querySelector("input");
    this.keep = keep;
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    this.field.addEventListener("input", () => this.keepDraft());
  }

  get text() { return this.subject ? this.field.value.trim() : ""; }

  open(subject) {
    this.show(subject, `Note on the ${subject.side} take`);
    this.field.focus();
  }

  show(subject, title) {
    this.subject = subject;
    this.box.classList.add("ct-open");
    this.box.querySelector(".ct-note-for").textContent = title;
  }

  keepDraft() {
    this.store.draft = this.text ? { subject: this.subject, text: this.text } : null;
  }

  // What was being written when the page was left; its take may be on either side now, or not on the stage.
  restore() {
    const { draft } = this.store;
    if (!draft?.subject || typeof draft.text !== "string") return;
    this.show({ ...draft.subject, side: "earlier" }, `Note that you were writing${draft.subject.shot ? ` in ${draft.subject.shot}` : ""}`);
    this.field.value = draft.text;
    this.field.setSelectionRange(draft.text.length, draft.text.length);
  }

  // Gives back what to tell: text that is kept without Enter is not kept in silence.
  close() {
    const { text, subject } = this;
    if (text) this.keep("/api/notes", { take: subject.take, text }, subject.shot);
    this.discard();
    return text ? `the note on the ${subject.side} take is kept` : "";
  }

  discard() {
    this.subject = null;
    this.store.draft = null;
    this.field.value = "";
    this.box.classList.remove("ct-open");
    this.field.blur();
  }

  onKey(event) {
    if (event.key === "Escape") this.discard();
    else if (event.key === "Enter" && !event.isComposing) this.close();
  }
}
