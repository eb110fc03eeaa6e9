// The board: takes of a project in rows of shots or as one wall, filtered and sorted by the server, judged in place.
import { t } from "../language.js";
import { STATUSES } from "../names.js";
import { make } from "../review/dom.js";
import { readAddress, writeAddress } from "./address.js";
import { playClip, stopClip } from "./cards.js";
import { Changes } from "./changes.js";
import { Cards, askBoard, askChoices } from "./data.js";
import { Grid } from "./grid.js";
import { FIXED, KEYS, actionOf } from "./keys.js";
import { Others } from "./others.js";
import { Pictures } from "./pictures.js";
import { Selection } from "./selection.js";
import { StatusLine } from "./status_line.js";
import { Toolbar } from "./toolbar.js";

const DRAWING = 2500;   // ms between looks at takes that are being drawn

class BoardPage {
  shown = readAddress(location.search);
  board = null;
  choices = null;
  inView = [];
  #number = 0;

  constructor(root) {
    this.root = root;
    const part = (name) => root.querySelector(`.ct-${name}`);
    this.dialog = part("keys");
    this.selection = new Selection();
    this.cards = new Cards((takes, error) => (takes ? this.grid.refresh(takes) : this.line.say(t("not read: {why}", { why: error.message }))));
    this.line = new StatusLine(root, { onStatus: (status) => this.setStatus(status), onAll: () => this.act("all"), onNone: () => this.act("none"), onUndo: (before) => this.changes.takeBack(before) });
    this.changes = new Changes(this.cards, (takes, status) => this.onChange(takes, status), (progress) => this.line.progress(progress));
    this.grid = new Grid({ scroller: part("scroller"), template: root.querySelector("template.ct-card"), pictures: new Pictures(), cards: this.cards, selection: this.selection, canCircle: false, onView: (takes) => { this.inView = takes; } });
    this.toolbar = new Toolbar(part("filters"), (shown, isStep) => this.go(shown, isStep));
    this.others = new Others(this, part("new-takes"));
    this.listen(part("scroller"));
    this.drawKeys();
  }

  listen(scroller) {
    scroller.addEventListener("click", (event) => this.onClick(event));
    scroller.addEventListener("dblclick", (event) => event.target.closest(".ct-picture") && this.open());
    scroller.addEventListener("focusin", (event) => this.onFocus(event));
    for (const [name, plays] of [["pointerover", true], ["pointerout", false]]) scroller.addEventListener(name, (event) => this.play(event, plays));
    scroller.addEventListener("scroll", () => this.keepPlace(), { passive: true });
    this.dialog.querySelector("button").addEventListener("click", () => this.dialog.close());
    this.root.querySelector(".ct-show-keys").addEventListener("click", () => this.act("keys"));
    const onKey = (event) => {
      if (!this.root.isConnected) document.removeEventListener("keydown", onKey);
      else this.onKey(event);
    };
    document.addEventListener("keydown", onKey);
    addEventListener("popstate", (event) => { if (this.root.isConnected) this.load(readAddress(location.search), event.state?.top ?? 0); });
    addEventListener("beforeunload", (event) => { if (this.changes.isSaving) event.preventDefault(); });
    history.scrollRestoration = "manual";
  }

  // Another view, as a step of its own on the way back or in place of this one.
  go(shown, isStep) {
    const address = location.pathname + writeAddress(shown);
    if (isStep && address !== location.pathname + location.search) history.pushState({ top: 0 }, "", address);
    else history.replaceState({ top: 0 }, "", address);
    return this.load(shown, 0);
  }

