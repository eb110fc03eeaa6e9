// The people page: a row for each person, with what an admin can do about them.
import { count, day, t } from "./language.js";
import { ROLES } from "./names.js";
import { openedFor } from "./person.js";
import { make } from "./review/dom.js";
import { call, cell, rowButton, say } from "./rows.js";

const signsInBy = ({ disabled, has_password: hasPassword }) => (disabled ? t("disabled") : hasPassword ? t("password") : t("token only"));
const address = (person, ...rest) => ["/api/people", person.id, ...rest].map((part, k) => (k ? encodeURIComponent(part) : part)).join("/");

class PeoplePage {
  constructor(root) {
    this.root = root;
    this.dialog = root.querySelector("dialog");
    this.roles = [...root.querySelectorAll("select[name=role] option")].map((option) => option.value);
    root.querySelector("form").addEventListener("submit", (event) => this.onAdd(event));
  }

  async act(method, path, done, body) {
    const { ok, line, body: content } = await call(method, path, body);
    say(this.root, ok ? done : line, !ok);
    await this.draw();
    return ok ? content ?? {} : null;
  }

  async draw() {
    const { ok, body, line } = await call("GET", "/api/people");
    if (!ok) return say(this.root, line, true);
    this.root.querySelectorAll(".ct-line-form[hidden], table[hidden]").forEach((part) => { part.hidden = false; });
    return this.root.querySelector("tbody").replaceChildren(...body.map((person) => this.row(person)));
  }

  row(person) {
    const row = make("tr", person.disabled ? "ct-quiet" : "", cell(make("b", "", person.name)), cell(this.roleField(person)),
      cell(this.chips(person.projects, (code) => this.leave(person, code), (code) => t("Remove from project {code}", { code })), rowButton("+", t("Add {name} to a project", person), () => this.join(person))),
      cell(count(person.ballots)), cell(signsInBy(person)),
      cell(this.tokens(person), rowButton("+", t("Issue a token for {name}", person), () => this.issue(person))), cell(this.agreement(person)), cell(day(person.created)), this.actions(person));
    row.dataset.person = person.name;
    return row;
  }

  roleField(person) {
    const field = make("select", "");
    field.setAttribute("aria-label", t("Role of {name}", person));
    field.append(...this.roles.map((role) => Object.assign(make("option", "", ROLES[role]), { value: role, selected: role === person.role })));
    field.addEventListener("change", () => this.act("PATCH", address(person), t("{name} is {role} now.", { name: person.name, role: ROLES[field.value] }), { role: field.value }));
    return field;
  }

  chips(words, remove, label) {
    const chip = (word) => make("span", "ct-chip", word, rowButton("×", label(word), () => remove(word)));
    return make("span", "ct-chips", ...words.map(chip));
  }

  tokens(person) {
    const chip = ({ id, label, expires }) => {
      const words = expires ? t("{label}, until {day}", { label, day: day(expires) }) : label;
      const revoke = () => this.act("DELETE", address(person, "tokens", id), t("“{label}” of {name} is revoked.", { label, name: person.name }));
      return make("span", "ct-chip", words, rowButton("×", t("Revoke {label} of {name}", { label, name: person.name }), revoke));
    };
    return make("span", "ct-chips", ...person.tokens.map(chip));
  }

  // Whether the model may learn from them, and since when they say so.
  agreement({ agreed, agreed_since: since }) {
    if (agreed === null) return t("not answered");
    return agreed ? t("agreed, {day}", { day: day(since) }) : t("disagreed, {day}", { day: day(since) });
  }

  actions(person) {
    const { name, disabled, sessions } = person;
    const change = (body, done) => () => this.act("PATCH", address(person), done, body);
    const end = () => this.act("DELETE", address(person, "sessions"), t("{name} is signed out everywhere.", { name }));
    return cell(make("div", "ct-row-actions",
      rowButton(t("Password"), t("Set the password of {name}", { name }), () => this.setPassword(person)),
      ...(sessions ? [rowButton(t("Sign out"), t("Sign {name} out everywhere", { name }), end)] : []),
      disabled ? rowButton(t("Enable"), t("Enable {name}", { name }), change({ disabled: false }, t("{name} can sign in again.", { name })))
        : rowButton(t("Disable"), t("Disable {name}", { name }), change({ disabled: true }, t("{name} is disabled; what they judged stays.", { name })))));
  }

  // Asks for one value; null when it was cancelled. A password is gone from the field whatever happens.
  ask(title, label, { type = "text", text = "" } = {}) {
    const { dialog } = this, field = dialog.querySelector("input");
    dialog.querySelector("h2").textContent = title;
    dialog.querySelector("label span").textContent = label;
    dialog.querySelector("output").textContent = text;
    dialog.querySelector("label").hidden = !label;
    Object.assign(field, { type, value: "", autocomplete: type === "password" ? "new-password" : "off", required: Boolean(label) });
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((done) => {
      dialog.addEventListener("close", () => {
        const { value } = field;
        field.value = dialog.querySelector("output").textContent = "";
        done(dialog.returnValue === "ok" && value.trim() ? value : null);
      }, { once: true });
    });
  }

  async setPassword(person) {
    const password = await this.ask(t("New password of {name}", person), t("Password"), { type: "password" });
    if (password) await this.act("PATCH", address(person), t("{name} has a new password, and is signed out everywhere.", person), { password });
  }

  async join(person) {
    const code = (await this.ask(t("Add {name} to a project", person), t("The project's code")))?.trim();
    if (code) await this.act("PUT", address(person, "projects", code), t("{name} sees {code} now.", { name: person.name, code }));
  }

  leave(person, code) {
    return this.act("DELETE", address(person, "projects", code), t("{name} is no member of {code}; what they judged stays.", { name: person.name, code }));
  }

  async issue(person) {
    const label = (await this.ask(t("Issue a token for {name}", person), t("What it is for")))?.trim();
    const issued = label && (await this.act("POST", address(person, "tokens"), "", { label }));
    if (issued) await this.ask(t("Token of {name}, shown this once", person), "", { text: issued.token });
  }

  async onAdd(event) {
    event.preventDefault();
    const form = event.target, { name, role, password } = Object.fromEntries(new FormData(form));
    form.elements.password.value = "";
    const added = await this.act("POST", "/api/people", t("{name} is added as {role}.", { name, role: ROLES[role] }), { name, role, ...(password ? { password } : {}) });
    if (added) form.reset();
  }
}

export async function start(element) {
  const page = new PeoplePage(element.querySelector(".ct-accounts"));
  await openedFor().catch(() => null);
  await page.draw();
}
