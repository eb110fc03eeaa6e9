// Cancel withdraws what of a brief is not drawn yet, and another button queues what failed again. Each is heard when it is pressed: the page is drawn anew every second,
// and a button that is drawn anew before it is let go loses its click. A key makes a click alone.

import { keepDrafts } from "./drafts.js";

async function send(route, brief) {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ brief: Number(brief) });
  const answer = await fetch(`/api/takes/${route}`, { method: "POST", credentials: "same-origin", headers, body }).catch(() => null);
  if (!answer) return "the server does not answer";
  return answer.ok ? "" : (await answer.json().catch(() => ({}))).error || String(answer.status);
}

export function start(element) {
  const act = async (event) => {
    const button = event.target.closest("button[data-brief]");
    if (!button || button.disabled || event.button) return;
    button.disabled = true;
    const failure = await send(button.dataset.route || "cancel", button.dataset.brief);
    if (failure) button.textContent = `not done: ${failure}`;
  };
  keepDrafts(".ct-brief-form", "brief");
  element.addEventListener("pointerdown", act);
  element.addEventListener("click", act);
}
