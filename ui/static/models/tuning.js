// Tune now: a night that is started from the Models page, and how far it is.
import { getJson, postJson } from "../api.js";
import { t } from "../language.js";
import { describeNight } from "../guide/steps.js";

const OFTEN = 1000, SELDOM = 5000;   // ms between looks: while a night runs, and otherwise

class Tuning {
  constructor(root) {
    this.root = root;
    [this.line, this.bar, this.button] = [".ct-night", ".ct-progress", "button"].map((name) => root.querySelector(name));
    this.button.addEventListener("click", () => this.press());
  }

  async look() {
    if (!document.hidden) await this.update();
    setTimeout(() => this.look(), this.night?.running ? OFTEN : SELDOM);
  }

  // Whoever may not tune, or whose server cannot, sees nothing of it.
  async update() {
    const night = await getJson("/api/nights").catch(() => null);
    this.root.hidden = !night;
    if (night) this.show(night);
  }

  show(night) {
    const ended = this.night?.running && !night.running;
    this.night = night;
    const { text, share, action } = describeNight(night);
    if (this.line.textContent !== text) this.line.textContent = text;
    this.bar.hidden = share === null;
    this.bar.firstElementChild.style.width = `${100 * (share ?? 0)}%`;
    this.action = action;
    this.button.hidden = !action;
    this.button.textContent = action === "stop" ? t("Stop") : t("Tune now");
    if (ended) window.dispatchEvent(new CustomEvent("circletake:night-ended"));
  }

  async press() {
    this.button.disabled = true;
    const path = this.action === "stop" ? "/api/nights/stop" : "/api/nights";
    await postJson(path, {}).then((night) => this.show(night), (error) => { this.line.textContent = error.message; });
    this.button.disabled = false;
  }
}

export function start(element) {
  new Tuning(element.querySelector(".ct-tuning")).look();
}
