// Tags: words on the chosen take, the person's own ones. They are added through the outbox like every judgement, and shown
// as pending until the server has them; only what it has can be removed. The studio's own words have a digit each.
import { t } from "../../language.js";
import { make, makeButton } from "../dom.js";
import { nameOf } from "../keyboard.js";

const OF = { left: t("Tags of the left take"), right: t("Tags of the right take") };
const keptOn = {
  left: (word) => t("the tag “{word}” on the left take is kept", { word }),
  right: (word) => t("the tag “{word}” on the right take is kept", { word }),
  both: (word) => t("the tag “{word}” on both takes is kept", { word }),
};

export function pendingWords(waiting, take) {
  return waiting.filter((item) => item.path === "/api/tags" && item.body.take === take).map((item) => item.body.word);
}

// The studio's word that a key stands for while nothing is typed, or undefined.
export const wordOfKey = (event, words) => (/^[1-9]$/.test(nameOf(event)) ? words[Number(nameOf(event)) - 1] : undefined);

export class Tags {
  subject = null;   // {takes, side, shot, question} while the field is open; a question is answered by one word
  saved = [];       // [{id, word}] of that take

  // hint: tells the person a line.
  constructor(root, outbox, server, hint) {
    Object.assign(this, { outbox, server, hint });
    this.box = root.querySelector(".ct-tags");
    this.field = this.box.querySelector("input");
    this.quick = [...this.box.querySelectorAll("[data-act=tag]")];
    this.asks = "asksTag" in root.dataset;
    this.box.addEventListener("keydown", (event) => this.onKey(event));
  }

  get text() { return this.subject ? this.field.value.trim() : ""; }
  get words() { return this.quick.map((button) => button.dataset.value); }
  get pendingWords() { return this.subject.takes.flatMap((take) => pendingWords(this.outbox.store.waiting, take)); }

  open({ take, side, shot }) {
    this.show({ take, takes: [take], side, shot }, OF[side]);
    return this.refresh();
  }

  // After a verdict that both are bad, where the studio wants to know why.
  askWhy({ left, right, shot }) {
    if (this.asks) this.show({ takes: [left.take, right.take], shot, question: true }, t("Why were both bad? One tag"));
  }

  show(subject, title) {
    this.subject = subject;
    this.saved = [];
    this.box.classList.add("ct-open");
    this.box.querySelector(".ct-tags-for").textContent = title;
    this.field.focus();
    this.draw();
  }

  async refresh() {
    const { subject } = this;
    if (subject.question) return;
    try {
      const tags = await this.server.tags(subject.take);
      if (this.subject !== subject) return;
      this.saved = tags;
      this.draw();
    } catch (error) {
      this.hint(t("the tags cannot be shown: {why}", { why: error.message }));
    }
  }

  draw() {
    const pending = this.pendingWords;
    this.pending = pending.length;
    const lines = this.saved.map(({ id, word }) => {
      const button = makeButton("×", "untag", id);
      button.setAttribute("aria-label", t("Remove {word}", { word }));
      return make("li", "", word, button);
    });
    this.box.querySelector("ul").replaceChildren(...lines, ...pending.map((word) => make("li", "ct-pending", word)));
    const given = [...this.saved.map(({ word }) => word), ...pending];
    this.quick.forEach((button) => button.setAttribute("aria-pressed", String(given.includes(button.dataset.value))));
  }

  // The outbox changed: what was pending may have been saved.
  update() {
    if (!this.subject) return;
    const before = this.pending;
    this.draw();
    if (this.pending < before) this.refresh();
  }

  keep(word) {
    const { takes, shot } = this.subject;
    for (const take of takes) this.outbox.keep("/api/tags", { take, word }, shot);
  }

  add() {
    const { text } = this;
    if (text) this.keep(text);
    this.field.value = "";
    return text;
  }

  // One of the studio's words: given, or taken off again.
  toggle(word) {
    if (!this.subject) return;
    const there = this.saved.find((tag) => tag.word === word), { question } = this.subject;
    if (there) this.remove(there.id);
    else if (!this.pendingWords.includes(word)) this.keep(word);
    if (question) this.discard();
    else this.field.focus();
  }

  async remove(id) {
    try {
      await this.server.removeTag(id);
      this.saved = this.saved.filter((tag) => String(tag.id) !== String(id));
      if (this.subject) this.draw();
    } catch (error) {
      this.hint(t("the tag is not removed: {why}", { why: error.message }));
    }
    if (this.subject) this.field.focus();
  }

  // Gives back what to tell: a word that is added without Enter is not added in silence.
  close() {
    const { subject } = this, word = this.add();
    this.discard();
    return word ? keptOn[subject.question ? "both" : subject.side](word) : "";
  }

  discard() {
    this.field.value = "";
    this.subject = null;
    this.box.classList.remove("ct-open");
    this.field.blur();
  }

  onKey(event) {
    if (event.key === "Escape") return this.discard();
    if (event.target !== this.field || event.isComposing) return undefined;
    const word = this.field.value || event.ctrlKey || event.metaKey || event.altKey ? undefined : wordOfKey(event, this.words);
    if (word) {
      event.preventDefault();
      return this.toggle(word);
    }
    if (event.key !== "Enter") return undefined;
    const { question } = this.subject;
    this.add();
    return question && this.discard();
  }
}
