// The line below the header that tells a newcomer what to do next; in the demo only.
import { getJson, postJson } from "../api.js";
import { t } from "../language.js";
import { make } from "../review/dom.js";
import { STEPS, describeStep, placeOf } from "./steps.js";

const HIDDEN = "circletake:guide-hidden";
const OFTEN = 1000, SELDOM = 2500;   // ms between looks: while a night runs, and otherwise

const isHidden = () => { try { return localStorage.getItem(HIDDEN) === "yes"; } catch { return false; } };

const ROOM = `
  .ct-guide { display: flex !important; }
  .gradio-container:has(.ct-guide) :is(.ct-page, .ct-review) { --header: 84px !important; }
  @media (max-width: 760px) { .gradio-container:has(.ct-guide) :is(.ct-page, .ct-review) { --header: 136px !important; } }
`;
let room = null;

// Before the page is drawn, so that nothing moves, with the guide or without.
export function makeRoom() {
  if (isHidden()) return;
  room = new CSSStyleSheet();
  room.replaceSync(ROOM);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, room];
}

class Guide {
  constructor(root) {
    this.root = root;
    [this.list, this.line, this.bar, this.button] = ["ol", ".ct-guide-text", ".ct-progress", ".ct-do"].map((name) => root.querySelector(name));
    this.link = root.querySelector("a");
    this.button.addEventListener("click", () => this.press());
    root.querySelector(".ct-guide-close").addEventListener("click", () => this.putAway());
  }

  async look() {
    if (!document.hidden && !isHidden()) await getJson("/api/guide").then((guide) => this.show(guide), () => {});
    setTimeout(() => this.look(), this.isNight ? OFTEN : SELDOM);
  }

  show(guide) {
    this.isNight = Boolean(guide.night?.running);
    const { text, share, action } = describeStep(guide);
    this.showSteps(placeOf(guide.step));
    if (this.line.textContent !== text) this.line.textContent = this.line.title = text;
    this.bar.hidden = share === null;
    this.bar.firstElementChild.style.width = `${100 * (share ?? 0)}%`;
    this.act = typeof action === "string" ? action : null;
    this.button.hidden = !this.act;
    this.button.textContent = { tune: t("Tune now"), stop: t("Stop") }[this.act] ?? "";
    this.link.hidden = !action?.href || location.pathname + location.hash === action.href;
    if (action?.href) Object.assign(this.link, { href: action.href, textContent: action.label });
  }

  showSteps(place) {
    if (this.place === place) return;
    this.place = place;
    this.list.replaceChildren(...STEPS.map(([, label], k) => {
      const item = make("li", "", make("span", "", k < place ? "✓" : `${k + 1}`), make("b", "", label));
      if (k === place) item.setAttribute("aria-current", "step");
      return item;
    }));
  }

  async press() {
    this.button.disabled = true;
    const path = this.act === "stop" ? "/api/nights/stop" : "/api/nights";
    await postJson(path, {}).catch((error) => { this.line.textContent = error.message; });
    await getJson("/api/guide").then((guide) => this.show(guide), () => {});
    this.button.disabled = false;
  }

  putAway() {
    try { localStorage.setItem(HIDDEN, "yes"); } catch { /* it comes back with the next page */ }
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== room);
  }
}

export function start(element) {
  if (!isHidden()) new Guide(element.querySelector(".ct-guide")).look();
}
