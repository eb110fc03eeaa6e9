// What every part of the review page stands on. page.py joins the parts into one function, so they share these names.
const root = element.querySelector(".ct-review");
const person = root.dataset.person;
const $ = (name) => root.querySelector("." + name);
const page = new AbortController();   // aborted when the page is left: its listeners and timers go with it
const gone = () => page.signal.aborted;
const listen = (target, kind, handler) => target.addEventListener(kind, handler, { signal: page.signal });

const read = (key, otherwise) => JSON.parse(localStorage.getItem(key) || "null") ?? otherwise;
const write = (key, value) => localStorage.setItem(key, JSON.stringify(value));
const pairKey = (a, b) => [a, b].sort((x, y) => x - y).join("-");
const keyOf = (pair) => pairKey(pair.left.take, pair.right.take);
const newUid = () => (crypto.randomUUID ? crypto.randomUUID()
  : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""));

let timer = null, due = Infinity;

function tell(text) { $("ct-hint").textContent = text; }

// One timer for all that waits; whoever asks for the soonest has it.
function tryLater(seconds) {
  const at = performance.now() + seconds * 1000;
  if (gone() || at >= due) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(() => { due = Infinity; send(); fill(); }, seconds * 1000);
}

function make(tag, className, ...children) {
  const made = Object.assign(document.createElement(tag), { className });
  made.append(...children);
  return made;
}

function makeButton(text, act, value) {
  const button = make("button", "", text);
  Object.assign(button.dataset, { act, value });
  return button;
}
