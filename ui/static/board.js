// Clicks on the board are posted to the same routes that scripts use, and the board is drawn again when the receipt is
// there.
import { newUid } from "./review/dom.js";

const FIELDS = { "/api/ratings": (value) => ({ stars: Number(value) }), "/api/statuses": (value) => ({ status: value }) };

export function bodyOf({ post, take, value }) {
  return { uid: newUid(), take: Number(take), ...FIELDS[post](value) };
}

async function send({ post, ...rest }) {
  const body = JSON.stringify(bodyOf({ post, ...rest }));
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(post, { method: "POST", credentials: "same-origin", headers, body }).catch(() => null);
  if (!answer) return "the server does not answer";
  if (answer.ok) return "";
  return (await answer.json().catch(() => ({}))).error || String(answer.status);
}

export function start(element, { trigger }) {
  element.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-post]");
    if (!button) return;
    const failure = await send({ ...button.dataset });
    if (failure) button.closest(".ct-take").querySelector(".ct-why").textContent = `not saved: ${failure}`;
    else trigger("click");
  });
}
