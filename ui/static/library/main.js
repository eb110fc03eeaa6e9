// The Library page: the studio's own frames and clips by filters that are the address, a page at a time; supervisors exclude
// them with a reason, take that back, and say who is in them.
import { getJson, postJson } from "../api.js";
import { count, t, tn } from "../language.js";
import { openedFor } from "../person.js";
import { say } from "../rows.js";
import { Card, showItem, showReport } from "./cards.js";

const FIELDS = ["text", "title", "licence", "person", "kind", "state"];
const DEFAULTS = { state: "included" };
const EACH = 60;     // items of one request
const TYPED = 250;   // ms after the last letter until the text is searched

const shownText = (all, picked) => (picked
  ? tn("{picked} of {n} item selected", "{picked} of {n} items selected", all, { picked: count(picked) })
  : tn("{n} item", "{n} items", all));

class LibraryPage {
  items = [];
  cards = new Map();
  picked = new Set();
  total = 0;
  number = 0;   // of the list that is shown: answers for another one come too late
  anchor = null;

  constructor(root, isSupervisor) {
    Object.assign(this, { root, isSupervisor });
    this.grid = root.querySelector(".ct-library-grid");
    this.more = root.querySelector(".ct-more-items");
    this.form = root.querySelector(".ct-filters");
    root.querySelectorAll(".ct-supervising").forEach((part) => { part.hidden = !isSupervisor; });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", ({ target }) => target.name !== "text" && this.onFilter(true));
    this.form.elements.text.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.onFilter(false), TYPED);
    });
    root.addEventListener("click", ({ target }) => this.act(target.closest("[data-act]")?.dataset.act));
    root.querySelector(".ct-clear").addEventListener("click", () => { this.fill({}); this.onFilter(true); });
    this.more.addEventListener("click", () => this.load());
    new IntersectionObserver(([entry]) => entry.isIntersecting && !this.more.hidden && this.load(), { rootMargin: "600px" }).observe(this.more);
    window.addEventListener("popstate", () => { this.fill(this.address); this.begin(); });
  }

  get address() { return Object.fromEntries(new URLSearchParams(location.search)); }

  get filter() {
    const { elements } = this.form;
    return Object.fromEntries(FIELDS.map((name) => [name, elements[name].value.trim()]).filter(([name, value]) => value && value !== DEFAULTS[name]));
  }

  async start() {
    try {
      const { titles, licences, people } = await getJson("/api/library/choices");
      for (const [name, first, rows] of [["title", t("Any title"), titles], ["licence", t("Any licence"), licences], ["person", t("Anybody"), people]]) {
        this.form.elements[name].replaceChildren(new Option(first, ""), ...rows.map((row) => new Option(row, row)));
      }
    } catch (error) {
      say(this.root, error.message, true);
    }
    this.fill(this.address);
    await this.begin();
    await this.openNamed();
  }

  // A link may name one item, such as that of a take's page.
  async openNamed() {
    const { item } = this.address;
    if (!item) return;
    try {
      showItem(this.root.querySelector(".ct-library-item"), await getJson(`/api/library/items/${encodeURIComponent(item)}`));
    } catch (error) {
      say(this.root, error.message, true);
    }
  }

  // A link may name what is not in the lists.
  fill(values) {
    for (const name of FIELDS) {
      const field = this.form.elements[name], value = values[name] ?? DEFAULTS[name] ?? "";
      field.value = value;
      if (field.value !== value) { field.append(new Option(value, value)); field.value = value; }
    }
  }

  onFilter(isStep) {
    clearTimeout(this.timer);
    const query = new URLSearchParams(this.filter).toString();
    history[isStep ? "pushState" : "replaceState"](null, "", query ? `${location.pathname}?${query}` : location.pathname);
    this.begin();
  }

  // Another list, from its beginning.
  async begin() {
    this.number += 1;
    Object.assign(this, { items: [], total: 0, anchor: null, loading: false });
    this.picked.clear();
    this.cards.clear();
    this.more.hidden = true;
    this.root.querySelector(".ct-clear").hidden = !Object.keys(this.filter).length;
    await this.load();
  }

  async load() {
    if (this.loading) return;
    this.loading = true;
    const { number } = this;
    this.grid.setAttribute("aria-busy", "true");
    const answer = await getJson("/api/library", { ...this.filter, offset: this.items.length, limit: EACH }).catch((error) => error);
    if (number !== this.number) return;
    this.loading = false;
    this.grid.setAttribute("aria-busy", "false");
    if (answer instanceof Error) { say(this.root, answer.message, true); return; }
    this.total = answer.total;
    if (!this.items.length) this.grid.replaceChildren();
    this.items.push(...answer.items);
    this.grid.append(...answer.items.map((item) => this.cardOf(item).root));
    this.draw();
  }

  cardOf(item) {
    const card = new Card(item, {
      canPick: this.isSupervisor, isPicked: this.picked.has(item.id),
      onOpen: (each) => showItem(this.root.querySelector(".ct-library-item"), each),
      onPick: (each, extends_) => this.pick(each, extends_),
    });
    this.cards.set(item.id, card);
    return card;
  }

  draw() {
    const left = this.total - this.items.length;
    this.more.hidden = left <= 0;
    this.more.textContent = tn("Show {n} more", "Show {n} more", Math.min(left, EACH));
    this.root.querySelector(".ct-count").textContent = this.total ? shownText(this.total, this.picked.size) : this.nothing;
    for (const act of ["exclude", "include", "tag", "none"]) this.root.querySelector(`[data-act=${act}]`).disabled = !this.picked.size;
    for (const [id, card] of this.cards) card.show(this.picked.has(id));
  }

  get nothing() {
    if (Object.keys(this.filter).length) return t("Nothing here has all of these filters.");
    return t("The library is empty. On the studio's machine: circletake library add PATH --title T --licence L");
  }

  // With Shift: all from the last one on.
  pick(item, extendsRange) {
    const place = this.items.findIndex(({ id }) => id === item.id);
    if (extendsRange && this.anchor !== null) {
      const [first, last] = [Math.min(place, this.anchor), Math.max(place, this.anchor)];
      this.items.slice(first, last + 1).forEach(({ id }) => this.picked.add(id));
    } else if (!this.picked.delete(item.id)) this.picked.add(item.id);
    this.anchor = place;
    this.draw();
  }

  async act(name) {
    if (name === "all") this.items.forEach(({ id }) => this.picked.add(id));
    if (name === "none") this.picked.clear();
    if (name === "all" || name === "none") this.draw();
    if (name === "exclude") await this.exclude();
    if (name === "include") await this.send("include", {}, (n) => tn("{n} item is included again.", "{n} items are included again.", n));
    if (name === "tag") await this.tag();
    if (name === "report") await getJson("/api/library/report").then((titles) => showReport(this.root.querySelector(".ct-library-report"), titles), (error) => say(this.root, error.message, true));
  }

  async exclude() {
    const title = tn("Exclude {n} item", "Exclude {n} items", this.picked.size);
    const reason = await this.ask(title, t("Why"));
    if (reason) await this.send("exclude", { reason }, (n) => tn("{n} item is excluded: nothing learns from it or starts from it.", "{n} items are excluded: nothing learns from them or starts from them.", n));
  }

  async tag() {
    const title = tn("Who is in {n} item", "Who is in {n} items", this.picked.size);
    const names = (await this.ask(title, t("Names, with commas between")))?.split(",").map((name) => name.trim()).filter(Boolean);
    if (names?.length) await this.send("tag", { people: names }, (n) => tn("{n} item is tagged.", "{n} items are tagged.", n));
  }

  // One line of words; null when it was cancelled.
  ask(title, label) {
    const dialog = this.root.querySelector(".ct-why-excluded"), field = dialog.querySelector("input");
    dialog.querySelector("h2").textContent = title;
    dialog.querySelector("label span").textContent = label;
    field.value = dialog.returnValue = "";
    dialog.showModal();
    return new Promise((done) => {
      dialog.addEventListener("close", () => done(dialog.returnValue === "ok" && field.value.trim() ? field.value.trim() : null), { once: true });
    });
  }

  async send(what, body, words) {
    try {
      const { items } = await postJson(`/api/library/${what}`, { items: [...this.picked], ...body });
      await this.start();
      say(this.root, words(items));
    } catch (error) {
      say(this.root, error.message, true);
    }
  }
}

export async function start(element) {
  const person = await openedFor().catch(() => null);
  await new LibraryPage(element.querySelector(".ct-library"), person !== null && person.role !== "creative").start();
}
