// How a project's selects are written for the edit: shown to supervisors, read when it is opened, saved field by field.
import { getJson } from "../api.js";
import { t } from "../language.js";
import { call } from "../rows.js";

const encode = encodeURIComponent;

// Of the text in a field, what the server is sent.
export function editOf(name, text) {
  const value = text.trim();
  if (name === "path_map") return { path_map: value.split("\n").map((line) => line.trim()).filter(Boolean) };
  if (name === "first_frame") return { first_frame: value === "" ? null : Number.isInteger(Number(value)) ? Number(value) : value };
  return { [name]: value };
}

export const textOfEdit = (settings, name) => (name === "path_map" ? settings.path_map.join("\n") : String(settings[name]));

export class EditSettings {
  #code = null;

  // say: a line, and whether it is a refusal.
  constructor(root, say) {
    Object.assign(this, { root, say });
    root.addEventListener("toggle", () => root.open && this.load());
    root.addEventListener("change", ({ target }) => this.save(target));
  }

  // Another project is shown.
  show(code, isShown) {
    this.root.hidden = !isShown;
    if (code === this.#code) return;
    this.#code = code;
    this.root.open = false;
  }

  get fields() { return [...this.root.querySelectorAll("[name]")]; }

  // Into the fields given: whoever types in another one goes on.
  async load(fields = this.fields) {
    try {
      const settings = await getJson(`/api/projects/${encode(this.#code)}/edit`);
      for (const field of fields) field.value = textOfEdit(settings, field.name);
    } catch (error) {
      this.say(error.message, true);
    }
  }

  async save(field) {
    const code = this.#code, { ok, line } = await call("PATCH", `/api/projects/${encode(code)}`, { edit: editOf(field.name, field.value) });
    field.toggleAttribute("aria-invalid", false);
    if (ok) {
      this.say(t("The edit's settings of {code} are saved.", { code }));
      return code === this.#code ? this.load([field]) : undefined;
    }
    field.setAttribute("aria-invalid", "true");
    return this.say(line, true);
  }
}
