// Several takes in rows and columns, each with its number, and its place once it has one.
import { t } from "../language.js";
import { make } from "../review/dom.js";
import { columnsFor, ordinal } from "./order.js";

const WORDS = {
  failed: (number) => t("Could not load take {number}", { number }),
  loading: (number) => t("Loading take {number}", { number }),
};

function takeButton(take, number) {
  const box = make("button", "ct-side", take.picture, make("span", "ct-corner", String(number + 1)), make("span", "ct-place"));
  box.dataset.number = number;
  take.picture.alt = "";
  if (take.state !== "ready") box.append(make("span", "ct-unseen", WORDS[take.state]?.(number + 1) ?? ""));
  return box;
}

export function drawTakes(stage, takes) {
  const { width, height } = stage.getBoundingClientRect();
  const columns = columnsFor(takes.length, width, height, takes[0].width / takes[0].height);
  stage.style.setProperty("--columns", columns);
  stage.style.setProperty("--rows", Math.ceil(takes.length / columns));
  stage.replaceChildren(...takes.map(takeButton));
}

export function markOrder(stage, order) {
  for (const box of stage.querySelectorAll("button.ct-side")) {
    const number = Number(box.dataset.number), place = order.picked.indexOf(number);
    box.querySelector(".ct-place").textContent = place < 0 ? "" : ordinal(place);
    box.setAttribute("aria-pressed", String(place >= 0));
    box.setAttribute("aria-label", place < 0 ? t("take {number}", { number: number + 1 }) : t("take {number}, {place}", { number: number + 1, place: ordinal(place) }));
  }
}
