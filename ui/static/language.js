// The page's texts in the language of whoever reads it. The catalogue is a module of its own, which the page names
// (ui/languages): it is there before any module that asks for a text, so nothing waits.
import { formOf, language, messages } from "#catalogue";

export { language };

const DATES_AS = language === "en" ? "en-CA" : language;   // English dates as 2026-11-26, since Britain and America differ
const NUMBERS = new Intl.NumberFormat(language);
const DATE = { year: "numeric", month: "2-digit", day: "2-digit" }, TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
export const timeZone = known(globalThis.document?.querySelector?.('meta[name="ct-time-zone"]')?.content) ?? "UTC";   // the studio's
const DAYS = new Intl.DateTimeFormat(DATES_AS, { ...DATE, timeZone: "UTC" });
const DAYS_HERE = new Intl.DateTimeFormat(DATES_AS, { ...DATE, timeZone });
const MINUTES_HERE = new Intl.DateTimeFormat("en-GB", { ...TIME, timeZone });

// The zone, where this browser knows it.
function known(zone) {
  try { return new Intl.DateTimeFormat("en", { timeZone: zone }) && zone; } catch { return undefined; }
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (placeholder, name) => values[name] ?? placeholder);

// The text, with its placeholders {name} filled.
export function t(text, values = {}) {
  const translated = messages[text] ?? text;
  return fill(typeof translated === "string" ? translated : translated[0], values);
}

// The form for a number, which fills the placeholder {n}.
export function tn(one, many, number, values = {}) {
  const forms = Array.isArray(messages[one]) ? messages[one] : [one, many];
  return fill(forms[Math.min(formOf(number), forms.length - 1)], { n: count(number), ...values });
}

export const count = (number) => NUMBERS.format(number);
export const decimals = (number, digits) => number.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });

// Of a moment as the server writes it: the day in the studio, and the day with the time. A day such as 2026-11-26 is one everywhere.
export const day = (moment) => (moment ? (moment.length > 10 ? DAYS_HERE.format(new Date(moment)) : DAYS.format(new Date(`${moment}T00:00:00Z`))) : "");
export const minute = (moment) => (moment ? `${day(moment)} ${MINUTES_HERE.format(new Date(moment))}` : "");
