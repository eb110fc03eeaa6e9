// The order that a person gives several takes, and how these lie on the stage.
import { t } from "../language.js";

const ORDINALS = [t("1st"), t("2nd"), t("3rd")];
export const ordinal = (place) => ORDINALS[place] ?? t("{number}th", { number: place + 1 });

// Takes by their number on the stage, from 0; the best first.
export class Order {
  picked = [];

  constructor(count) {
    this.count = count;
  }

  // With all but one picked, the last one's place is no question.
  get isComplete() { return this.picked.length >= this.count - 1; }
  get rest() { return Array.from({ length: this.count }, (_, k) => k).filter((k) => !this.picked.includes(k)); }

  // The takes in order, and those below them that nobody ordered.
  get result() {
    return this.isComplete ? { takes: [...this.picked, ...this.rest], rest: [] } : { takes: this.picked, rest: this.rest };
  }

  // Whether that take is there and was not picked yet.
  pick(number) {
    if (!this.rest.includes(number)) return false;
    this.picked.push(number);
    return true;
  }

  // A take that was picked, and all that were picked after it, are free again.
  release(number = this.picked.at(-1)) {
    const place = this.picked.indexOf(number);
    if (place < 0) return false;
    this.picked = this.picked.slice(0, place);
    return true;
  }
}

// How many columns show `count` takes of this aspect as large as can be in a box of width x height.
export function columnsFor(count, width, height, aspect) {
  const columns = Array.from({ length: count }, (_, k) => k + 1);
  const size = (across) => {
    const down = Math.ceil(count / across);
    return Math.min(width / across, (height / down) * aspect);
  };
  return columns.reduce((best, across) => (size(across) > size(best) + 0.5 ? across : best), 1);
}
