// What the server refused: kept in this browser, shown with the server's reason, and the person's to retry or discard.
const ASIDE = "circletake.aside." + person;
const SAID = { left: "left is better", right: "right is better", tie: "tie", both_bad: "both bad", skip: "skip" };

function setAside(item, reason) {
  // A later word on the same subject stands for the earlier one, here as in the record.
  const others = read(ASIDE, []).filter((other) => subjectOf(other) !== subjectOf(item));
  write(ASIDE, [...others, { ...item, error: reason }]);
  forget(item.body.uid);
}

function discard(uid) {
  write(ASIDE, read(ASIDE, []).filter((item) => item.body.uid !== uid));
  count();
}

function retry(uid) {
  const item = read(ASIDE, []).find((other) => other.body.uid === uid);
  if (!item) return;
  // To the head of the outbox: whatever was said since on the same takes comes after it and supersedes it.
  write(OUTBOX, [{ path: item.path, body: item.body, shot: item.shot }, ...read(OUTBOX, [])]);
  discard(uid);
  send();
}

function describe({ path, body, shot }) {
  const where = shot ? ` · ${shot}` : "";
  if (path === "/api/ballots") return `${SAID[body.verdict]}${where} · takes ${body.left} and ${body.right}`;
  if (path === "/api/ratings") return `${"★".repeat(body.stars)}${where} · take ${body.take}`;
  return `“${body.text}”${where} · take ${body.take}`;
}

function refusedLine(item) {
  const what = make("span", "ct-what", describe(item)), reason = make("span", "ct-reason", item.error || "refused");
  const buttons = [makeButton("Retry", "retry", item.body.uid), makeButton("Discard", "discard", item.body.uid)];
  what.title = what.textContent;
  reason.title = reason.textContent;
  return make("li", "", what, reason, ...buttons);
}

// Only when it changes: a button that is drawn anew under the pointer loses its click.
function listRefused() {
  const aside = read(ASIDE, []), list = $("ct-aside"), shown = JSON.stringify(aside);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.replaceChildren(...aside.map(refusedLine));
}
