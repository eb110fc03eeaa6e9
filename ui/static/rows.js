// What pages of tables share: one call to the server, one line of outcome, buttons in rows.
import { t } from "./language.js";
import { make } from "./review/dom.js";

const JSON_TYPE = { "Content-Type": "application/json" };

// {ok, body, line}: line says what went wrong, in the server's words.
export function call(method, path, body) {
  return fetched(path, { method, ...(body ? { headers: JSON_TYPE, body: JSON.stringify(body) } : {}) });
}

// The same with a form, which may hold files.
export const send = (method, path, body) => fetched(path, { method, body });

async function fetched(path, options) {
  const answer = await fetch(path, { credentials: "same-origin", ...options }).catch(() => null);
  if (!answer) return { ok: false, body: null, line: t("the server does not answer") };
  const content = await answer.json().catch(() => null);
  return { ok: answer.ok, body: content, line: answer.ok ? "" : content?.error || t("the server answered {status}", { status: answer.status }) };
}

export function say(root, text, isRefusal = false) {
  const line = root.querySelector(".ct-line");
  line.textContent = text;
  line.classList.toggle("ct-refused", isRefusal);
}

export function rowButton(text, label, press) {
  const button = make("button", "ct-quiet-button", text);
  button.type = "button";
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", press);
  return button;
}

export const cell = (...children) => make("td", "", ...children);
