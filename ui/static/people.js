// The people page: a row for each person, with what an admin can do about them.
import { openedFor } from "./person.js";
import { make } from "./review/dom.js";
import { call, cell, day, rowButton, say } from "./rows.js";

const signsInBy = ({ disabled, has_password: hasPassword }) => (disabled ? "disabled" : hasPassword ? "password" : "token only");
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
      cell(this.chips(person.projects, (code) => this.leave(person, code), "Remove from project"), rowButton("+", `Add ${person.name} to a project`, () => this.join(person))),
      cell(String(person.ballots)), cell(signsInBy(person)),
      cell(this.tokens(person), rowButton("+", `Issue a token for ${person.name}`, () => this.issue(person))), cell(day(person.created)), this.actions(person));
    row.dataset.person = person.name;
    return row;
  }

  roleField(person) {
    const field = make("select", "");
    field.setAttribute("aria-label", `Role of ${person.name}`);
    field.append(...this.roles.map((role) => Object.assign(make("option", "", role), { selected: role === person.role })));
    field.addEventListener("change", () => this.act("PATCH", address(person), `${person.name} is ${field.value} now.`, { role: field.value }));
    return field;
  }

  chips(words, remove, label) {
    const chip = (word) => make("span", "ct-chip", word, rowButton("×", `${label} ${word}`, () => remove(word)));
    return make("span", "ct-chips", ...words.map(chip));
  }

  tokens(person) {
    const chip = ({ id, label, expires }) => {
      const words = expires ? `${label}, until ${day(expires)}` : label;
      const revoke = () => this.act("DELETE", address(person, "tokens", id), `“${label}” of ${person.name} is revoked.`);
      return make("span", "ct-chip", words, rowButton("×", `Revoke ${label} of ${person.name}`, revoke));
    };
    return make("span", "ct-chips", ...person.tokens.map(chip));
  }

  actions(person) {
    const { name, disabled, sessions } = person;
    const change = (body, done) => () => this.act("PATCH", address(person), done, body);
    const end = () => this.act("DELETE", address(person, "sessions"), `${name} is signed out everywhere.`);
    return cell(make("div", "ct-row-actions",
      rowButton("Password", `Set the password of ${name}`, () => this.setPassword(person)),
      ...(sessions ? [rowButton("Sign out", `Sign ${name} out everywhere`, end)] : []),
      disabled ? rowButton("Enable", `Enable ${name}`, change({ disabled: false }, `${name} can sign in again.`))
        : rowButton("Disable", `Disable ${name}`, change({ disabled: true }, `${name} is disabled; what they judged stays.`))));
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
    const password = await this.ask(`New password of ${person.name}`, "Password", { type: "password" });
    if (password) await this.act("PATCH", address(person), `${person.name} has a new password, and is signed out everywhere.`, { password });
  }

  async join(person) {
    const code = (await this.ask(`Add ${person.name} to a project`, "The project's code"))?.trim();
    if (code) await this.act("PUT", address(person, "projects", code), `${person.name} sees ${code} now.`);
  }

  leave(person, code) {
    return this.act("DELETE", address(person, "projects", code), `${person.name} is no member of ${code}; what they judged stays.`);
  }

  async issue(person) {
    const label = (await this.ask(`Issue a token for ${person.name}`, "What it is for"))?.trim();
    const issued = label && (await this.act("POST", address(person, "tokens"), "", { label }));
    if (issued) await this.ask(`Token of ${person.name}, shown this once`, "", { text: issued.token });
  }

  async onAdd(event) {
    event.preventDefault();
    const form = event.target, { name, role, password } = Object.fromEntries(new FormData(form));
    form.elements.password.value = "";
    const added = await this.act("POST", "/api/people", `${name} is added as ${role}.`, { name, role, ...(password ? { password } : {}) });
    if (added) form.reset();
  }
}

export async function start(element) {
  const page = new PeoplePage(element.querySelector(".ct-accounts"));
  await openedFor().catch(() => null);
  await page.draw();
}
