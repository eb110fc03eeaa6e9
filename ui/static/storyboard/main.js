// The storyboard of a sequence: panels in order, what happens and what is said in each, and the exports. What is typed is
// saved a moment later; until it is, it is kept in this browser.
import { addressOf, getJson, postJson } from "../api.js";
import { t, tn } from "../language.js";
import { openedFor } from "../person.js";
import { Store } from "../review/store.js";
import { call } from "../rows.js";
import { remarksOf } from "../selects/exports.js";
import { make, makeButton } from "../review/dom.js";
import { boardWords, offeredTake, panelItem, placeBeside } from "./panels.js";

const PAUSE = 700;   // ms after the last key, before a text is saved
const DRAFTS = "storyboard";

class StoryboardPage {
  board = { sequences: [], sequence: "", panels: [] };
  projects = [];
  timers = new Map();
  saving = new Map();   // panel -> what is under way: the next change waits for its revision
  chosen = 0;           // the panel behind which takes are added
  removed = 0;

  constructor(root, me) {
    this.root = root;
    this.store = new Store(me.name);
    this.drafts = this.store.read(DRAFTS, {});   // {panel: {action, dialogue}} that is not saved yet
    this.longest = Number(root.dataset.longest);
    this.list = root.querySelector(".ct-panels");
    root.addEventListener("click", (event) => this.onClick(event));
    root.addEventListener("input", (event) => this.onInput(event));
    root.addEventListener("change", (event) => this.onChange(event));
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("focusin", (event) => this.choose(event.target.closest(".ct-panel")));
    this.listenToDrags();
  }

  get address() { return new URLSearchParams(location.search); }
  get project() { return this.address.get("project") || this.projects[0]?.code || ""; }
  item(panel) { return this.list.querySelector(`[data-panel="${panel}"]`); }
  panel(id) { return this.board.panels.find((each) => each.id === Number(id)); }
  say(words, isRefusal = false) {
    const line = this.root.querySelector(".ct-board-line");
    line.replaceChildren(words);
    line.classList.toggle("ct-refused", isRefusal);
  }

  async begin() {
    try {
      this.projects = await getJson("/api/projects");
      if (!this.project) return this.say(t("no project yet: a supervisor makes one on the Briefs page"), true);
      await this.refresh().catch((error) => this.showFirst(error));
      for (const panel of Object.keys(this.drafts)) this.save(panel);
    } catch (error) {
      this.say(error.message, true);
    }
  }

  // An address may name a sequence that is gone.
  async showFirst(error) {
    if (this.address.get("sequence") === null) throw error;
    history.replaceState(null, "", addressOf(location.pathname, { project: this.project }));
    await this.refresh();
    this.say(error.message, true);
  }

  async refresh(focused = document.activeElement?.closest?.(".ct-panel")?.dataset.panel) {
    const sequence = this.address.get("sequence");
    this.board = await getJson("/api/storyboard", { project: this.project, ...(sequence === null ? {} : { sequence }) });
    this.draw();
    if (focused) this.item(focused)?.focus();
  }

  draw() {
    const { board, root, drafts, longest } = this, { panels } = board;
    this.fill(".ct-project", this.projects.map(({ code }) => code), this.project);
    this.fill(".ct-sequence", board.sequences, board.sequence);
    this.list.replaceChildren(...panels.map((panel) => panelItem({ ...panel, ...drafts[panel.id] }, panels.length, longest)));
    const selects = root.querySelector("[data-act=selects]");
    selects.hidden = !board.missing_selects;
    selects.textContent = tn("Bring in {n} select", "Bring in {n} selects", board.missing_selects);
    root.querySelector(".ct-nothing").hidden = panels.length > 0;
    root.querySelector(".ct-panel-keys").hidden = root.querySelector(".ct-board-exports").hidden = !panels.length;
    this.showLength();
  }

  showLength() { this.root.querySelector(".ct-board-length").textContent = boardWords(this.board.panels); }

  fill(selector, names, chosen) {
    this.root.querySelector(selector).replaceChildren(...names.map((name) => new Option(name || t("without a sequence"), name, false, name === chosen)));
  }

  go(project, sequence) {
    history.replaceState(null, "", addressOf(location.pathname, { project, sequence }));
    this.closeOffer();
    this.refresh().catch((error) => this.say(error.message, true));
  }

  // ---- texts and lengths ----------------------------------------------------------------------------------------------

  onInput({ target }) {
    const item = target.closest(".ct-panel");
    if (!item || target.type === "number") return;
    const { panel } = item.dataset;
    this.drafts[panel] = { ...this.drafts[panel], [target.name]: target.value };
    this.store.write(DRAFTS, this.drafts);
    clearTimeout(this.timers.get(panel));
    this.timers.set(panel, setTimeout(() => this.save(panel), PAUSE));
  }

