// Several takes in rows and columns, each with its number, and its place once it has one.
import { make } from "../review/dom.js";
import { columnsFor, ordinal } from "./order.js";

const WORDS = { failed: "could not be loaded", loading: "is loading" };

function takeButton(take, number) {
  const box = make("button", "ct-side", take.picture, make("span", "ct-corner", String(number + 1)), make("span", "ct-place"));
  box.dataset.number = number;
  take.picture.alt = "";
  if (take.state !== "ready") box.append(make("span", "ct-unseen", `Take ${number + 1} ${WORDS[take.state] ?? ""}`));
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
    box.setAttribute("aria-label", `take ${number + 1}${place < 0 ? "" : `, ${ordinal(place)}`}`);
  }
}
