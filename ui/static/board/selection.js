// Which takes are selected. A place is the number of a take in the order of the board.
export class Selection {
  takes = new Set();
  #anchor = -1;          // where a range begins
  #before = new Set();   // what was selected before the range

  get size() { return this.takes.size; }

  #begin(place) {
    this.#anchor = place;
    this.#before = new Set(this.takes);
  }

  only(place, order) {
    this.takes = new Set([order[place]]);
    this.#anchor = place;
    this.#before = new Set();
  }

  toggle(place, order) {
    if (!this.takes.delete(order[place])) this.takes.add(order[place]);
    this.#begin(place);
  }

  // From where the last click or key was to `place`, beside what was selected before.
  extend(place, order, from = place) {
    if (this.#anchor < 0) this.#begin(from);
    const [first, last] = this.#anchor < place ? [this.#anchor, place] : [place, this.#anchor];
    this.takes = new Set([...this.#before, ...order.slice(first, last + 1)]);
  }

  all(order) {
    this.takes = new Set(order);
    this.#begin(0);
  }

  // Of what is still shown.
  keep(places) {
    this.takes = new Set([...this.takes].filter((take) => places.has(take)));
    this.#begin(-1);
  }

  clear() {
    this.takes = new Set();
    this.#anchor = -1;
    this.#before = new Set();
  }
}