  async load(shown, top = 0) {
    const number = (this.#number += 1);
    const isOther = !this.board || shown.project !== (this.shown.project || this.board.project);
    this.shown = shown;
    this.toolbar.fill(shown, this.board, isOther ? null : this.choices);
    this.root.setAttribute("aria-busy", "true");
    try {
      const board = await askBoard(shown);
      if (number === this.#number) this.show(board, top, isOther);
    } catch (error) {
      if (number === this.#number) this.showProblem(error.message);
    }
    if (number === this.#number) this.root.removeAttribute("aria-busy");
  }

  show(board, top, isOther) {
    this.board = board;
    this.cards.reset(board.cards);
    this.selection.clear();
    this.grid.pool.canCircle = board.can_circle;
    this.grid.pool.byReward = board.rewards && this.shown.sort === "reward";
    this.grid.current = -1;
    this.grid.show(board, this.shown.view);
    this.grid.scroller.scrollTop = top;
    this.toolbar.fill(this.shown, board, isOther ? null : this.choices);
    this.line.show(board, this.grid.order.length, this.emptyText());
    this.line.select(0);
    this.root.dataset.shown = String(this.grid.order.length);
    this.others.begin(board);
    if (isOther && board.project) this.readChoices(board.project);
  }

  // The same board with takes that are new: what was known of the others, what is selected and current stays.
  showMore(board) {
    const { grid, selection } = this;
    const current = grid.order[grid.current], top = grid.scroller.scrollTop;
    this.board = board;
    this.cards.add(board.cards);
    grid.show(board, this.shown.view, true);
    grid.current = grid.places.get(current) ?? -1;
    grid.scroller.scrollTop = top;
    grid.scroller.focus({ preventScroll: true });
    this.line.show(board, grid.order.length, this.emptyText());
    this.root.dataset.shown = String(grid.order.length);
    selection.keep(grid.places);
    this.drawSelection();
    this.others.begin(board);
  }

  emptyText() {
    if (!this.board.project) return t("No shot yet: write a brief on the Briefs page.");
    const isFiltered = Object.keys(this.shown).some((name) => this.shown[name] && !["project", "view", "sort", "shot"].includes(name));
    if (isFiltered) return t("No take is like that. Clear the filters to see all.");
    return t("No takes in {place} yet: queue some on the Briefs page.", { place: this.shown.shot || this.board.project });
  }

  showProblem(why) {
    this.grid.clear();
    this.line.problem(why, () => this.load(this.shown));
  }

  async readChoices(project) {
    this.choices = await askChoices(project).catch(() => null);
    if (this.board?.project === project) this.toolbar.fill(this.shown, this.board, this.choices);
  }

  onChange(takes, status) {
    this.grid.refresh(takes);
    if (status === "circled" && this.board.can_circle) this.line.showExports(this.board.project);
  }

  // A status for what is selected, or for the current take.
  async setStatus(status) {
    const takes = [...this.selection.takes];
    if (takes.length > 1) {
      await this.changes.setStatuses(takes, status);
    } else {
      const take = takes[0] ?? this.grid.order[this.grid.current];
      if (take !== undefined) await this.setOne(take, status);
    }
  }

  onClick(event) {
    const { target } = event;
    const link = target.closest("a[data-shot]");
    if (link) {
      event.preventDefault();
      return this.go({ ...this.shown, view: "wall", shot: link.dataset.shot }, true);
    }
    const element = target.closest(".ct-take");
    if (!element) return null;
    const place = Number(element.dataset.place);
    const take = this.grid.order[place];
    const { status, star } = target.closest("button")?.dataset ?? {};
    if (status) return this.setOne(take, status);
    if (star) return this.rateOne(take, Number(star));
    if (target.closest(".ct-pick")) this.selection.toggle(place, this.grid.order);
    else if (!target.closest(".ct-picture")) return null;
    else if (event.shiftKey) this.selection.extend(place, this.grid.order, Math.max(0, this.grid.current));
    else if (event.ctrlKey || event.metaKey) this.selection.toggle(place, this.grid.order);
    else this.selection.only(place, this.grid.order);
    this.grid.goTo(place);
    return this.drawSelection();
  }

  onFocus({ target }) {
    const element = target.closest(".ct-take");
    if (element && Number(element.dataset.place) !== this.grid.current) this.grid.goTo(Number(element.dataset.place), false);
  }

  onKey(event) {
    const action = actionOf(event);
    if (!action || !this.board) return;
    event.preventDefault();
    const take = this.grid.order[this.grid.current];
    if (action.dx !== undefined) this.move(action);
    else if (action.status) this.setStatus(action.status);
    else if (action.stars !== undefined) this.rate(take, action.stars);
    else this.act(action.act);
  }

  rate(take, stars) {
    const card = this.cards.get(take);
    if (card && (stars || card.own_stars)) this.rateOne(take, stars || card.own_stars);
  }

  // The line says when it is saved; the card says when it is not.
  async setOne(take, status) {
    const isSaved = await this.changes.setStatus(take, status);
    if (isSaved === true) this.line.say(t("{status}: saved", { status: STATUSES[status] }));
  }

  async rateOne(take, stars) {
    if (await this.changes.rate(take, stars)) this.line.say(t("Stars: saved"));
  }

  move({ dx, dy, extend }) {
    const before = this.grid.current;
    this.grid.step(dx, dy);
    if (!extend) return;
    this.selection.extend(this.grid.current, this.grid.order, Math.max(0, before));
    this.drawSelection();
  }

  act(name) {
    const { grid, selection } = this;
    if (name === "first" || name === "last") grid.goTo(name === "first" ? 0 : grid.order.length - 1);
    if (name === "open") this.open();
    if (name === "select" && grid.current >= 0) selection.toggle(grid.current, grid.order);
    if (name === "all") selection.all(grid.order);
    if (name === "none") selection.clear();
    if (name === "search") this.toolbar.field("text").focus();
    if (name === "view") this.go({ ...this.shown, view: this.shown.view === "wall" ? "rows" : "wall" }, true);
    if (name === "keys") this.dialog.showModal();
    if (["select", "all", "none"].includes(name)) this.drawSelection();
  }

  drawSelection() {
    this.grid.refreshAll();
    this.line.select(this.selection.size);
  }

  open() {
    const take = this.grid.order[this.grid.current];
    if (take !== undefined) location.assign(`/take?take=${take}`);
  }

  play({ target }, plays) {
    const picture = target.closest?.(".ct-clip");
    const card = picture?.closest(".ct-take").card;
    if (!card) return;
    if (plays) playClip(picture, card.media);
    else stopClip(picture, Boolean(card.picture));
  }

  keepPlace() {
    clearTimeout(this.placeTimer);
    this.placeTimer = setTimeout(() => history.replaceState({ top: this.grid.scroller.scrollTop }, ""), 300);
  }

  async watchDrawing() {
    const takes = this.inView.filter((take) => ["queued", "leased"].includes(this.cards.get(take)?.state)).slice(0, 60);
    if (takes.length && !document.hidden) await this.cards.refresh(takes).catch(() => {});
    if (this.root.isConnected) setTimeout(() => this.watchDrawing(), DRAWING);
  }

  drawKeys() {
    const rows = [...KEYS, ...FIXED].map(([key, label]) => make("li", "", make("kbd", "", key), make("span", "", label)));
    this.dialog.querySelector("ul").replaceChildren(...rows);
  }
}

export async function start(element) {
  const page = new BoardPage(element.querySelector(".ct-board"));
  await page.load(page.shown, history.state?.top ?? 0);
  page.watchDrawing();
  page.others.watch();
}
