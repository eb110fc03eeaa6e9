// Stars of the chosen take.
import { t } from "../../language.js";

const CHOSEN = { left: t("left take"), right: t("right take") };

export function drawStars(root, side, stars = 0) {
  root.querySelector(".ct-chosen").textContent = CHOSEN[side];
  const buttons = root.querySelectorAll(".ct-stars button");
  buttons.forEach((button, k) => button.classList.toggle("ct-on", k < stars));
}
