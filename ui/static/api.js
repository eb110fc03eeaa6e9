// Our own routes, for pages that show what they answer. A refusal is an Error with the server's line.
import { t } from "./language.js";

async function read(answer) {
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw new Error(body.error || t("the server answered {status}", { status: answer.status }));
}

function send(path, options) {
  return fetch(path, { credentials: "same-origin", ...options }).catch(() => { throw new Error(t("the server does not answer")); });
}

// Without values that are empty.
export function addressOf(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

export async function getJson(path, query) {
  return read(await send(addressOf(path, query)));
}

// A part of a page that the server writes.
export async function getText(path, query) {
  const answer = await send(addressOf(path, query));
  return answer.ok ? answer.text() : read(answer);
}

export async function postJson(path, body) {
  const headers = { "Content-Type": "application/json" };
  return read(await send(path, { method: "POST", headers, body: JSON.stringify(body) }));
}
