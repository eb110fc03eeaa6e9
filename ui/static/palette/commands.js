// What can be done on a page, by name: parts of the page offer commands, and the palette lists those that match.

const sources = new Map();   // and their places in the list

// source: gives [{label, cap, hint, run}], or a promise of them; `cap` is the key that does the same. They are offered
// until the signal is aborted. place: those with smaller ones come first.
export function offerCommands(source, signal, place = 0) {
  sources.set(source, place);
  signal?.addEventListener("abort", () => sources.delete(source));
}

// Those of a source that fails are left out.
export async function listCommands() {
  const ordered = [...sources.keys()].sort((a, b) => sources.get(a) - sources.get(b));
  const lists = await Promise.all(ordered.map((source) => Promise.resolve().then(source).catch(() => [])));
  return lists.flat();
}

const isStart = (text, place) => place === 0 || /[\s/_.,:-]/.test(text[place - 1]);

// How well a label fits what is typed; -1 where its letters do not come in this order. Beginnings of words count most,
// then letters that follow each other; of equals the shorter label comes first.
export function fit(typed, label) {
  const letters = typed.toLocaleLowerCase().replace(/\s+/g, ""), text = label.toLocaleLowerCase();
  let score = 0, place = -1;
  for (const letter of letters) {
    const next = nextPlace(text, letter, place);
    if (next < 0) return -1;
    score += (isStart(text, next) ? 8 : 0) + (next === place + 1 ? 5 : 0) + 1;
    place = next;
  }
  return score - text.length / 1000;
}

// The letter right behind, or else the next one that begins a word, or else the next one.
function nextPlace(text, letter, place) {
  if (text[place + 1] === letter) return place + 1;
  for (let k = place + 1; k < text.length; k += 1) if (text[k] === letter && isStart(text, k)) return k;
  return text.indexOf(letter, place + 1);
}

// The best first, `most` at most; all of them in their own order while nothing is typed.
export function matching(commands, typed, most = 50) {
  if (!typed.trim()) return commands.slice(0, most);
  const fits = commands.map((command) => ({ command, score: fit(typed, `${command.label} ${command.hint ?? ""}`) }));
  return fits.filter(({ score }) => score >= 0).sort((a, b) => b.score - a.score).slice(0, most).map(({ command }) => command);
}
