/** How figures read to a person. What isn't known is a dash, never a zero. */

const NOTES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

/** @param {number} ms "1:23", or "1:02:03" */
export function clock(ms) {
  const [seconds, minutes, hours] = [1000, 60_000, 3_600_000].map((unit) => Math.floor(ms / unit));
  const two = (count) => String(count % 60).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** @param {number | null | undefined} value @param {number} [digits] @param {string} [unit] */
export function figure(value, digits = 0, unit = "") {
  return value === null || value === undefined ? "–" : `${value.toFixed(digits)}${unit && ` ${unit}`}`;
}

/** @param {number | null | undefined} share 0 to 1 */
export function percent(share) {
  return share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`;
}

/** @param {number} hz "182 Hz (F♯3)": the nearest note of A4 = 440 Hz */
export function pitch(hz) {
  const key = Math.round(69 + 12 * Math.log2(hz / 440));
  return `${hz.toFixed(0)} Hz (${NOTES[key % 12]}${Math.floor(key / 12) - 1})`;
}

/** @param {number | null | undefined} hz null where unvoiced, undefined where nothing is known */
export function voicing(hz) {
  return hz === undefined ? "–" : hz === null ? "unvoiced" : pitch(hz);
}

/** @param {string} name a wire name such as audio_quality */
export function spoken(name) {
  return name.replaceAll("_", " ");
}