  onChange({ target }) {
    if (target.matches(".ct-project")) return this.go(target.value, null);
    if (target.matches(".ct-sequence")) return this.go(this.project, target.value);
    const { panel } = target.closest(".ct-panel")?.dataset ?? {};
    if (!panel) return undefined;
    return target.type === "number" ? this.change(panel, { [target.name]: Math.round(Number(target.value) || 0) }) : this.save(panel);
  }

  // What is typed meanwhile is another draft.
  async save(panel) {
    clearTimeout(this.timers.get(panel));
    const draft = this.drafts[panel];
    if (!draft || !this.panel(panel)) return;
    if (await this.change(panel, draft) && this.drafts[panel] === draft) {
      delete this.drafts[panel];
      this.store.write(DRAFTS, Object.keys(this.drafts).length ? this.drafts : null);
    }
  }

  // One after the other, since each answer has the revision for the next. Whether it is saved.
  change(panel, fields) {
    const before = this.saving.get(panel) ?? Promise.resolve();
    const done = before.then(() => this.send(panel, fields));
    this.saving.set(panel, done);
    return done;
  }

  async send(panel, fields) {
    const { ok, body, line } = await call("PATCH", `/api/storyboard/panels/${panel}`, { revision: this.panel(panel)?.revision ?? 1, ...fields });
    if (!ok) {
      this.tellProblem(panel, line);
      await this.takeOver(panel);
      return false;
    }
    this.replace(body);
    return true;
  }

  // Somebody else was first: theirs is shown beside what was typed here, and the next save counts.
  async takeOver(panel) {
    const board = await getJson("/api/storyboard", { project: this.project, sequence: this.board.sequence }).catch(() => null);
    const theirs = board?.panels.find((each) => each.id === Number(panel)), mine = this.panel(panel);
    if (!theirs || !mine || theirs.revision === mine.revision) return;
    mine.revision = theirs.revision;
    const words = ["action", "dialogue"].filter((name) => this.drafts[panel]?.[name] !== undefined && theirs[name] !== this.drafts[panel][name]).map((name) => `“${theirs[name]}”`);
    const problem = this.item(panel)?.querySelector(".ct-panel-problem");
    problem?.replaceChildren(t("{name} wrote meanwhile: {words}", { name: theirs.changed_by, words: words.join(" · ") }), " ", makeButton(t("Keep mine"), "keep", panel), " ", makeButton(t("Take theirs"), "theirs", panel));
    problem?.querySelectorAll("button").forEach((button) => button.classList.add("ct-small"));
  }

  tellProblem(panel, line) { this.item(panel)?.querySelector(".ct-panel-problem").replaceChildren(t("not saved: {why}", { why: line })); }

  // The panel's new state; the fields stay as they are while somebody types in them.
  replace(panel) {
    this.board.panels = this.board.panels.map((each) => (each.id === panel.id ? panel : each));
    const item = this.item(panel.id), drawn = panelItem(panel, this.board.panels.length, this.longest);
    if (!item) return;
    item.dataset.revision = panel.revision;
    for (const part of [".ct-panel-length", ".ct-panel-problem"]) item.querySelector(part).replaceChildren(...drawn.querySelector(part).childNodes);
    for (const field of drawn.querySelectorAll("[type=number]")) {
      const own = item.querySelector(`[name=${field.name}]`);
      Object.assign(own, { max: field.max, placeholder: field.placeholder });
      if (own !== document.activeElement) own.value = field.value;
    }
    const video = item.querySelector("video");
    if (video?.duration) video.currentTime = (panel.frame + 0.5) / panel.side.fps;
    this.showLength();
  }

  dropDraft(panel) {
    delete this.drafts[panel];
    this.store.write(DRAFTS, Object.keys(this.drafts).length ? this.drafts : null);
  }

  // ---- order ----------------------------------------------------------------------------------------------------------

  choose(item) { if (item) this.chosen = Number(item.dataset.panel); }

  async act(words, work) {
    try {
      await work();
      await Promise.all(this.saving.values());
      await this.refresh();
      this.say(words);
    } catch (error) {
      this.say(error.message, true);
    }
  }

  move(panel, to) {
    if (to < 1 || to > this.board.panels.length) return;
    this.act(t("Panel {number} is now panel {to}.", { number: this.panel(panel).number, to }), async () => {
      await postJson(`/api/storyboard/panels/${panel}/place`, { place: to });
      this.item(panel)?.focus();
    });
  }

  async remove(panel) {
    const { number } = this.panel(panel);
    await this.save(String(panel));
    const { ok, line } = await call("DELETE", `/api/storyboard/panels/${panel}`);
    if (!ok) return this.say(line, true);
    this.removed = panel;
    await this.refresh(this.board.panels[number]?.id ?? this.board.panels[number - 2]?.id);
    const undo = makeButton(t("Bring it back"), "restore", panel);
    undo.classList.add("ct-small");
    return this.say(make("span", "", t("Panel {number} is taken out.", { number }), " ", undo));
  }

