// A note stays with the take that it was opened for, whatever is chosen or judged meanwhile.

export class Notes {
  subject = null;   // {take, side, shot} while the field is open

  // keep: (path, body, shot), of the outbox.
  constructor(root, keep) {
    this.box = root.querySelector(".ct-note");
    this.field = this.box.querySelector("input");
    this.keep = keep;
    this.field.addEventListener("keydown", (event) => this.onKey(event));
  }

  get text() { return this.subject ? this.field.value.trim() : ""; }

  open(subject) {
    this.subject = subject;
    this.box.classList.add("ct-open");
    this.box.querySelector(".ct-note-for").textContent = `Note on the ${subject.side} take`;
    this.field.focus();
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
    this.field.value = "";
    this.box.classList.remove("ct-open");
    this.field.blur();
  }

  onKey(event) {
    if (event.key === "Escape") this.discard();
    else if (event.key === "Enter" && !event.isComposing) this.close();
  }
}
