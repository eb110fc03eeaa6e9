// Tags: words on the chosen take, the person's own ones. They are added through the outbox like every judgement, and shown
// as pending until the server has them; only what it has can be removed.
import { make, makeButton } from "../dom.js";

export function pendingWords(waiting, take) {
  return waiting.filter((item) => item.path === "/api/tags" && item.body.take === take).map((item) => item.body.word);
}

export class Tags {
  subject = null;   // {take, side, shot} while the field is open
  saved = [];       // [{id, word}] of that take

  // hint: tells the person a line.
  constructor(root, outbox, server, hint) {
    Object.assign(this, { outbox, server, hint });
    this.box = root.querySelector(".ct-tags");
    this.field = this.box.querySelector("input");
    this.field.addEventListener("keydown", (event) => this.onKey(event));
  }

  get text() { return this.subject ? this.field.value.trim() : ""; }

  open(subject) {
    this.subject = subject;
    this.saved = [];
    this.box.classList.add("ct-open");
    this.box.querySelector(".ct-tags-for").textContent = `Tags of the ${subject.side} take`;
    this.field.focus();
    this.draw();
    return this.refresh();
  }

  async refresh() {
    const { subject } = this;
    try {
      const tags = await this.server.tags(subject.take);
      if (this.subject !== subject) return;
      this.saved = tags;
      this.draw();
    } catch (error) {
      this.hint(`the tags cannot be shown: ${error.message}`);
    }
  }

  draw() {
    const pending = pendingWords(this.outbox.store.waiting, this.subject.take);
    this.pending = pending.length;
    const lines = this.saved.map(({ id, word }) => {
      const button = makeButton("×", "untag", id);
      button.setAttribute("aria-label", `Remove ${word}`);
      return make("li", "", word, button);
    });
    this.box.querySelector("ul").replaceChildren(...lines, ...pending.map((word) => make("li", "ct-pending", word)));
  }

  // The outbox changed: what was pending may have been saved.
  update() {
    if (!this.subject) return;
    const before = this.pending;
    this.draw();
    if (this.pending < before) this.refresh();
  }

  add() {
    const { text, subject } = this;
    if (text) this.outbox.keep("/api/tags", { take: subject.take, word: text }, subject.shot);
    this.field.value = "";
    return text;
  }

  async remove(id) {
    try {
      await this.server.removeTag(id);
      this.saved = this.saved.filter((tag) => String(tag.id) !== String(id));
      if (this.subject) this.draw();
    } catch (error) {
      this.hint(`the tag is not removed: ${error.message}`);
    }
    if (this.subject) this.field.focus();
  }

  // Gives back what to tell: a word that is added without Enter is not added in silence.
  close() {
    const { subject } = this, word = this.add();
    this.discard();
    return word ? `the tag “${word}” on the ${subject.side} take is kept` : "";
  }

  discard() {
    this.field.value = "";
    this.subject = null;
    this.box.classList.remove("ct-open");
    this.field.blur();
  }

  onKey(event) {
    if (event.key === "Escape") this.discard();
    else if (event.key === "Enter" && !event.isComposing) this.add();
  }
}
