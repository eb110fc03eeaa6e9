// What a take is like: frames of the library and takes of other shots, which of them are too like it, and its faces.
import { getJson } from "../api.js";
import { count, minute, t, tn } from "../language.js";
import { make } from "../review/dom.js";

const percent = (share) => Math.floor(100 * share);

// In one line, for the top of the section.
export function stateInWords({ state, problem, pictures }) {
  if (state === "waiting") return t("Not compared yet.");
  if (state === "missing") return t("Not compared: the server has no OpenCV, which the extra library installs.");
  if (state === "blind") return t("Shown once you have judged a pair with this take.");
  if (problem) return t("Could not be compared: {why}", { why: problem });
  const marked = pictures.filter((each) => each.marked).length;
  if (marked) return tn("Too like {n} picture. Look at both before it is used.", "Too like {n} pictures. Look at them before it is used.", marked);
  return pictures.length ? t("Nothing is too like it. Nearest are:") : t("Nothing is like it.");
}

export function pictureInWords({ likeness, mirrored, excluded, starts_from: startsFrom, item, title, licence, picture }) {
  const name = item ? t("library {item}, {title}", { item, title }) : picture ? t("a take of another shot") : t("a take of a project that you do not see");
  return [
    t("{percent} %", { percent: percent(likeness) }), name, ...(licence ? [licence] : []), ...(mirrored ? [t("mirrored")] : []),
    ...(startsFrom ? [t("it starts from this")] : []), ...(excluded ? [t("excluded from the library")] : []),
  ].join(" · ");
}

export function facesInWords({ faces, people_allowed: people, faces_marked: isMarked }) {
  if (!faces.length) return "";
  const number = tn("{n} face", "{n} faces", faces.length);
  const allowed = tn("{n} person behind the take allowed their likeness", "{n} people behind the take allowed their likeness", people);
  return isMarked ? t("{faces}, {people}: a consent is missing.", { faces: number, people: allowed }) : t("{faces}, {people}.", { faces: number, people: allowed });
}

export function basisInWords({ threshold, set_by: frames, library, checked }) {
  const values = { percent: percent(threshold), library: count(library), moment: checked ? minute(checked) : "" };
  const marked = frames
    ? tn("Marked from {percent} % on, which {n} frame of the library sets.", "Marked from {percent} % on, which {n} frames of the library set.", frames, values)
    : t("Marked from {percent} % on: the library is too small to set its own.", values);
  return checked ? t("{marked} Compared {moment} with {library} frames and with takes of other shots.", { ...values, marked }) : marked;
}

export function similarInWords({ encoder, is_model: isModel, compared, threshold, set_by: frames }) {
  if (!compared) return isModel ? t("Not yet read by the model {encoder}.", { encoder }) : t("Not yet read by the image encoder {encoder}.", { encoder });
  const reader = isModel ? t("the model {encoder}", { encoder }) : t("the image encoder {encoder}", { encoder });
  if (threshold === null) return t("Alike in what they show, as {reader} sees it; that makes no copy. The library is too small to mark any.", { reader });
  return tn("Alike in what they show, as {reader} sees it; that makes no copy. Marked from {percent} % on, which {n} frame of the library sets.",
    "Alike in what they show, as {reader} sees it; that makes no copy. Marked from {percent} % on, which {n} frames of the library set.", frames, { reader, percent: percent(threshold) });
}

function drawPicture(each) {
  const line = make("li", each.marked ? "ct-marked" : "");
  const address = each.item ? `/library?item=${each.item}` : each.take ? `/take?take=${each.take}` : "";
  const link = address ? Object.assign(make("a", "ct-like-picture"), { href: address }) : make("span", "ct-like-picture");
  if (each.picture && each.kind === "still") link.append(Object.assign(new Image(), { src: each.picture, alt: "", loading: "lazy" }));
  else if (each.picture) link.append(Object.assign(document.createElement("video"), { src: each.picture, muted: true, preload: "metadata" }));
  if (address) link.setAttribute("aria-label", pictureInWords(each));
  line.append(link, make("span", "", pictureInWords(each)));
  return line;
}

function showSimilar(part, similar) {
  part.hidden = !similar;
  if (!similar) return;
  part.querySelector(".ct-like").replaceChildren(...similar.pictures.map(drawPicture));
  part.querySelector(".ct-quiet").textContent = similarInWords(similar);
}

export function showLikeness(section, likeness) {
  section.querySelector(".ct-likeness-state").textContent = stateInWords(likeness);
  section.querySelector(".ct-like-copies").replaceChildren(...likeness.pictures.map(drawPicture));
  const faces = section.querySelector(".ct-faces"), words = facesInWords(likeness);
  faces.textContent = words;
  faces.hidden = !words;
  faces.classList.toggle("ct-marked", likeness.faces_marked);
  section.querySelector(".ct-likeness-basis").textContent = likeness.state === "checked" ? basisInWords(likeness) : "";
  showSimilar(section.querySelector(".ct-similar"), likeness.similar);
  section.hidden = false;
  if (likeness.faces_marked || likeness.pictures.some((each) => each.marked)) section.parentElement.prepend(section);   // nobody should have to look for it
}

// A take that is not drawn yet is like nothing.
export async function drawLikeness(section, take, isDrawn) {
  if (!isDrawn) return;
  const likeness = await getJson(`/api/takes/${encodeURIComponent(take)}/likeness`).catch(() => null);
  if (likeness) showLikeness(section, likeness);
}
