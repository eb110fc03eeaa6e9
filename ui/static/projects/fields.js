// What the fields of projects and shots show and send.
import { tn } from "../language.js";

export const RATES = ["24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60"];

export const rateText = (row) => (row.fps_den === 1 ? String(row.fps_num) : `${row.fps_num}/${row.fps_den}`);

// The value of a field of a row, as it stands in its input.
export function textOf(row, name) {
  if (name === "fps") return rateText(row);
  return row[name] === null || row[name] === undefined ? "" : String(row[name]);
}

// The body of PATCH for one field; null where nothing changed. A sequence that the code names is none of its own.
export function changeOf(row, name, text) {
  const value = text.trim();
  return value === textOf(row, name) ? null : { [name]: value };
}

export const shotsWords = (number) => tn("{n} shot", "{n} shots", number);
