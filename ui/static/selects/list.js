// The shots of a sequence with their selects: the pick first, its alternates after it. Dragged, or moved by keys.
import { t, tn } from "../language.js";
import { KINDS } from "../names.js";
import { make, makeButton } from "../review/dom.js";
import { thumbnailOf } from "../review/stage/detail.js";

function thumb({ side }) {
  return side.kind === "still" || side.poster ? Object.assign(new Image(), { src: thumbnailOf(side), alt: "", draggable: false }) : make("span", "", KINDS.clip);
}

// firstFrame: the number of a clip's first frame.
export function lengthInWords({ side, frame_in, frame_out }, firstFrame) {
  const length = frame_out - frame_in + 1;
  if (side.kind === "still") return tn("held {n} frame", "held {n} frames", length);
  return tn("{from}–{to} · {n} frame", "{from}–{to} · {n} frames", length, { from: frame_in + firstFrame, to: frame_out + firstFrame });
}

export const nameOfPlace = (position) => (position === 1 ? t("Pick") : t("Alternate {number}", { number: position - 1 }));

function selectButton(select, position, chosen, firstFrame) {
  const { take } = select.side, name = nameOfPlace(position);
  const button = makeButton("", "choose", take);
  button.append(thumb(select), make("span", "ct-name", name), make("span", "ct-length", lengthInWords(select, firstFrame)));
  button.draggable = true;
  button.setAttribute("aria-pressed", String(take === chosen));
  return make("li", position === 1 ? "ct-pick" : "", button);
}

export function drawShots(list, shots, { chosen, playing, firstFrame }) {
  list.replaceChildren(...shots.map(({ shot, title, selects }) => {
    const buttons = selects.map((select, k) => selectButton(select, k + 1, chosen, firstFrame));
    const none = selects.length ? [] : [make("span", "ct-quiet", t("nothing circled"))];
    const item = make("li", "ct-cut-shot", make("b", "", shot), make("span", "ct-title", title), make("ol", "", ...buttons), ...none);
    item.dataset.shot = shot;
    item.classList.toggle("ct-now", shot === playing);
    return item;
  }));
}

// Selects are dragged within their shot. moved: is given the take and its new place, from 1.
export function listenToDrags(list, moved, signal) {
  let dragged = null;
  const listen = (kind, handler) => list.addEventListener(kind, handler, { signal });
  const over = (event) => {
    const item = event.target.closest?.(".ct-cut-shot ol > li");
    return dragged && item?.parentElement === dragged.parentElement ? item : null;
  };
  listen("dragstart", (event) => {
    dragged = event.target.closest(".ct-cut-shot ol > li");
    event.dataTransfer.effectAllowed = "move";
  });
  listen("dragover", (event) => { if (over(event)) event.preventDefault(); });
  listen("drop", (event) => {
    const item = over(event);
    if (!item) return;
    event.preventDefault();
    if (item !== dragged) moved(Number(dragged.querySelector("button").dataset.value), 1 + [...item.parentElement.children].indexOf(item));
  });
  listen("dragend", () => { dragged = null; });
}
