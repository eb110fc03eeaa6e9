// What is typed in a form's texts is kept in the browser, for the person, until it is emptied: a page that is loaded again,
// by whatever accident, goes on with it.
import { openedFor } from "./person.js";
import { Store } from "./review/store.js";

const labelOf = (field) => field.closest("label")?.querySelector("span")?.textContent.trim() ?? "";

function texts(form) {
  return [...form.querySelectorAll("textarea")].filter(labelOf);
}

function keep(form, store, name) {
  const filled = texts(form).filter((field) => field.value.trim()).map((field) => [labelOf(field), field.value]);
  store.write(name, filled.length ? Object.fromEntries(filled) : null);
}

// Gradio hears of a text by the event alone.
function restore(form, store, name) {
  const kept = store.read(name, {});
  for (const field of texts(form)) {
    const text = kept[labelOf(field)];
    if (!text || field.value) continue;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// `form`: a selector of what holds the texts; `name`: under which they are kept.
export async function keepDrafts(form, name) {
  const { name: person } = await openedFor().catch(() => ({}));
  const element = document.querySelector(form);
  if (!person || !element) return;
  const store = new Store(person);
  restore(element, store, name);
  element.addEventListener("input", () => keep(element, store, name));
}
