// What is typed in a form is kept in the browser, for the person, until it is emptied: a page that is loaded again, by
// whatever accident, goes on with it.

// What an older page kept, by the label of the field.
const OLDER = { Prompt: "prompt", "Negative prompt": "negative_prompt" };

const isText = (field) => field.name && !field.disabled && field.type !== "file" && field.type !== "submit";

export function valuesOf(form) {
  const fields = [...form.elements].filter(isText);
  return Object.fromEntries(fields.filter(({ value }) => value?.trim()).map(({ name, value }) => [name, value]));
}

// Of the fields that are named; the others stay as they are.
export function fillIn(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements[OLDER[name] ?? name];
    if (field && isText(field)) field.value = value ?? "";
  }
}

// store: of the person (review/store.js); `name`: under which it is kept.
export class Draft {
  constructor(form, store, name) {
    Object.assign(this, { form, store, name });
    form.addEventListener("input", () => this.keep());
  }

  keep(more = {}) {
    const values = { ...valuesOf(this.form), ...more };
    this.store.write(this.name, Object.keys(values).length ? values : null);
  }

  // What was kept; empty where nothing was.
  read() {
    return this.store.read(this.name, {});
  }
}
