// The page's texts in the language of whoever reads it. The catalogue is a module of its own, which the page names
// (ui/languages): it is there before any module that asks for a text, so nothing waits.
import { formOf, language, messages } from "#catalogue";

export { language };

const DATES_AS = language === "en" ? "en-CA" : language;   // English dates as 2026-11-26, since Britain and America differ
const NUMBERS = new Intl.NumberFormat(language);
const DAYS = new Intl.DateTimeFormat(DATES_AS, { year: "numeric", month: "2-digit", day: "2-digit", timeZone: "UTC" });

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

// Of a moment as the server writes it, in UTC: the day, and the day with the time.
export const day = (moment) => (moment ? DAYS.format(new Date(`${moment.slice(0, 10)}T00:00:00Z`)) : "");
export const minute = (moment) => (moment ? `${day(moment)} ${moment.slice(11, 16)}` : "");
