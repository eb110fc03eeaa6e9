// The view of this page: what keys, buttons and the pointer make of it, and what is shown of it.
import { Pointer } from "./pointer.js";
import { Touch } from "./touch.js";
import {
  MODES, PLAIN, actualZoom, applyView, describeView, withActualPixels, withMode, withNextGamma, withPan, withStops, withWipe,
} from "./view.js";

const STEP = 0.02;   // of the box, for each press of an arrow

export class ViewControls {
  view = { ...PLAIN };

  // swipes: {shown, swiped} of stage/touch.js, where a swipe judges.
  constructor(root, signal, swipes = {}) {
    this.root = root;
    this.stage = root.querySelector(".ct-stage");
    const view = { get: () => this.view, set: (changed) => this.set(changed) };
    new Pointer(this.stage, view, signal);
    new Touch(this.stage, { ...view, ...swipes }, signal);
    this.set(this.view);
  }

  set(view) {
    this.view = view;
    applyView(this.root, this.stage, view);
    this.root.querySelector(".ct-view").textContent = describeView(view);
    const changes = { actual: view.zoom !== 1, flop: view.flop, flip: view.flip };
    this.root.querySelectorAll("[data-view][aria-pressed]").forEach((button) => {
      const { view: shown } = button.dataset;
      button.setAttribute("aria-pressed", String(changes[shown] ?? shown === view.mode));
    });
  }

  change(what) {
    const { view } = this;
    if (MODES.includes(what)) return this.set(withMode(view, what));
    const changes = {
      actual: () => withActualPixels(view, actualZoom(this.stage)),
      flip: () => ({ ...view, flip: !view.flip }),
      flop: () => ({ ...view, flop: !view.flop }),
      brighter: () => withStops(view, 0.5),
      darker: () => withStops(view, -0.5),
      gamma: () => withNextGamma(view),
      plain: () => ({ ...PLAIN }),
    };
    return this.set(changes[what]());
  }

  move({ x, y }) {
    const { view } = this;
    this.set(view.mode === "wipe" && x && view.zoom === 1 ? withWipe(view, STEP * x) : withPan(view, { x: -STEP * x, y: -STEP * y }));
  }
}
