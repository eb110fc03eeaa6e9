// Two takes beside each other.
import { t } from "../../language.js";
import { make, makeButton } from "../dom.js";

const NUMBERS = { left: "1", right: "2" };
const ALTS = { left: t("left take"), right: t("right take") };

function retryButton() {
  const button = makeButton(t("Retry"), "load", "");
  button.prepend(make("kbd", "", "R"));
  return button;
}

function unseenBox(take, number, slow) {
  if (take.state === "failed") return make("div", "ct-unseen", t("Could not load take {number}", { number }), retryButton());
  const line = slow ? t("Take {number} is still loading; S skips the pair", { number }) : t("Loading take {number}", { number });
  return make("div", "ct-unseen", line);
}

function sideBox(take, name, slow) {
  const box = make("div", "ct-side", take.picture, make("span", "ct-corner", NUMBERS[name]));
  take.picture.alt = ALTS[name];
  box.dataset.side = name;
  if (take.state !== "ready") box.append(unseenBox(take, NUMBERS[name], slow));
  return box;
}

// `slow`: whether the person has waited so long that they may skip what they cannot see.
export function drawPair(stage, pair, slow) {
  stage.replaceChildren(sideBox(pair.left, "left", slow), sideBox(pair.right, "right", slow));
}

// One take by itself.
export function drawAlone(stage, take) {
  const box = sideBox(take, "left", false);
  box.querySelector(".ct-corner").remove();
  take.picture.alt = t("the take");
  stage.replaceChildren(box);
}

export function outline(stage, side) {
  stage.querySelectorAll(".ct-side").forEach((box) => box.classList.toggle("ct-focus", box.dataset.side === side));
}
