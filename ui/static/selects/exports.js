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

// tell: a line; progress: a share from 0 to 1, or below 0 while it is not known.
export async function exportSelects(project, format, { tell, progress }) {
  progress(UNKNOWN);
  tell(t("writing …"));
  try {
    const answer = await fetch(`/api/exports/selects?${new URLSearchParams({ project, format })}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || t("the server answered {status}", { status: answer.status }));
    const name = fileNameOf(answer.headers.get("content-disposition"));
    keep(await read(answer, progress), name);
    progress(1);
    tell(t("{name} is downloaded", { name }));
  } catch (error) {
    progress(0);
    tell(t("not exported: {why}", { why: error.message }));
  }
}
