// The tables of the page Rights, a row for each thing.
import { count, day, t, tn } from "../language.js";
import { make } from "../review/dom.js";
import { cell, rowButton } from "../rows.js";
import { KINDS, SUBJECTS, absentOf, allowsOf, isOver, takesOf, underOf } from "./words.js";

const nothing = (columns, text) => {
  const only = cell(text);
  only.colSpan = columns;
  only.className = "ct-quiet";
  return [make("tr", "", only)];
};

const link = (text, href) => Object.assign(make("a", "ct-link", text), { href });
const list = (lines) => make("ul", "ct-lines", ...lines.map((line) => make("li", "", line)));

// consent(absent), plate(absent): begin a form for what is missing.
export function waitingRows(rows, { consent, plate }) {
  if (!rows.length) return nothing(4, t("No brief waits for a consent or a licence."));
  return rows.map(({ id, project, shot, prompt, missing, ...takes }) => make("tr", "",
    cell(link(`${project}/${shot}`, `/board?shot=${encodeURIComponent(`${project}/${shot}`)}`)), cell(prompt),
    cell(...missing.map((each) => make("div", "ct-missing", absentOf(each), " ",
      ...(each.what === "consent" ? [rowButton(t("Record"), t("Record a consent of {name}", each), () => consent(each))] : []),
      ...(each.what === "plate" ? [rowButton(t("Put under a licence"), t("Put the plate of brief {id} under a licence", { id }), () => plate(each))] : [])))),
    cell(takesOf(takes))));
}

export function endingRows(rows) {
  if (!rows.length) return nothing(3, t("Nothing ends soon."));
  return rows.map(({ what, name, ends, days }) => make("tr", "", cell(make("b", "", name)), cell(what === "consent" ? t("consent") : t("licence")),
    cell([day(ends), days ? tn("in {n} day", "in {n} days", days) : t("today")].join(" · "))));
}

// revoke(consent, person)
export function peopleRows(people, today, { revoke }) {
  if (!people.length) return nothing(4, t("Nobody is recorded: briefs may name anybody."));
  return people.map((person) => {
    const row = make("tr", "", cell(make("b", "", person.name), ...(person.account ? [make("div", "ct-quiet", t("signs in as {account}", person))] : [])),
      cell(KINDS[person.kind]), cell(count(person.briefs)), cell(person.consents.length ? list(person.consents.map((consent) => consentLine(consent, person, today, revoke))) : make("span", "ct-quiet", t("none: nothing is allowed"))));
    row.dataset.person = person.name;
    return row;
  });
}

function consentLine(consent, person, today, revoke) {
  const { id, subject, revoked, reason, described } = consent, name = person.name;
  const words = make("span", revoked || isOver(consent, today) ? "ct-quiet" : "", [t("{id}: their {subject}", { id, subject: SUBJECTS[subject] }), allowsOf(consent, today)].join(" · "));
  words.title = described;
  if (revoked) return make("span", "ct-quiet", words, " · ", t("revoked on {day}: {reason}", { day: day(revoked), reason }));
  return make("span", "", words, " ", rowButton(t("Revoke"), t("Revoke consent {id} of {name}", { id, name }), () => revoke(consent, person)));
}

// end(licence)
export function licenceRows(licences, today, { end }) {
  if (!licences.length) return nothing(5, t("No licence is recorded."));
  return licences.map((licence) => {
    const { name, holder, ended, reason } = licence;
    const row = make("tr", ended || isOver(licence, today) ? "ct-quiet" : "", cell(make("b", "", name)), cell(holder), cell(allowsOf(licence, today)), cell(underOf(licence)),
      cell(ended ? t("ended on {day}: {reason}", { day: day(ended), reason }) : rowButton(t("End"), t("End the licence {name}", { name }), () => end(licence))));
    row.dataset.licence = name;
    return row;
  });
}
