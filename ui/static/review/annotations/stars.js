// Stars of the chosen take.

export function drawStars(root, side, stars = 0) {
  root.querySelector(".ct-chosen").textContent = `${side} take`;
  const buttons = root.querySelectorAll(".ct-stars button");
  buttons.forEach((button, k) => button.classList.toggle("ct-on", k < stars));
}
