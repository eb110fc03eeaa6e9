// What a writer would add to the prompt, beside it: the person's own words are changed by nothing but their own click.
import { t } from "../language.js";
import { make } from "../review/dom.js";
import { call } from "../rows.js";
import { comparisonWords, refusalWords, writerWords } from "./words.js";

const EVERY = 10_000;   // ms between two looks at comparisons: they change as often as somebody judges
const SEEDS = 2 ** 31;

export class Rewriting {
  proposals = [];
  place = 0;         // of the one that is shown
  seed = 0;
  askedFor = null;   // the prompt that the proposals are of
  own = null;        // the person's words, after a proposal was put into the prompt

  // form: {checkAndQueue(rewrite), changed()}.
  constructor(root, prompt, server, form) {
    Object.assign(this, { root, prompt, server, form });
    this.proposal = root.querySelector(".ct-proposal");
    this.line = root.querySelector(".ct-rewriting-outcome");
    this.button = root.querySelector("[data-act=propose]");
    root.addEventListener("click", (event) => this.onClick(event));
    prompt.addEventListener("input", () => this.onInput());
  }

  // state: as GET /api/briefs/rewrites answers; null while the server is away.
  tell(state) {
    if (!state) return;
    const words = [writerWords(state), refusalWords(state)].filter(Boolean).join(" "), writer = this.root.querySelector(".ct-writer");
    this.root.hidden = !state.writer && !state.stopped;
    this.button.hidden = !state.writer;
    if (writer.textContent !== words) writer.textContent = words;
  }

  // A proposal is of the words that it was made for.
  onInput() {
    if (this.askedFor !== null && this.prompt.value !== this.askedFor) this.clear();
  }

  clear() {
    Object.assign(this, { proposals: [], place: 0, askedFor: null, own: null });
    this.line.textContent = "";
    this.show();
  }

  onClick(event) {
    const act = event.target.closest("button")?.dataset.act;
    if (act === "propose") return this.propose();
    if (act === "another") return this.another();
    if (act === "compare") return this.form.checkAndQueue({ writer: this.shown.writer, prompt: this.shown.prompt });
    if (act === "adopt") return this.adopt();
    if (act === "restore") return this.restore();
    if (act === "leave") this.clear();
  }

  get shown() { return this.proposals[this.place]; }

  async propose(seed = Math.floor(Math.random() * SEEDS)) {
    const prompt = this.prompt.value;
    if (!prompt.trim()) return this.say(t("Write a prompt first."));
    this.button.disabled = true;
    this.say(t("Looking for words…"));
    const { ok, body, line } = await this.server.propose({ prompt: prompt, seed });
    this.button.disabled = false;
    if (this.prompt.value !== prompt) return this.say("");
    if (!ok) return this.say(line);
    Object.assign(this, { proposals: body.proposals, place: 0, askedFor: prompt, own: null });
    this.say(body.proposals.length ? "" : t("The writer would leave it as it is."));
    this.show();
  }

  another() {
    if (this.place + 1 >= this.proposals.length) return this.propose();
    this.place += 1;
    this.show();
  }

  adopt() {
    const { prompt } = this.shown, own = this.prompt.value;
    this.clear();
    this.own = own;
    this.put(prompt);
  }

  restore() {
    const { own } = this;
    this.clear();
    this.put(own);
  }

  put(words) {
    this.prompt.value = words;
    this.show();
    this.form.changed();
    this.prompt.focus();
  }

  show() {
    this.proposal.hidden = !this.shown;
    if (this.shown) {
      const { prompt, addition } = this.shown, [written, added] = this.proposal.querySelectorAll("span, ins");
      written.textContent = prompt.slice(0, prompt.length - addition.length);
      added.textContent = addition;
    }
    this.root.querySelector(".ct-adopted").hidden = this.own === null;
  }

  say(words) { this.line.textContent = words; }
}

// Briefs in two wordings whose pairs wait to be drawn or judged; takes of theirs are not in the list yet.
export class Comparisons {
  rows = new Map();   // rewrite -> {line, element}
  lastLook = -EVERY;

  constructor(root, tell, changed) {
    Object.assign(this, { root, tell, changed });
    root.addEventListener("click", (event) => this.onClick(event));
    root.closest(".ct-briefs").addEventListener("circletake:queued", () => this.look(true), true);
  }

  async look(isNow = false) {
    if (!isNow && performance.now() - this.lastLook < EVERY) return;
    this.lastLook = performance.now();
    const { ok, body } = await call("GET", "/api/briefs/rewrites");
    if (!ok) return;
    this.tell(body);
    const elements = body.comparisons.map((row) => this.row(row));
    if (elements.some((element, k) => this.root.children[k] !== element) || this.root.children.length !== elements.length) this.root.replaceChildren(...elements);
  }

  row(comparison) {
    const known = this.rows.get(comparison.id) ?? this.make(comparison), words = comparisonWords(comparison);
    if (known.line.textContent !== words) known.line.textContent = words;
    this.rows.set(comparison.id, known);
    return known.element;
  }

  make({ id, written, prompt }) {
    const line = make("span", ""), end = Object.assign(make("button", "ct-small", t("Show the takes now")), { type: "button", title: t("Ends the comparison: pairs that nobody has judged are not dealt any more") });
    end.dataset.end = id;
    const kept = prompt.length - prompt.replace(written.replace(/[\s.,;:!?]+$/, ""), "").length;
    const words = make("p", "", make("span", "", prompt.slice(0, kept)), make("ins", "", prompt.slice(kept)));
    return { line, element: make("div", "ct-comparison", words, make("div", "", line, end)) };
  }

  async onClick(event) {
    const button = event.target.closest("[data-end]");
    if (!button) return;
    button.disabled = true;
    const { ok } = await call("POST", `/api/briefs/rewrites/${button.dataset.end}/end`);
    button.disabled = false;
    if (ok) { this.look(true); this.changed(); }
  }
}
