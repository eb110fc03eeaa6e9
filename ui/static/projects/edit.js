// How a project's selects are written for the edit, and what is asked of passports and plates: shown to supervisors, read when it
// is opened, saved field by field.
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

const OF_PROJECT = ["passport_policy", "plate_policy", "credentials"];   // fields of the project itself

export class EditSettings {
  #code = null;
  #project = null;

  // say: a line, and whether it is a refusal.
  constructor(root, say) {
    Object.assign(this, { root, say });
    root.addEventListener("toggle", () => root.open && this.load());
    root.addEventListener("change", ({ target }) => this.save(target));
  }

  // project: the one that is shown, or null.
  show(project, isShown) {
    const code = project?.code ?? null;
    this.#project = project;
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
      for (const field of fields) field.value = OF_PROJECT.includes(field.name) ? this.#project[field.name] : textOfEdit(settings, field.name);
    } catch (error) {
      this.say(error.message, true);
    }
  }

  async save(field) {
    const code = this.#code, project = this.#project, { name, value } = field;
    const body = OF_PROJECT.includes(name) ? { [name]: value } : { edit: editOf(name, value) };
    const { ok, line } = await call("PATCH", `/api/projects/${encode(code)}`, body);
    field.toggleAttribute("aria-invalid", false);
    if (ok) {
      if (OF_PROJECT.includes(name)) project[name] = value;
      this.say(t("The edit's settings of {code} are saved.", { code }));
      return code === this.#code ? this.load([field]) : undefined;
    }
    field.setAttribute("aria-invalid", "true");
    return this.say(line, true);
  }
}
