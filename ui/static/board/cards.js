// One card of the board: an element that is made from the page's template, used again for other takes, and filled in.
import { count, decimals, t, tn } from "../language.js";
import { STATES, STATUSES } from "../names.js";

const percent = (share) => `${Math.round(100 * share)} %`;

// What the card says beside the stars.
export function starsText({ stars, raters }) {
  return raters ? `${decimals(stars, 1)} · ${count(raters)}` : "";
}

export function winsText({ wins }) {
  return wins ? `${percent(wins.rate)} (${Math.round(100 * wins.low)}–${percent(wins.high)}) · ${count(wins.judged)}` : "";
}

// Beside the win rate, by whichever the board is sorted. What the model has not scored says so.
export const rewardText = ({ reward }) => (reward === null ? t("Reward: not scored yet") : t("Reward {reward}", { reward: decimals(reward, 1).replace("-", "−") }));

const MARKS = { copy: [t("Copy?"), t("Too like a frame of the library or a take of another shot")], face: [t("Face?"), t("Shows a face that nobody allowed")], similar: [t("Similar"), t("Very similar to a frame of the library or a take of another shot, as the image encoder or the model sees it")] };

export const marksText = ({ marks = [] }) => marks.map((mark) => MARKS[mark][0]).join(" ");

export function labelOf(card) {
  const parts = [t("Take of {shot}", card), card.version ? t("number {take}", card) : "", STATUSES[card.status]];
  if (card.raters) parts.push(tn("{stars} stars by {n} person", "{stars} stars by {n} people", card.raters, { stars: decimals(card.stars, 1) }));
  parts.push(...(card.marks ?? []).map((mark) => MARKS[mark][1]));
  return parts.filter(Boolean).join(", ");
}

// Below supervisor a take has no number that means anything.
function nameOfCard({ shot, take, version }, isWall) {
  if (isWall) return version ? `${shot} · ${take}` : shot;
  return version ? t("take {number}", { number: take }) : t("take");
}

export class CardElements {
  #free = [];

  constructor(template, pictures, { canCircle }) {
    this.template = template;
    this.pictures = pictures;
    this.canCircle = canCircle;
    this.isWall = false;
    this.byReward = false;
  }

  take() {
    const element = this.#free.pop() ?? this.#make();
    element.card = undefined;
    return element;
  }

  give(element) {
    this.pictures.drop(element.parts.image);
    element.parts.picture.querySelector("video")?.remove();
    element.parts.shown = "";
    this.#free.push(element);
  }

  #make() {
    const element = this.template.content.firstElementChild.cloneNode(true);
    const part = (name) => element.querySelector(`.ct-${name}`);
    element.parts = { shown: "", image: part("picture img"), stars: [...element.querySelectorAll("[data-star]")], statuses: [...element.querySelectorAll("[data-status]")] };
    for (const name of ["picture", "wait", "pick", "name", "version", "marks", "notes", "words", "tags", "mean", "wins", "why", "facts"]) element.parts[name] = part(name);
    return element;
  }

  // `card`: null while it is not known yet.
  fill(element, card, isSelected) {
    const { parts } = element;
    element.classList.toggle("ct-selected", isSelected);
    parts.pick.setAttribute("aria-pressed", isSelected);
    element.card = card;
    element.classList.toggle("ct-blank", !card);
    if (!card) {
      element.setAttribute("aria-label", t("Take"));
      parts.image.hidden = true;
      parts.wait.hidden = true;
      return;
    }
    element.setAttribute("aria-label", labelOf(card));
    element.classList.toggle("ct-circled", card.status === "circled");
    element.classList.toggle("ct-discarded", card.status === "discarded");
    this.#fillPicture(parts, card);
    parts.name.textContent = nameOfCard(card, this.isWall);
    parts.name.href = `/take?take=${card.take}`;
    parts.version.textContent = card.why ? "" : card.version ?? "";
    parts.marks.textContent = marksText(card);
    parts.marks.title = (card.marks ?? []).map((mark) => MARKS[mark][1]).join("\n");
    parts.notes.textContent = card.notes.length ? tn("{n} note", "{n} notes", card.notes.length) : "";
    parts.notes.title = card.notes.join("\n");
    parts.words.textContent = parts.words.title = card.prompt;
    parts.tags.textContent = parts.tags.title = card.tags.join(", ");
    parts.mean.textContent = starsText(card);
    parts.wins.textContent = card.why ? "" : this.byReward ? rewardText(card) : winsText(card);
    parts.why.textContent = parts.why.title = card.why ?? "";
    this.#fillButtons(parts, card);
  }

  #fillButtons(parts, card) {
    const shown = card.own_stars || Math.round(card.stars ?? 0);
    parts.stars.forEach((button, number) => {
      button.classList.toggle("ct-on", number < shown);
      button.classList.toggle("ct-own", number < card.own_stars);
      button.setAttribute("aria-pressed", number + 1 === card.own_stars);
    });
    for (const button of parts.statuses) {
      const isOn = button.dataset.status === card.status;
      button.classList.toggle("ct-on", isOn);
      button.setAttribute("aria-pressed", isOn);
      // Only a supervisor circles a take, or takes a circle back.
      button.hidden = !this.canCircle && (button.dataset.status === "circled" ? !isOn : card.status === "circled");
      button.disabled = !this.canCircle && card.status === "circled";
    }
    parts.facts.classList.toggle("ct-quiet-facts", card.state !== "done");
  }

  #fillPicture(parts, card) {
    const isDone = card.state === "done";
    const address = isDone ? card.picture ?? "" : "";
    parts.image.hidden = !address;
    parts.wait.hidden = isDone;
    parts.picture.classList.toggle("ct-clip", isDone && card.kind === "clip");
    if (!isDone) {
      const share = card.state === "leased" && card.progress ? ` ${percent(card.progress)}` : "";
      parts.wait.textContent = card.state === "failed" ? card.error || STATES.failed : STATES[card.state] + share;
    }
    const shown = isDone ? address || card.media : "";
    if (shown === parts.shown) return;
    parts.shown = shown;
    parts.picture.querySelector("video")?.remove();
    parts.image.alt = "";
    if (address) this.pictures.want(parts.image, address);
    else this.pictures.drop(parts.image);
    if (isDone && !address && card.media) playClip(parts.picture, card.media, false);
  }
}

// A clip plays while it is pointed at or has the focus; without a first frame it shows its own.
export function playClip(picture, address, plays = true) {
  let video = picture.querySelector("video");
  if (!video) {
    video = Object.assign(document.createElement("video"), { muted: true, loop: true, playsInline: true, preload: "metadata", src: address });
    picture.append(video);
  }
  if (plays && !matchMedia("(prefers-reduced-motion: reduce)").matches) video.play().catch(() => {});
}

export function stopClip(picture, hasPicture) {
  const video = picture.querySelector("video");
  video?.pause();
  if (hasPicture) video?.remove();
}
