// The forms of the page Rights. What is refused stays as it was typed, with the server's line below it.
import { t } from "../language.js";
import { call, send } from "../rows.js";

const LISTS = ["uses", "projects"];

// The body of a POST: what is empty is left out.
export function bodyOf(form) {
  const data = new FormData(form), given = {};
  for (const [name, value] of data) if (typeof value === "string" && value.trim() && !LISTS.includes(name)) given[name] = value.trim();
  if (form.elements.uses) given.uses = data.getAll("uses");
  const codes = (data.get("projects") ?? "").split(/[\s,]+/).filter(Boolean);
  return codes.length ? { ...given, projects: codes } : given;
}

// Only its sha256 is kept, which the server takes: a browser can only where it trusts the address.
async function hashOf(file) {
  const sent = new FormData();
  sent.append("file", file);
  const answer = await fetch("/api/rights/documents", { method: "POST", credentials: "same-origin", body: sent }).catch(() => null);
  const body = await answer?.json().catch(() => null);
  return answer?.ok ? { document: body.document } : { line: body?.error ?? t("the server does not answer") };
}

export class RightsForm {
  // kept(body): what was recorded.
  constructor(form, kept) {
    Object.assign(this, { form, kept });
    form.addEventListener("submit", (event) => this.onSubmit(event));
    form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
  }

  tell(line) { this.form.querySelector(".ct-refusal").textContent = line; }

  begin(values) {
    this.form.closest("details").open = true;
    for (const [name, value] of Object.entries(values)) this.form.elements[name].value = value;
    (this.form.elements.described ?? this.form.elements[0]).focus();
  }

  async onSubmit(event) {
    event.preventDefault();
    const button = this.form.querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    const line = await this.send().finally(() => { button.disabled = false; });
    this.tell(line ?? "");
  }

  // The line of a refusal.
  async send() {
    const { ok, body, line } = await this.post();
    if (!ok) return line;
    this.form.reset();
    this.form.closest("details").open = false;
    await this.kept(this.form.dataset.form, body);
    return "";
  }

  async post() {
    const file = this.form.elements.file?.files[0], hashed = file ? await hashOf(file) : {};
    return hashed.line ? hashed : call("POST", `/api/rights/${this.form.dataset.form}`, { ...bodyOf(this.form), ...hashed });
  }
}

// One whose file goes along and is kept.
export class FileForm extends RightsForm {
  async post() {
    const sent = new FormData(this.form);
    for (const [name, value] of [...sent]) if (!(typeof value === "string" ? value.trim() : value.size)) sent.delete(name);
    return send("POST", "/api/rights/files", sent);
  }
}
