// The dialog in which a consent is revoked or a licence ended: what rests on it first, then a reason.
import { t } from "../language.js";
import { make } from "../review/dom.js";
import { call } from "../rows.js";
import { countsOf, left } from "./words.js";

const SHOWN = 12;   // of a list; the rest is counted

function takesList(title, takes, all) {
  if (!takes.length) return [];
  const links = takes.slice(0, SHOWN).flatMap(({ take, project, shot }) => [Object.assign(make("a", "ct-link", `${project}/${shot} · ${take}`), { href: `/take?take=${take}`, target: "_blank" }), " "]);
  return [make("div", "ct-part", make("b", "", title), " ", ...links, left(Math.min(SHOWN, takes.length), all))];
}

export function drawTouched(touched) {
  const { counts, versions, takes, selects, frames } = touched;
  const line = (title, words) => make("div", "ct-part", make("b", "", title), " ", words);
  return [
    make("div", "", countsOf(touched)),
    ...(versions.length ? [line(t("Versions"), versions.join(", "))] : []),
    ...takesList(t("Selects"), selects, counts.selects),
    ...takesList(t("Takes"), takes, counts.takes),
    ...(frames.length ? [line(t("Library"), frames.join(", "))] : []),
    ...(versions.length ? [make("p", "ct-quiet", t("Versions that learned from it, and that nothing else allows, draw no more. Another draws instead, and the next night learns without it."))] : []),
  ];
}

export class EndingDialog {
  constructor(dialog) {
    this.dialog = dialog;
    this.form = dialog.querySelector("form");
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
  }

  // What came of it, or null when it was cancelled. `address`: of the consent or licence; `act`: what is posted there.
  async ask(title, button, address, act) {
    Object.assign(this, { address: `${address}/${act}` });
    const [ok] = this.form.querySelectorAll("button");
    this.dialog.querySelector("h2").textContent = title;
    ok.textContent = button;
    ok.disabled = true;
    this.form.elements.reason.value = "";
    this.tell("");
    this.show([t("Looking what rests on it")]);
    this.result = null;
    this.dialog.showModal();
    const closed = new Promise((done) => { this.dialog.addEventListener("close", done, { once: true }); });
    const { ok: isThere, body, line } = await call("GET", `${address}/touched`);
    if (isThere) this.show(drawTouched(body));
    else { this.show([]); this.tell(line); }
    ok.disabled = !isThere;
    await closed;
    return this.result;
  }

  show(parts) { this.dialog.querySelector(".ct-touched").replaceChildren(...parts); }
  tell(line) { this.dialog.querySelector(".ct-refusal").textContent = line; }

  async onSubmit(event) {
    if (event.submitter?.value !== "ok") return;
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    const { ok, body, line } = await call("POST", this.address, { reason: this.form.elements.reason.value });
    this.busy = false;
    if (!ok) { this.tell(line); return; }
    this.result = body;
    this.dialog.close();
  }
}
