// How far people agree, and who differs with whom on what. What is shown is in the address.
import { count, t, tn } from "./language.js";
import { addressOf, getJson } from "./api.js";
import { VERDICTS, alphaWords, figure, headRow, pairItem, percent, rowHead, shareWords } from "./figures.js";
import { make } from "./review/dom.js";
import { readScope } from "./scope.js";
import { Standings } from "./standings.js";

const MIDDLE = 0x75;   // a grey from which black and white are equally far, 4.5 to 1
const DARKEST = 0x24, BRIGHTEST = 0xd0;   // of a cell's grey

// The grey of a share of pairs on which two people say the same, and of the letters on it.
export function greyOf(share) {
  const level = Math.round(DARKEST + share * (BRIGHTEST - DARKEST));
  return { background: `rgb(${level}, ${level}, ${level})`, color: level > MIDDLE ? "#000" : "#fff" };
}

// {one: {other: cell}}, either way round.
export function byPeople(cells) {
  const cellOf = {};
  for (const cell of cells) {
    (cellOf[cell.one] ??= {})[cell.other] = cell;
    (cellOf[cell.other] ??= {})[cell.one] = cell;
  }
  return cellOf;
}

const overPairs = (alpha) => tn("{alpha} over {n} pair", "{alpha} over {n} pairs", alpha.units, { alpha: alphaWords(alpha) });
const overTakes = (alpha) => tn("{alpha} over {n} take", "{alpha} over {n} takes", alpha.units, { alpha: alphaWords(alpha) });

function groupRows(groups, term) {
  const rows = groups.map((group) => make("tr", "", rowHead(group.name), make("td", "", count(group.pairs)), make("td", "", count(group.units)), make("td", "", alphaWords(group))));
  return [headRow(term, t("Pairs"), t("By two or more"), t("Alpha")), make("tbody", "", ...rows)];
}

function shareRows(shares) {
  const rows = shares.map((share) => make("tr", "", rowHead(share.person), make("td", "", shareWords(share))));
  return [headRow(t("Person"), t("Share")), make("tbody", "", ...rows)];
}

class AgreementPage {
  constructor(root) {
    this.root = root;
    this.selects = Object.fromEntries(["project", "shot"].map((name) => [name, root.querySelector(`select[name=${name}]`)]));
    for (const [name, select] of Object.entries(this.selects)) select.addEventListener("change", () => this.choose(name));
    this.standings = new Standings(root);
    root.querySelector(".ct-heat").addEventListener("click", (event) => this.onCell(event));
  }

  get scope() {
    return { project: this.selects.project.value, shot: this.selects.shot.value };
  }

  async begin() {
    const { project = "", shot = "" } = readScope();
    const projects = await getJson("/api/projects").catch(() => []);
    this.selects.project.append(...projects.map(({ code }) => new Option(code, code)));
    this.selects.project.value = projects.some(({ code }) => code === project) ? project : "";
    await this.offerShots(shot);
    await this.load();
  }

  async choose(name) {
    if (name === "project") await this.offerShots("");
    history.replaceState(history.state, "", addressOf(location.pathname, this.scope));
    await this.load();
  }

  // A shot's code alone may be of two projects.
  async offerShots(chosen) {
    const { project } = this.scope;
    const shots = project ? await getJson("/api/shots", { project }).catch(() => []) : [];
    this.selects.shot.replaceChildren(new Option(t("all shots"), ""), ...shots.map(({ code }) => new Option(code, code)));
    this.selects.shot.value = shots.some(({ code }) => code === chosen) ? chosen : "";
    this.selects.shot.disabled = !project;
  }

  async load() {
    const line = this.root.querySelector(".ct-line"), loading = (this.loading = {});
    line.textContent = t("Loading");
    const measured = await getJson("/api/agreement", this.scope).catch((error) => { line.textContent = error.message; });
    if (!measured || this.loading !== loading) return;
    line.textContent = measured.people.length ? "" : t("Nobody has judged anything here yet.");
    this.draw(measured);
    await this.standings.load(this.scope);
  }

  draw(measured) {
    this.root.querySelector(".ct-measured").hidden = !measured.people.length;
    this.root.querySelector(".ct-differences").hidden = true;
    this.root.querySelector(".ct-figures").replaceChildren(
      figure(t("Verdicts, alpha"), overPairs(measured.verdicts)),
      figure(t("Stars, ordinal alpha"), overTakes(measured.stars_ordinal)),
      figure(t("Stars, interval alpha"), alphaWords(measured.stars_interval)),
      figure(t("Left side chosen"), shareWords(measured.left)),
    );
    this.drawHeat(measured);
    this.fill("shots", groupRows(measured.shots, t("Shot")));
    this.fill("tags", groupRows(measured.tags, t("Tag")));
    this.fill("left_of", shareRows(measured.left_of));
    this.fill("consistency", shareRows(measured.consistency));
  }

  // A table without rows is absent, with its heading.
  fill(name, children) {
    const table = this.root.querySelector(`[data-table=${name}]`);
    table.replaceChildren(...children);
    table.parentElement.hidden = !table.rows[1];
  }

  drawHeat({ people, cells }) {
    const cellOf = byPeople(cells);
    const rows = people.map((one) => make("tr", "", rowHead(one), ...people.map((other) => this.cell(one, other, cellOf[one]?.[other]))));
    this.root.querySelector(".ct-heat").replaceChildren(headRow("", ...people), make("tbody", "", ...rows));
  }

  cell(one, other, cell) {
    if (one === other || !cell) return make("td", "ct-none", one === other ? "·" : "–");
    const words = `${percent(cell.same / cell.both)}`;
    const button = Object.assign(make("button", "", words, make("small", "", ` ${cell.both}`)), { type: "button" });
    Object.assign(button.style, greyOf(cell.same / cell.both));
    Object.assign(button.dataset, { one, other });
    button.setAttribute("aria-label", tn("{one} and {other} say the same of {same} of {n} pair; show where they differ", "{one} and {other} say the same of {same} of {n} pairs; show those on which they differ", cell.both, { one, other, same: count(cell.same) }));
    return make("td", "", button);
  }

  async onCell(event) {
    const { one, other } = event.target.closest("button")?.dataset ?? {};
    if (!one) return;
    const box = this.root.querySelector(".ct-differences"), heading = box.querySelector("h2");
    const pairs = await getJson("/api/agreement/differences", { ...this.scope, one, other }).catch((error) => error);
    heading.textContent = pairs instanceof Error ? pairs.message : titleOf(one, other, pairs.length);
    box.querySelector("ul").replaceChildren(...(pairs instanceof Error ? [] : pairs).map((pair) => pairItem(pair, [`${one}: ${VERDICTS[pair.one]}`, `${other}: ${VERDICTS[pair.other]}`])));
    box.hidden = false;
    heading.focus();
  }
}

function titleOf(one, other, number) {
  if (!number) return t("{one} and {other} differ on no pair", { one, other });
  return tn("{one} and {other} differ on {n} pair", "{one} and {other} differ on {n} pairs", number, { one, other });
}

export const start = (element) => new AgreementPage(element.querySelector(".ct-agreement")).begin();
