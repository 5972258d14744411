/** The level meter, in words as well. */

import { byId, listen } from "./dom.js";

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
    show(10 * Math.log10(power + 1e-10), frame.at_ms - clipped < HELD);
  }

  /** @param {number} level dBFS @param {boolean} loud */
  function show(level, loud) {
    const word = loud ? "clipping: speak softer" : level < FAINT ? "very quiet" : "good";
    meter.value = level;
    meter.ariaValueText = words.textContent = level < SILENT ? "silent" : `${word}, ${level.toFixed(0)} dBFS`;
  }
}
