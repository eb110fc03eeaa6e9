// The view of this page: what keys, buttons and the pointer make of it, and what is shown of it.
import { t } from "../../language.js";
import { neededPixels } from "./detail.js";
import { hasDetail, lacksDetail, sharpen } from "./loading.js";
import { Pointer } from "./pointer.js";
import { Touch } from "./touch.js";
import {
  MODES, PLAIN, actualZoom, applyView, describeView, withActualPixels, withMode, withNextGamma, withPan, withStops, withWipe,
} from "./view.js";

const STEP = 0.02;   // of the box, for each press of an arrow

const halfOf = (take, { width, height }) => ({ width: width / 2, height });

export class ViewControls {
  view = { ...PLAIN };

  size = { width: 0, height: 0 };   // of the stage, CSS px

  // swipes: {shown, swiped} of stage/touch.js, where a swipe judges. takes: gives those that should have the pixels that are
  // shown of them; boxOf: the size of one's box on a stage of a size; sharper: is called when one of them got more.
  constructor(root, signal, { takes = () => [], boxOf = halfOf, sharper = () => {}, ...swipes } = {}) {
    Object.assign(this, { root, takes, boxOf, sharper });
    this.stage = root.querySelector(".ct-stage");
    const sizes = new ResizeObserver(([{ contentRect }]) => { this.size = contentRect; this.loadDetail(); });
    sizes.observe(this.stage);
    signal.addEventListener("abort", () => sizes.disconnect());
    const view = { get: () => this.view, set: (changed) => this.set(changed) };
    new Pointer(this.stage, view, signal);
    new Touch(this.stage, { ...view, ...swipes }, signal);
    this.set(this.view);
  }

  set(view) {
    this.view = view;
    applyView(this.root, this.stage, view);
    this.loadDetail();
    const changes = { actual: view.zoom !== 1, flop: view.flop, flip: view.flip };
    this.root.querySelectorAll("[data-view][aria-pressed]").forEach((button) => {
      const { view: shown } = button.dataset;
      button.setAttribute("aria-pressed", String(changes[shown] ?? shown === view.mode));
    });
  }

  // Of the longer side of a take, in pixels.
  needed(take) {
    const { view, size } = this, box = view.mode === "side" ? this.boxOf(take, size) : size;
    return neededPixels(take, box, view, devicePixelRatio);
  }

  hasDetail(take) { return hasDetail(take, this.needed(take)); }

  // What is on the stage is loaded with as many pixels as are shown of it, and the words say so while it is not.
  loadDetail() {
    const takes = this.takes();
    for (const take of takes) sharpen(take, this.needed(take), () => { this.describe(); this.sharper(); });
    this.describe();
  }

  describe() {
    const shown = this.takes().filter(({ picture }) => picture?.isConnected);
    const lacks = shown.some((take) => lacksDetail(take, this.needed(take))), waits = shown.some((take) => !this.hasDetail(take));
    const words = [describeView(this.view), waits && t("loading all pixels"), lacks && t("not all pixels could be loaded")];
    this.root.querySelector(".ct-view").textContent = words.filter(Boolean).join(" · ");
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
    for (const { picture } of this.takes()) if (picture) delete picture.dataset.failed;   // it is tried again
    return this.set(changes[what]());
  }

  move({ x, y }) {
    const { view } = this;
    this.set(view.mode === "wipe" && x && view.zoom === 1 ? withWipe(view, STEP * x) : withPan(view, { x: -STEP * x, y: -STEP * y }));
  }
}
