// Small helpers that every part of a page uses.

export function make(tag, className, ...children) {
  const element = Object.assign(document.createElement(tag), { className });
  element.append(...children);
  return element;
}

export function makeButton(text, act, value) {
  const button = make("button", "", text);
  Object.assign(button.dataset, { act, value });
  return button;
}

// Only when something changes: a button that is drawn anew under the pointer loses its click.
export function replaceIfChanged(element, children) {
  const drawn = make("div", "", ...children);
  if (element.innerHTML !== drawn.innerHTML) element.replaceChildren(...drawn.childNodes);
}

// crypto.randomUUID is there on https and on this machine only.
export function newUid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
