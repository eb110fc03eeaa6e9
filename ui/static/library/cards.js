// One card for each frame or clip, and what is shown of it in full.
import { day, decimals, t } from "../language.js";
import { make } from "../review/dom.js";

export const KINDS = { still: t("Still"), clip: t("Clip") };

// A place in a film as h:mm:ss.
export function clock(seconds) {
  const whole = Math.floor(seconds), two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

const isFilm = ({ kind, frame_out: last, seconds }) => kind === "clip" || last > 0 || seconds > 0;
const wordsOf = (item) => item.caption || item.file;

// Pictures are loaded when they come into view: a library has ten thousands.
let near = null;

function loadNear(picture) {
  near ??= new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      target.src = target.dataset.src;
    }
  }, { rootMargin: "400px" });
  near.observe(picture);
}

function pictureOf(item) {
  if (item.kind === "still") {
    const image = Object.assign(make("img", ""), { alt: wordsOf(item), decoding: "async", draggable: false });
    image.dataset.src = item.picture;
    loadNear(image);
    return image;
  }
  const video = Object.assign(make("video", ""), { muted: true, loop: true, playsInline: true, preload: "metadata" });
  video.setAttribute("aria-label", wordsOf(item));
  video.dataset.src = `${item.picture}#t=0.01`;
  loadNear(video);
  return video;
}

export class Card {
  // onOpen: the picture was pressed, which `opens` says what for; onPick: the box was; `isPicked` says how it is drawn.
  constructor(item, { canPick, isPicked, onOpen, onPick, opens = (name) => t("Show {name}", { name }) }) {
    this.item = item;
    const open = make("button", "ct-open", pictureOf(item));
    Object.assign(open, { type: "button" });
    open.setAttribute("aria-label", opens(wordsOf(item)));
    open.addEventListener("click", () => onOpen(item));
    this.root = make("article", "ct-library-card", open, ...(canPick ? [this.box(onPick)] : []), this.facts());
    this.root.dataset.item = item.id;
    this.playing(open);
    this.show(isPicked);
  }

  box(onPick) {
    this.pick = make("button", "ct-pick", "");
    this.pick.type = "button";
    this.pick.setAttribute("aria-label", t("Select {name}", { name: wordsOf(this.item) }));
    this.pick.addEventListener("click", ({ shiftKey }) => onPick(this.item, shiftKey));
    return this.pick;
  }

  facts() {
    const { item } = this, place = isFilm(item) ? ` · ${clock(item.seconds)}` : "";
    const state = item.excluded ? [make("div", "ct-excluded", t("Excluded: {reason}", item))] : [];
    const people = item.people.length ? [make("div", "ct-quiet", item.people.join(", "))] : [];
    return make("div", "ct-card-facts", make("div", "ct-row", make("b", "", item.title), make("span", "ct-quiet", `${KINDS[item.kind]}${place}`)),
      make("div", "ct-caption", item.caption || t("No caption")), ...people, ...state);
  }

  // A clip plays while it is pointed at, or has the focus.
  playing(open) {
    const video = open.querySelector("video");
    if (!video) return;
    const play = () => video.play().catch(() => {});
    for (const event of ["pointerenter", "focus"]) open.addEventListener(event, play);
    for (const event of ["pointerleave", "blur"]) open.addEventListener(event, () => video.pause());
  }

  show(isPicked) {
    this.root.classList.toggle("ct-picked", isPicked);
    this.root.classList.toggle("ct-is-excluded", Boolean(this.item.excluded));
    this.pick?.setAttribute("aria-pressed", String(isPicked));
  }
}

// All that is known of an item, in a dialog.
export function showItem(dialog, item) {
  const rows = [
    [t("Title"), item.title], [t("Licence"), item.licence], [t("File"), item.file],
    ...(isFilm(item) ? [[t("Place"), t("{clock} · shot {shot} · frames {first} to {last}", { clock: clock(item.seconds), shot: item.shot + 1, first: item.frame_in, last: item.frame_out })]] : []),
    [t("Size"), `${item.width} × ${item.height}`],
    [t("People"), item.people.join(", ") || "–"],
    [t("Caption"), item.caption || "–"],
    ...(item.captioned_by ? [[t("Written by"), item.captioned_by]] : []),
    ...(item.excluded ? [[t("Excluded"), `${day(item.excluded)} ${item.excluded_by ?? ""}: ${item.reason}`]] : []),
  ];
  dialog.querySelector("h2").textContent = t("{kind} {number}", { kind: KINDS[item.kind], number: item.id });
  const picture = pictureOf(item);
  picture.src = item.picture;
  if (item.kind === "clip") picture.controls = true;
  dialog.querySelector(".ct-item-picture").replaceChildren(picture);
  const start = dialog.querySelector(".ct-start-brief");
  start.href = `/briefs?item=${item.id}`;
  start.hidden = Boolean(item.excluded);
  dialog.querySelector("dl").replaceChildren(...rows.flatMap(([name, text]) => [make("dt", "", name), make("dd", "", text)]));
  dialog.showModal();
}

// The report: a part for each title, a line for each reason.
export function showReport(dialog, titles) {
  const line = (reason, { count, examples }) => make("li", "", t("{reason}: {number}, such as {examples}", { reason, number: count, examples: examples.join("; ") }));
  const part = (of) => make("section", "", make("h3", "", of.title), make("p", "ct-quiet", t("{files} files · {hours} h of film · {shots} shots · {stills} stills · {clips} clips · {excluded} excluded · {without} without caption",
    { ...of, hours: decimals(of.hours, 2), without: of.without_caption })),
  ...(of.reading ? [make("p", "", t("{number} files are not read to their end: give the same command again.", { number: of.reading }))] : []),
  make("ul", "", ...[...Object.entries(of.left_out), ...Object.entries(of.files_left_out)].map(([reason, entry]) => line(reason, entry))));
  dialog.querySelector(".ct-titles").replaceChildren(...titles.map(part));
  dialog.showModal();
}
