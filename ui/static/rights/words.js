// What the page Rights calls the values of the record.
import { count, day, t, tn } from "../language.js";

export const KINDS = { performer: t("performer"), artist: t("artist"), operator: t("operator"), director: t("director"), writer: t("writer"), other: t("other") };
export const SUBJECTS = { likeness: t("likeness"), voice: t("voice"), style: t("style"), work: t("work") };
export const USES = { training: t("a model learns from it"), drawing: t("takes are drawn with it") };

// "always", "until 2026-12-01", "2026-11-27 to 2026-12-01"
export function daysOf({ starts, ends }) {
  if (!starts && !ends) return t("always");
  if (!starts) return t("until {day}", { day: day(ends) });
  return ends ? t("{first} to {last}", { first: day(starts), last: day(ends) }) : t("from {day}", { day: day(starts) });
}

// today: of the studio, as the server says it.
export const isOver = ({ ends }, today) => Boolean(ends) && ends < today;

export const placesOf = ({ projects }) => (projects.length ? t("only in {projects}", { projects: projects.join(", ") }) : t("every project"));

// document: of a row of the record, null where nothing was signed or nobody recorded it.
export const allowsOf = (row, today) => [
  row.uses.map((use) => USES[use]).join(", "), placesOf(row), daysOf(row), ...(isOver(row, today) ? [t("has run out")] : []), ...(row.document === null ? [t("without a signed paper")] : []),
].join(" · ");

export function absentOf({ what, name, subject }) {
  if (what === "plate") return t("a licence of the plate {name}", { name: name.slice(0, 12) });
  return what === "consent" ? t("a consent of {name} to be drawn with their {subject}", { name, subject: SUBJECTS[subject] }) : t("the licence {name} does not allow it", { name });
}

// plates: what projects do with plates that are under no licence.
export function plateRulesOf(plates) {
  const having = (policy) => Object.keys(plates).filter((code) => plates[code] === policy).join(", ");
  const [refuse, list, off] = ["refuse", "list", "off"].map(having);
  return [
    ...(refuse ? [t("Plates without a licence are refused in {projects}.", { projects: refuse })] : []),
    ...(list ? [t("Plates without a licence may be started from in {projects}, and are listed here.", { projects: list })] : []),
    ...(off ? [t("Nobody asks for the licence of a plate in {projects}: the page Projects changes that.", { projects: off })] : []),
  ].join(" ");
}

export function underOf({ titles, frames, files }) {
  const parts = [
    ...(titles.length ? [titles.join(", ")] : []),
    ...(frames ? [tn("{n} library frame", "{n} library frames", frames)] : []),
    ...(files ? [tn("{n} file", "{n} files", files)] : []),
  ];
  return parts.join(" · ") || t("nothing yet");
}

// What rests on it, in one sentence.
export function countsOf({ counts }) {
  const { versions, takes, selects, items } = counts;
  if (!versions && !takes && !selects && !items) return t("Nothing rests on it.");
  return t("On it rest: {parts}.", { parts: [
    versions && tn("{n} version", "{n} versions", versions), takes && tn("{n} take", "{n} takes", takes),
    selects && tn("{n} select", "{n} selects", selects), items && tn("{n} library frame", "{n} library frames", items),
  ].filter(Boolean).join(", ") });
}

export function takesOf({ waiting, drawn }) {
  const parts = [...(waiting ? [tn("{n} waits", "{n} wait", waiting)] : []), ...(drawn ? [tn("{n} is drawn", "{n} are drawn", drawn)] : [])];
  return parts.join(", ") || t("none yet");
}

export const insteadOf = (production, previous) => (production ? t("{version} draws instead of {previous}.", { version: production, previous }) : t("No version may draw now: add one and promote it."));

// What followed when it was ended.
export function followsOf({ production, previous, is_retuned: isRetuned }) {
  return [
    ...(previous ? [insteadOf(production, previous)] : []),
    ...(isRetuned ? [t("The next night tunes again without it.")] : []),
  ].join(" ");
}

export const left = (shown, all) => (all > shown ? t("and {n} more", { n: count(all - shown) }) : "");
