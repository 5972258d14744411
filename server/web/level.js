/** The level meter, in words as well. */

import { byId, listen } from "./dom.js";
import { decibels } from "./wording.js";

/** dBFS at the meter's left end. */
const FLOOR = -60;
/** dBFS below which speech is too quiet to be understood well. */
const FAINT = -45;
/** dBFS below which there is nothing to speak of. */
const SILENT = -55;
/** Milliseconds that a clipped peak stays written. */
const HELD = 2000;
/** Frames over which the level falls to 1/e. */
const FALL = 8;

/** @param {import("./earshot/earshot.js").Earshot} earshot */
export function levelMeter(earshot) {
  const [meter, words] = [byId("meter"), byId("level")];
  const bar = meter.firstElementChild;
  let [power, clipped, written] = [0, -HELD, 0];
  listen(earshot, {
    frame: hear,
    state({ state }) {
      if (state !== "listening") show(-100, false);
      [power, clipped, written] = [0, -HELD, 0];
    },
  });

  /** @param {{at_ms: number, low: number, high: number, power: number}} frame */
  function hear(frame) {
    power = Math.max(frame.power, power * Math.exp(-1 / FALL));
    if (frame.high >= 0.999 || frame.low <= -0.999) clipped = frame.at_ms;
    if (frame.at_ms >= written && frame.at_ms - written < 100) return;
    written = frame.at_ms;
    show(decibels(power), frame.at_ms - clipped < HELD);
  }

  /** @param {number} level dBFS @param {boolean} loud */
  function show(level, loud) {
    const text = wording(level, loud);
    bar.style.transform = `scaleX(${Math.max(0, Math.min(1, 1 - level / FLOOR))})`;
    meter.classList.toggle("loud", loud);
    meter.setAttribute("aria-valuenow", Math.max(FLOOR, level).toFixed(0));
    meter.setAttribute("aria-valuetext", text);
    words.textContent = text;
  }
}

/** @param {number} level dBFS @param {boolean} loud */
function wording(level, loud) {
  if (loud) return `clipping: speak softer (${level.toFixed(0)} dBFS)`;
  if (level < SILENT) return "silent";
  return `${level < FAINT ? "very quiet" : "good"}, ${level.toFixed(0)} dBFS`;
}
