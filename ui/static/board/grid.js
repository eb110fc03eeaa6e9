// The part of the board that scrolls. Only what is near the view is in the page: elements are used again for other takes.
import { count, t } from "../language.js";
import { make } from "../review/dom.js";
import { CardElements } from "./cards.js";
import { GAP, HEAD, Rows, Wall } from "./layout.js";

// Whoever scrolls by more than a card a frame sees frames of cards alone, and the cards when it slows down.
const FAST = 160;         // pixels a frame
const SLOWS = 90;         // ms without such a frame
const EACH_FRAME = 10;    // cards that are made in one frame; those in view come before those near it

export class Grid {
  #elements = new Map();   // place -> element
  #rows = new Map();       // row -> {element, strip, sheet}
  #lefts = new Map();      // row -> how far its strip is scrolled
  #due = false;
  #top = 0;
  #timer = 0;

  constructor({ scroller, template, pictures, cards, selection, canCircle, onView }) {
    Object.assign(this, { scroller, cards, selection, onView });
    this.sheet = scroller.querySelector(".ct-sheet");
    this.pool = new CardElements(template, pictures, { canCircle });
    this.shots = [];
    this.order = [];
    this.current = -1;
    scroller.addEventListener("scroll", () => this.plan(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(scroller);
  }

  // `board`: as the server answers; `view`: rows or wall; `keeps`: whether strips stay where they are scrolled to.
  show(board, view, keeps = false) {
    const lefts = new Map(keeps ? [...this.#lefts].map(([row, left]) => [this.shots[row]?.code, left]) : []);
    this.clear();
    Object.assign(this, { shots: board.shots, view, aspect: board.width / board.height });
    this.pool.isWall = view === "wall";
    this.order = board.shots.flatMap((shot) => shot.takes);
    this.places = new Map(this.order.map((take, place) => [take, place]));
    this.current = Math.min(this.current, this.order.length - 1);
    this.#lefts.clear();
    this.shots.forEach(({ code }, row) => { if (lefts.has(code)) this.#lefts.set(row, lefts.get(code)); });
    this.measure();
  }

  clear() {
    for (const place of [...this.#elements.keys()]) this.#drop(place);
    for (const row of [...this.#rows.keys()]) this.#dropRow(row);
  }

  // The sizes of everything, after the board or the window has changed.
  measure() {
    const style = getComputedStyle(this.scroller);
    const width = this.scroller.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    this.viewHeight = this.scroller.clientHeight;
    if (!this.view || width <= 0) return;
    if (this.layout && this.width === width && this.measured === this.shots) return this.plan();
    const top = this.measured === this.shots && this.current >= 0 ? this.current : -1;
    const Layout = this.view === "wall" ? Wall : Rows;
    this.clear();
    Object.assign(this, { layout: new Layout(this.shots, width, this.aspect), width, measured: this.shots });
    const { cardWidth, cardHeight, height, line } = this.layout;
    const sizes = { width: cardWidth, height: cardHeight, head: HEAD, line, before: this.view === "wall" ? 0 : HEAD };
    this.sheet.style.cssText = `height:${height}px;${Object.entries(sizes).map(([name, size]) => `--ct-${name}:${size}px`).join(";")}`;
    if (top >= 0) this.reveal(top);
    this.draw(true);
  }

  plan() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.draw();
    });
  }

  #isFast() {
    const { scrollTop } = this.scroller;
    const isFast = Math.abs(scrollTop - this.#top) > FAST && this.#elements.size > 0;
    this.#top = scrollTop;
    this.sheet.classList.toggle("ct-fast", isFast);
    if (!isFast) return false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.draw(), SLOWS);
    return true;
  }

  // What is in view; `all`: at once, however many cards that takes.
  draw(all = false) {
    if (!this.layout || (this.#isFast() && !all)) return;
    const parts = this.layout.visible(this.#top, this.viewHeight, (row) => this.#lefts.get(row) ?? 0);
    const places = new Set();
    for (const { first, last } of parts) for (let place = first; place <= last; place += 1) places.add(place);
    // What has the focus stays, wherever it is scrolled to.
    const focused = this.#elements.get(this.current)?.contains(document.activeElement) ? this.current : -1;
    for (const place of [...this.#elements.keys()]) if (!places.has(place) && place !== focused) this.#drop(place);
    this.#drawRows(parts, focused);
    const missing = [...places].filter((place) => !this.#elements.has(place));
    for (const place of all ? missing : missing.slice(0, EACH_FRAME)) this.#add(place);
    if (!all && missing.length > EACH_FRAME) this.plan();
    const takes = [...places].map((place) => this.order[place]);
    this.cards.need(takes);
    this.onView(takes);
  }

  #drawRows(parts, focused) {
    if (this.view === "wall") return;
    const rows = new Set(parts.map(({ row }) => row));
    if (focused >= 0) rows.add(this.layout.rowOf(focused));
    for (const row of [...this.#rows.keys()]) if (!rows.has(row)) this.#dropRow(row);
    for (const row of rows) if (!this.#rows.has(row)) this.#addRow(row);
  }

  #addRow(row) {
    const { code, title, takes } = this.shots[row];
    const link = Object.assign(make("a", "ct-shot-name", code), { href: "#" });
    link.dataset.shot = code;
    link.title = t("This shot as a wall");
    const head = make("h2", "ct-shot-head", link, make("span", "ct-quiet", title), make("span", "ct-quiet", count(takes.length)));
    const sheet = make("div", "ct-strip-sheet");
    sheet.style.width = `${takes.length * (this.layout.cardWidth + GAP) - GAP}px`;
    const strip = make("div", "ct-strip-of-shot", sheet);
    const element = make("section", "ct-shot-row", head, strip);
    element.setAttribute("aria-label", t("Shot {code}", { code }));
    element.style.transform = `translateY(${row * this.layout.line}px)`;
    this.sheet.append(element);
    // Setting it, to 0 as well, lays the whole page out.
    if (this.#lefts.get(row)) strip.scrollLeft = this.#lefts.get(row);
    strip.addEventListener("scroll", () => {
      this.#lefts.set(row, strip.scrollLeft);
      this.plan();
    }, { passive: true });
    this.#rows.set(row, { element, strip, sheet });
  }

  #dropRow(row) {
    this.#rows.get(row).element.remove();
    this.#rows.delete(row);
  }

  #add(place) {
    const element = this.pool.take();
    const { row, x, y } = this.layout.at(place);
    element.style.transform = row === undefined ? `translate(${x}px, ${y}px)` : `translateX(${x}px)`;
    element.dataset.place = place;
    element.setAttribute("aria-posinset", place + 1);
    element.setAttribute("aria-setsize", this.order.length);
    this.#elements.set(place, element);
    this.fill(place);
    (row === undefined ? this.sheet : this.#rows.get(row).sheet).append(element);
  }

  #drop(place) {
    const element = this.#elements.get(place);
    element.remove();
    this.pool.give(element);
    this.#elements.delete(place);
  }

  fill(place) {
    const element = this.#elements.get(place);
    if (!element) return;
    const take = this.order[place];
    element.tabIndex = place === Math.max(0, this.current) ? 0 : -1;
    this.pool.fill(element, this.cards.get(take) ?? null, this.selection.takes.has(take));
  }

  // These takes alone are drawn anew, where they are in the page at all.
  refresh(takes) {
    for (const take of takes) {
      const place = this.places?.get(take);
      if (place !== undefined) this.fill(place);
    }
  }

  refreshAll() {
    for (const place of this.#elements.keys()) this.fill(place);
  }

  // Scrolls as far as is needed for a card to be seen whole.
  reveal(place) {
    const { row, x, y } = this.layout.at(place);
    const { scroller, layout } = this;
    const bottom = y + layout.line;
    if (y < scroller.scrollTop) scroller.scrollTop = y;
    else if (bottom > scroller.scrollTop + scroller.clientHeight - GAP) scroller.scrollTop = bottom - scroller.clientHeight + GAP;
    if (row === undefined) return;
    const left = this.#lefts.get(row) ?? 0;
    const next = x < left ? x : Math.max(left, x + layout.cardWidth - layout.width);
    this.#lefts.set(row, next);
    if (this.#rows.has(row)) this.#rows.get(row).strip.scrollLeft = next;
  }

  // Makes another card the current one, and gives it the focus.
  goTo(place, focus = true) {
    if (place < 0 || place >= this.order.length) return;
    const before = this.current;
    this.current = place;
    if (focus) this.reveal(place);
    this.draw(true);
    this.fill(before);
    this.fill(place);
    const element = this.#elements.get(place);
    if (focus && !element?.contains(document.activeElement)) element?.focus({ preventScroll: true });
  }

  step(dx, dy) {
    this.goTo(this.current < 0 ? 0 : this.layout.step(this.current, dx, dy));
  }
}
