// The account page: one's own password, sessions and tokens.
import { answer, followsOf, standingOf } from "./agreeing.js";
import { getJson } from "./api.js";
import { day, minute, t, timeZone } from "./language.js";
import { openedFor } from "./person.js";
import { make } from "./review/dom.js";
import { call, cell, rowButton, say } from "./rows.js";

const SYSTEMS = ["Windows", "Macintosh", "Android", "iPhone", "iPad", "Linux"], BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"];
const NAMES = { Edg: "Edge", OPR: "Opera", Macintosh: "Mac" };

// "Mozilla/5.0 (X11; Linux x86_64) … Chrome/129 …" -> "Chrome on Linux"
export function describeBrowser(agent) {
  const [browser, system] = [BROWSERS, SYSTEMS].map((words) => words.find((word) => agent.includes(word)));
  const name = NAMES[browser] ?? browser ?? (agent.split("/")[0] || t("Unknown"));
  return system ? t("{browser} on {system}", { browser: name, system: NAMES[system] ?? system }) : name;
}

const COOKIE = "circletake_language", YEAR = 31536000;   // seconds; ui/languages/choice.py reads it

// "" gives the choice back to the browser.
function chooseLanguage(code) {
  document.cookie = `${COOKIE}=${code}; path=/; SameSite=Lax; max-age=${code ? YEAR : 0}`;
  location.reload();
}

const chosenLanguage = () => new RegExp(`${COOKIE}=([\\w-]+)`).exec(document.cookie)?.[1] ?? "";

class AccountPage {
  constructor(root) {
    this.root = root;
    for (const form of root.querySelectorAll("form[data-form]")) form.addEventListener("submit", (event) => this.onSubmit(event));
    const language = root.querySelector("select[name=language]");
    language.value = chosenLanguage();
    language.addEventListener("change", () => chooseLanguage(language.value));
    root.querySelectorAll("[data-agree]").forEach((button) => button.addEventListener("click", () => this.agree(button.dataset.agree === "yes")));
    root.querySelector("[data-end-others]").addEventListener("click", () => this.act("DELETE", "/api/me/sessions", t("You are signed out everywhere else.")));
  }

  async act(method, path, done, body) {
    const { ok, line, body: content } = await call(method, path, body);
    say(this.root, ok ? done : line, !ok);
    if (ok) await this.draw();
    return ok ? content ?? {} : null;
  }

  async draw() {
    const { ok, body, line } = await call("GET", "/api/me/access");
    if (!ok) return say(this.root, line, true);
    this.list("sessions").replaceChildren(...body.sessions.map((session) => this.sessionRow(session)));
    this.list("tokens").replaceChildren(...body.tokens.map((token) => this.tokenRow(token)));
    return undefined;
  }

  async drawAgreement() {
    const standing = await getJson("/api/me/agreement").catch(() => null);
    if (standing) this.showAgreement(standing);
  }

  showAgreement(standing) {
    this.root.querySelector(".ct-agreement-line").textContent = [standingOf(standing), followsOf(standing)].filter(Boolean).join(" ");
    for (const button of this.root.querySelectorAll("[data-agree]")) button.hidden = standing.agreed === (button.dataset.agree === "yes");
  }

  async agree(agreed) {
    if (!agreed && !confirm(t("The model will not learn from your judgements, and what learned from them is not drawn with any more. Go on?"))) return;
    const kept = await answer(agreed).catch((error) => { say(this.root, error.message, true); });
    if (kept) this.showAgreement(kept);
  }

  list(name) { return this.root.querySelector(`[data-list=${name}]`); }

  sessionRow({ id, browser, created, expires, here }) {
    const end = () => this.act("DELETE", `/api/me/sessions/${id}`, t("The session is ended."));
    const name = describeBrowser(browser), action = here ? t("this one") : rowButton(t("End"), t("End the session in {browser}", { browser: name }), end);
    return make("tr", "", cell(name), cell(t("{time} {zone}", { time: minute(created), zone: timeZone })), cell(t("{time} {zone}", { time: minute(expires), zone: timeZone })), cell(action));
  }

  tokenRow({ id, label, created, expires }) {
    const revoke = () => this.act("DELETE", `/api/me/tokens/${id}`, t("“{label}” is revoked.", { label }));
    return make("tr", "", cell(label), cell(day(created)), cell(day(expires) || t("no end")), cell(rowButton(t("Revoke"), t("Revoke {label}", { label }), revoke)));
  }

  async onSubmit(event) {
    event.preventDefault();
    const form = event.target, values = Object.fromEntries(new FormData(form));
    const isToken = form.dataset.form === "token";
    if (isToken) return this.issue(form, values);
    for (const field of form.querySelectorAll("input")) field.value = "";   // no field keeps a password
    return this.act("POST", "/api/me/password", t("Your password is changed. Your other sessions and your tokens have ended."), values);
  }

  async issue(form, { label, days }) {
    const body = { label, ...(days ? { days: Number(days) } : {}) };
    const issued = await this.act("POST", "/api/me/tokens", t("The token below is shown this once."), body);
    if (!issued) return;
    form.reset();
    this.root.querySelector(".ct-secret").textContent = issued.token;
  }
}

export async function start(element) {
  const page = new AccountPage(element.querySelector(".ct-account"));
  const me = await openedFor().catch(() => null);
  if (me) await Promise.all([page.draw(), page.drawAgreement()]);
}
