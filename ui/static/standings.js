// How each person judges beside the studio, on the page Agreement.
import { count, t, tn } from "./language.js";
import { getJson } from "./api.js";
import { headRow, pairItem, rowHead } from "./figures.js";
import { make } from "./review/dom.js";

// What a verdict of each kind of person is like, in words that blame nobody.
const KINDS = {
  alike: t("judges like the others"),
  own: t("has an eye of their own"),
  contrary: t("chooses against the others nearly always: ask whether both mean the same take"),
  unpredicted: t("no preference is seen in these verdicts: quick ones, or a taste that the model does not see"),
  unseen: t("judges alike every time, by something that the model does not see"),
};

const TEXTURE = t("texture"), PLACES = t("what stands where");
const ALONG = {
  colour: t("colour"), contrast: t("contrast"), rows: t("brightness from top to bottom"), columns: t("brightness from side to side"),
  horizon: t("the horizon"), upright: t("upright lines"), motion: t("movement"), channels: TEXTURE, energy: TEXTURE,
  roughness: TEXTURE, energy_rows: TEXTURE, grid: PLACES, channel_rows: PLACES,
};

export function kindWords({ kind, along }) {
  const differs = kind === "own" || kind === "contrary";
  return differs && ALONG[along] ? t("{kind}; differs most in {along}", { kind: KINDS[kind], along: ALONG[along] }) : KINDS[kind];
}

export function unlikeWords({ verdicts, unlike_others: unlike }) {
  return tn("unlike the others on {unlike} of {n} pair", "unlike the others on {unlike} of {n} pairs", verdicts, { unlike: count(unlike) });
}

export class Standings {
  constructor(root) {
    this.box = root.querySelector(".ct-standings");
    this.table = this.box.querySelector("table");
    this.table.addEventListener("click", (event) => this.open(event.target.closest("button")?.dataset.person));
  }

  async load(scope) {
    this.people = await getJson("/api/agreement/standings", scope).catch(() => []);
    this.box.hidden = !this.people.length;
    this.box.querySelector(".ct-unlike").hidden = true;
    const rows = this.people.map((each) => make("tr", "", rowHead(this.opener(each)), make("td", "", unlikeWords(each)), make("td", "", kindWords(each))));
    this.table.replaceChildren(headRow(t("Person"), t("Verdicts"), t("In words")), make("tbody", "", ...rows));
  }

  opener({ person, pairs }) {
    if (!pairs.length) return person;
    const button = Object.assign(make("button", "ct-quiet-button", person), { type: "button" });
    button.dataset.person = person;
    return button;
  }

  open(person) {
    const { pairs = [] } = this.people.find((each) => each.person === person) ?? {};
    if (!pairs.length) return;
    const list = this.box.querySelector(".ct-unlike"), heading = list.querySelector("h2");
    heading.textContent = t("What {person} chose, left, and the others like less", { person });
    list.querySelector("ul").replaceChildren(...pairs.map(({ chosen, passed, own, ...rest }) => pairItem({ ...rest, left: chosen, right: passed }, [own ? t("as their other verdicts say") : t("unlike their other verdicts")], "left")));
    list.hidden = false;
    heading.focus();
  }
}
