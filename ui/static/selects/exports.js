// An export is written by the server and comes as a file. The bar says how much of it has come.
import { t } from "../language.js";
const UNKNOWN = -1;   // how much is written, nobody says

async function read(answer, progress) {
  const whole = Number(answer.headers.get("content-length")), parts = [];
  let come = 0;
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts, { type: answer.headers.get("content-type") });
    parts.push(value);
    come += value.length;
    progress(whole ? come / whole : UNKNOWN);
  }
}

export const fileNameOf = (disposition) => /filename="?([^";]+)"?/.exec(disposition ?? "")?.[1] ?? "selects";

function keep(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// What a form of options asks for, without what is as it is anyway.
export function queryOf(form) {
  const shown = [...new FormData(form)].filter(([name, value]) => value && !form.elements[name].closest("label").hidden);
  return new URLSearchParams(shown);
}

// Options that a format has no use for are not shown. "media": where media come along.
export function showOptions(form) {
  const { format, media } = form.elements;
  const isFor = (uses) => uses.includes(format.value) || (uses.includes("media") && media.checked);
  const options = [...form.querySelectorAll("[data-for]")];
  const own = media.closest("label");
  own.hidden = !own.dataset.for.split(" ").includes(format.value);
  if (own.hidden) media.checked = false;
  for (const option of options) if (option !== own) option.hidden = !isFor(option.dataset.for.split(" "));
}

export const remarksOf = (header) => JSON.parse(decodeURIComponent(header || "%5B%5D"));

// tell: a line and what the format could not hold; progress: a share from 0 to 1, or below 0 while it is not known.
export async function exportSelects(project, query, { tell, progress }) {
  progress(UNKNOWN);
  tell(t("writing …"));
  query.set("project", project);
  try {
    const answer = await fetch(`/api/exports/selects?${query}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || t("the server answered {status}", { status: answer.status }));
    const name = fileNameOf(answer.headers.get("content-disposition"));
    keep(await read(answer, progress), name);
    progress(1);
    tell(t("{name} is downloaded", { name }), remarksOf(answer.headers.get("circletake-remarks")));
  } catch (error) {
    progress(0);
    tell(t("not exported: {why}", { why: error.message }));
  }
}
