// The command palette: Ctrl+K, or Cmd+K, or the button in the header. A combobox with a listbox as in the ARIA Authoring
// Practices: the focus stays in the field, and the arrows move through the list.
import { t } from "../language.js";
import { getJson } from "../api.js";
import { listCommands, matching, offerCommands } from "./commands.js";
import { make } from "../review/dom.js";

const STEP = 8;   // commands that Page Up and Page Down go over
const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");
export const SHORTCUT = isMac ? "⌘K" : t("Ctrl K");

const go = (address) => () => location.assign(address);

// Pages, shots and review sessions that the person sees.
export async function places() {
  const links = [...document.querySelectorAll(".ct-header a[href^='/']")];
  const pages = links.map((link) => ({ label: t("Go to {page}", { page: link.textContent }), run: go(link.getAttribute("href")) }));
  const [shots, sessions] = await Promise.all([getJson("/api/shots").catch(() => []), getJson("/api/review-sessions").catch(() => [])]);
  const open = sessions.filter((session) => !session.closed);
  return [...pages, ...open.map(sessionCommand), ...shots.flatMap(shotCommands)];
}

const sessionCommand = ({ name, project, address }) => ({ label: t("Review session {name}", { name }), hint: project, run: go(address) });

function shotCommands({ project_code: project, code, title }) {
  const hint = [project, title].filter(Boolean).join(" · ");
  const review = new URLSearchParams({ project, shot: code }), board = new URLSearchParams({ shot: `${project}/${code}` });
  return [
    { label: t("Review {code}", { code }), hint, run: go(`/?${review}`) },
    { label: t("Board of {code}", { code }), hint, run: go(`/board?${board}`) },
  ];
}

class Palette {
  commands = [];
  shown = [];
  at = 0;

  constructor() {
    this.field = Object.assign(make("input", ""), { type: "text", spellcheck: false, autocomplete: "off" });
    this.list = Object.assign(make("ul", ""), { id: "ct-commands" });
    this.status = make("p", "");
    for (const [name, value] of Object.entries({ role: "combobox", "aria-label": t("Command"), "aria-autocomplete": "list", "aria-controls": this.list.id, "aria-expanded": "true", placeholder: t("Type a command, a shot or a page") })) this.field.setAttribute(name, value);
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", t("Commands"));
    this.status.setAttribute("role", "status");
    this.box = make("dialog", "ct-palette", this.field, this.list, this.status);
    this.box.setAttribute("aria-label", t("Commands"));
    this.box.classList.toggle("ct-by-finger", matchMedia("(pointer: coarse)").matches);
    document.body.append(this.box);
    this.field.addEventListener("input", () => this.match());
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    this.box.addEventListener("click", (event) => this.onClick(event));
  }

  async open() {
    if (this.box.open) return;
    this.before = document.activeElement;
    this.field.value = "";
    this.box.showModal();
    this.commands = this.shown = [];
    this.list.replaceChildren();
    this.status.textContent = "";
    this.loading = listCommands();
    this.commands = await this.loading;
    this.match();
  }

  // Whoever types fast is done before the list is there.
  async runFirst() {
    await this.loading;
    if (this.box.open) this.run(this.shown[this.at]);
  }

  // The dialog gives the focus back to where it was.
  close() {
    this.box.close();
    this.before?.focus?.({ preventScroll: true });
  }

  match() {
    if (!this.commands.length) return;
    this.shown = matching(this.commands, this.field.value);
    this.list.replaceChildren(...this.shown.map((command, k) => this.row(command, k)));
    this.status.textContent = this.shown.length ? "" : t("No command matches");
    this.moveTo(0);
  }

  row({ label, cap, hint }, k) {
    const row = make("li", "", make("span", "", label), make("span", "ct-quiet", hint ?? ""), ...(cap ? [make("kbd", "", cap)] : []));
    Object.assign(row, { id: `ct-command-${k}` });
    row.setAttribute("role", "option");
    return row;
  }

  moveTo(place) {
    this.at = Math.min(Math.max(place, 0), Math.max(this.shown.length - 1, 0));
    [...this.list.children].forEach((row, k) => row.setAttribute("aria-selected", String(k === this.at)));
    const row = this.list.children[this.at];
    if (!row) return this.field.removeAttribute("aria-activedescendant");
    this.field.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    event.stopPropagation();   // nothing behind the dialog
    const last = this.shown.length - 1, around = (place) => (place + last + 1) % (last + 1 || 1);
    const moves = { ArrowDown: () => around(this.at + 1), ArrowUp: () => around(this.at - 1), PageDown: () => this.at + STEP, PageUp: () => this.at - STEP };
    const isShortcut = opens(event);
    if (event.isComposing || !(moves[event.key] || isShortcut || ["Enter", "Escape", "Tab"].includes(event.key))) return;
    event.preventDefault();
    if (moves[event.key]) this.moveTo(moves[event.key]());
    else if (event.key === "Enter") this.runFirst();
    else if (event.key !== "Tab") this.close();
  }

  onClick(event) {
    const row = event.target.closest("[role=option]");
    if (row) this.run(this.shown[[...this.list.children].indexOf(row)]);
    else if (event.target === this.box) this.close();   // beside it
  }

  run(command) {
    if (!command) return;
    this.close();
    command.run();
  }
}

let palette = null;

// Without Shift and Alt, which make it the browser's or the system's own.
const opens = (event) => event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;

export function startPalette(button) {
  palette ??= new Palette();
  button.querySelector("kbd").textContent = SHORTCUT;
  button.addEventListener("click", () => palette.open());
  if (startPalette.listens) return;
  startPalette.listens = true;
  offerCommands(places, null, 1);   // behind what the page itself can do
  document.addEventListener("keydown", (event) => {
    if (!opens(event) || event.repeat) return;
    event.preventDefault();
    palette.open();
  });
}
