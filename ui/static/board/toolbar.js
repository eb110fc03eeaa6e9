// The board's filters, as fields whose values are the address.
import { t } from "../language.js";
import { make } from "../review/dom.js";
import { changed } from "./address.js";

const TYPED = 250;   // ms after the last letter until the text is searched
const named = (rows) => rows.map(({ code, title }) => [code, title && title !== code ? `${code} · ${title}` : code]);
const plain = (words) => words.map((word) => [word, word]);

function options(select, first, rows, value) {
  // A link may name what is not in the list, or not yet.
  const all = value && !rows.some(([each]) => each === value) ? [...rows, [value, value]] : rows;
  select.replaceChildren(...[...(first === null ? [] : [["", first]]), ...all].map(([each, label]) => Object.assign(make("option", "", label), { value: each })));
  select.value = value;
  select.closest("label").hidden = !all.length;
}

export class Toolbar {
  #timer = 0;

  // `onChange` is called with what is to be shown, and whether that is a step of its own on the way back.
  constructor(root, onChange) {
    this.root = root;
    this.field = (name) => root.querySelector(`[name=${name}]`);
    root.addEventListener("submit", (event) => event.preventDefault());
    root.addEventListener("change", ({ target }) => target.name && target.name !== "text" && onChange(changed(this.shown, target.name, target.value), true));
    this.field("text").addEventListener("input", ({ target }) => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => onChange({ ...this.shown, text: target.value.trim() }, false), TYPED);
    });
    const more = root.querySelector(".ct-more");
    const close = ({ key, target }) => { if (key ? key === "Escape" : !more.contains(target)) more.open = false; };
    document.addEventListener("pointerdown", close);
    more.addEventListener("keydown", close);
    root.querySelector(".ct-clear").addEventListener("click", () => {
      clearTimeout(this.#timer);
      onChange({ ...changed(this.shown, "project", this.shown.project), shot: this.shown.shot }, true);
    });
  }

  // A link may have a value that the list has not, such as two statuses of its own choice.
  #set(select, value) {
    select.value = value;
    if (select.value !== value) select.append(new Option(value, value, true, true));
  }

  // `board` and `choices`: null before they came.
  fill(shown, board, choices) {
    this.shown = shown;
    options(this.field("project"), null, named(board?.projects ?? []), shown.project || board?.project || "");
    options(this.field("shot"), t("All shots"), named(choices?.shots ?? []), shown.shot);
    options(this.field("tag"), t("Any tag"), plain(choices?.tags ?? []), shown.tag);
    options(this.field("version"), t("Any version"), plain(choices?.versions ?? []), shown.version);
    options(this.field("rater"), t("Anybody"), plain(choices?.raters ?? []), shown.rater);
    this.field("kind").closest("label").hidden = (choices?.kinds ?? []).length < 2 && !shown.kind;
    for (const name of ["view", "status", "stars", "kind", "sort"]) this.#set(this.field(name), shown[name]);
    const text = this.field("text");
    if (document.activeElement !== text) text.value = shown.text;
    for (const option of this.field("sort").querySelectorAll("[data-supervisor]")) option.hidden = option.disabled = board ? !board.can_circle : false;
    const byReward = this.field("sort").querySelector("[value=reward]");
    byReward.hidden = byReward.disabled = !(board?.rewards || shown.sort === "reward");
    const filters = ["status", "stars", "rater", "version", "kind", "tag", "text"].filter((name) => shown[name]);
    this.root.querySelector(".ct-clear").hidden = !filters.length;
    this.root.querySelector(".ct-more summary").textContent = filters.length ? `${t("Filters")} · ${filters.length}` : t("Filters");
  }
}
