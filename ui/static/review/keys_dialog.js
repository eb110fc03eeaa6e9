// Which key does what, shown and changed. A key that another action has is swapped with it.
import { t } from "../language.js";
import { make } from "./dom.js";
import { ACTIONS, DEFAULTS, capOf, nameOf, usableKeys, withKey } from "./keyboard.js";

const FIXED = [["⇧ 1–5", t("Stars of the chosen take; the same again takes them away")], [t("Ctrl K"), t("Commands")]];
const SWIPES = [[t("swipe"), t("Choose the take that you swipe to")], [t("two fingers"), t("Nearer, farther, and elsewhere")]];
const hasTouch = () => matchMedia("(any-pointer: coarse)").matches;

export class KeysDialog {
  waiting = "";   // the action that gets the next key

  constructor(root, store) {
    this.root = root;
    this.store = store;
    this.map = usableKeys(store.keys);
    this.box = root.querySelector(".ct-keys");
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    this.box.addEventListener("click", (event) => this.onClick(event));
    this.box.addEventListener("close", () => { this.waiting = ""; });
    this.label();
  }

  open() {
    this.draw();
    if (!this.box.open) this.box.showModal();
  }

  // The key caps of the page itself.
  label() {
    this.root.querySelectorAll("kbd[data-cap]").forEach((cap) => { cap.textContent = capOf(this.map[cap.dataset.cap]); });
  }

  draw() {
    const rows = Object.entries(ACTIONS).map(([action, { label }]) => {
      const waits = action === this.waiting;
      const button = make("button", "", waits ? t("press a key") : capOf(this.map[action]));
      Object.assign(button.dataset, { action });
      button.setAttribute("aria-label", t("{label}: {key}; change", { label, key: capOf(this.map[action]) }));
      return make("li", waits ? "ct-waits" : "", button, make("span", "", label));
    });
    const all = [...FIXED, ...("swipes" in this.root.dataset && hasTouch() ? SWIPES : [])];
    const fixed = all.map(([key, label]) => make("li", "", make("kbd", "", key), make("span", "", label)));
    this.box.querySelector("ul").replaceChildren(...rows, ...fixed);
    if (this.waiting) this.box.querySelector(`[data-action="${this.waiting}"]`).focus();
  }

  onClick(event) {
    const { action, keys } = event.target.closest("button")?.dataset ?? {};
    if (keys === "close") this.box.close();
    if (keys === "reset") this.set({ ...DEFAULTS });
    if (!action) return;
    this.waiting = action;
    this.draw();
  }

  onKey(event) {
    event.stopPropagation();   // no verdict behind the dialog
    if (!this.waiting) return;
    const name = event.ctrlKey || event.metaKey || event.altKey ? "" : nameOf(event);
    if (event.key === "Escape" || event.key === "Tab") { this.waiting = ""; event.preventDefault(); return this.draw(); }
    event.preventDefault();
    if (!name) return;
    const { waiting } = this;
    this.waiting = "";
    this.set(withKey(this.map, waiting, name));
    this.box.querySelector(`[data-action="${waiting}"]`).focus();
  }

  set(map) {
    this.map = map;
    this.store.keys = map;
    this.label();
    this.draw();
  }
}