  listenToDrags() {
    let dragged = null;
    const over = (event) => (dragged ? event.target.closest?.(".ct-panel") : null);
    this.list.addEventListener("dragstart", (event) => {
      if (!event.target.closest(".ct-panel-picture")) return;
      dragged = event.target.closest(".ct-panel");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged.dataset.panel);
    });
    this.list.addEventListener("dragover", (event) => { if (over(event)) event.preventDefault(); });
    this.list.addEventListener("drop", (event) => {
      const item = over(event);
      if (!item) return;
      event.preventDefault();
      const { number } = this.panel(item.dataset.panel), from = this.panel(dragged.dataset.panel).number;
      const to = placeBeside(item.getBoundingClientRect(), event.clientX, number, from);
      if (to !== from) this.move(dragged.dataset.panel, to);
    });
    this.list.addEventListener("dragend", () => { dragged = null; });
  }

  onKey(event) {
    const item = event.target.closest(".ct-panel"), by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!item || event.ctrlKey || event.metaKey) return;
    if (event.altKey && by) this.move(item.dataset.panel, this.panel(item.dataset.panel).number + by);
    else if (event.target !== item) return;
    else if (by) (by > 0 ? item.nextElementSibling : item.previousElementSibling)?.focus();
    else if (event.key === "Delete") this.remove(Number(item.dataset.panel));
    else return;
    event.preventDefault();
  }

  // ---- adding and exporting -------------------------------------------------------------------------------------------

  async offer() {
    const place = this.root.querySelector(".ct-offered"), button = this.root.querySelector("[data-act=offer]");
    if (!place.hidden) return this.closeOffer();
    try {
      const sides = await getJson("/api/storyboard/takes", { project: this.project, sequence: this.board.sequence });
      place.querySelector(".ct-offered-takes").replaceChildren(...(sides.length ? sides.map(offeredTake) : [make("span", "ct-quiet", t("No take of this sequence is drawn yet."))]));
      place.hidden = false;
      button.setAttribute("aria-expanded", "true");
    } catch (error) {
      this.say(error.message, true);
    }
    return undefined;
  }

  closeOffer() {
    this.root.querySelector(".ct-offered").hidden = true;
    this.root.querySelector("[data-act=offer]").setAttribute("aria-expanded", "false");
  }

  add(take) {
    const { project, board: { sequence } } = this, after = this.panel(this.chosen) ? { after: this.chosen } : {};
    this.act(t("A panel is added."), async () => { this.chosen = (await postJson("/api/storyboard/panels", { project, sequence, takes: [take], ...after })).panels.at(-1); });
  }

  bringSelects() {
    const { project, board: { sequence, missing_selects: count } } = this;
    this.act(tn("{n} select is brought in.", "{n} selects are brought in.", count), () => postJson("/api/storyboard/panels", { project, sequence, selects: true }));
  }

  async export(button) {
    const remarks = this.root.querySelector(".ct-remarks");
    button.disabled = true;
    remarks.replaceChildren();
    this.say(t("writing …"));
    await Promise.all([...Object.keys(this.drafts)].map((panel) => this.save(panel)));
    try {
      const query = new URLSearchParams({ project: this.project, sequence: this.board.sequence, format: button.value });
      const answer = await fetch(`/api/exports/storyboard?${query}`, { credentials: "same-origin" });
      if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || t("the server answered {status}", { status: answer.status }));
      const name = /filename="?([^";]+)"?/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "storyboard";
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      this.say(t("{name} is downloaded", { name }));
      remarks.replaceChildren(...remarksOf(answer.headers.get("circletake-remarks")).map((line) => make("li", "", line)));
    } catch (error) {
      this.say(t("not exported: {why}", { why: error.message }), true);
    } finally {
      button.disabled = false;
    }
  }

  onClick(event) {
    const button = event.target.closest("button"), { act, value } = button?.dataset ?? {};
    const panel = button?.closest(".ct-panel")?.dataset.panel;
    const acts = {
      offer: () => this.offer(), add: () => this.add(Number(value)), selects: () => this.bringSelects(),
      export: () => this.export(button), move: () => this.move(panel, Number(value)), remove: () => this.remove(Number(value)),
      restore: () => this.act(t("The panel is back."), () => postJson(`/api/storyboard/panels/${value}/restore`, {})),
      keep: () => this.save(panel),
      theirs: () => { this.dropDraft(panel); this.refresh(panel); },
    };
    acts[act]?.();
  }
}

export async function start(element) {
  const root = element.querySelector(".ct-storyboard"), me = await openedFor().catch((error) => error);
  if (me instanceof Error) {
    root.querySelector(".ct-board-line").textContent = me.message;
    return;
  }
  await new StoryboardPage(root, me).begin();
}
