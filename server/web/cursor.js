/** Reading the strip off: a line that follows the pointer or the arrow keys; time, hertz and note in words. */

import { pitchAt } from "./timeline.js";
import { voicing } from "./wording.js";

/** Milliseconds that an arrow key moves. */
const STEP = 100;

export class Cursor {
  /** @type {number | null} */
  #ago = null; // milliseconds before now; null while nobody asks

  /** @param {import("./strip.js").Strip} strip @param {import("./timeline.js").Timeline} timeline */
  constructor(strip, timeline) {
    this.strip = strip;
    this.timeline = timeline;
    const { canvas, layout } = strip;
    const steps = { ArrowLeft: STEP, ArrowRight: -STEP, Home: Infinity, End: -Infinity };
    canvas.onpointerdown = canvas.onpointermove = ({ offsetX }) => this.#move(layout.shown * (1 - offsetX / strip.width));
    canvas.onpointerleave = canvas.onblur = () => this.#move(null);
    canvas.onkeydown = (event) => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      this.#move((this.#ago ?? 0) + steps[event.key]);
      // Said at a key, not as the strip moves on: nobody wants to hear it twice a second.
      canvas.ariaValueNow = `${-(this.#ago ?? 0)}`;
      canvas.ariaValueText = this.text;
    };
  }

  /** @param {number | null} ago */
  #move(ago) {
    this.#ago = ago === null ? null : Math.max(0, Math.min(this.strip.layout.shown, ago));
    this.strip.stale = true;
  }

  draw() {
    if (this.#ago !== null) this.strip.mark(this.strip.layout.shown - this.#ago);
  }

  get text() {
    if (this.#ago === null) return "–";
    const { pitch, now, hop } = this.timeline;
    return `${(this.#ago / 1000).toFixed(1)} s ago, ${voicing(pitchAt(pitch, now - this.#ago, hop))}`;
  }
}
