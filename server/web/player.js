/** Plays one kept utterance: its waveform, its pitch where that was heard live, and a place to seek. */

import { failed } from "./alerts.js";
import { request } from "./api.js";
import { make } from "./dom.js";
import { Strip } from "./strip.js";

/** Hertz of kept sound. */
const RATE = 16_000;
/** Samples drawn as one slice of the waveform. */
const SLICE = 160;
/** Seconds that an arrow key moves. */
const STEP = 0.5;

/** @type {HTMLAudioElement | null} */
let playing = null;

/**
 * @param {number} messageId
 * @param {{seconds: number, contour: import("./timeline.js").Point[], words: [HTMLElement, number, number][]}} about
 *   `contour` in milliseconds from the utterance's beginning, `words` with their beginning and end in seconds
 * @returns {HTMLElement[]} a button, and the place of what it opens
 */
export function player(messageId, { seconds, contour, words }) {
  const place = make("div", { className: "player", hidden: true });
  const button = make("button", { type: "button", className: "play" }, `Play ${seconds.toFixed(1)} s`);
  /** @type {HTMLAudioElement | undefined} */
  let sound;
  button.onclick = async () => {
    try {
      sound ??= await open(messageId, { place, button, seconds, contour, words });
    } catch (error) {
      return failed("That can't be played", error);
    }
    if (!sound.paused) return sound.pause();
    if (playing !== sound) playing?.pause();
    playing = sound;
    return sound.play();
  };
  return [button, place];
}

/** @param {number} messageId @param {Record<string, any>} about @returns {Promise<HTMLAudioElement>} */
async function open(messageId, { place, button, seconds, contour, words }) {
  const blob = await (await request(`/api/messages/${messageId}/audio`)).blob();
  const samples = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
  const sound = new Audio(URL.createObjectURL(blob));
  const canvas = make("canvas", { tabIndex: 0, role: "slider",
    aria: { label: "Position", valuemin: 0, valuemax: seconds.toFixed(1), valuenow: 0 } });
  place.append(canvas);
  place.hidden = false;
  const now = samples.duration * 1000;
  const lanes = contour.length ? { wave: [0, 0.4], pitch: [0.45, 0.95] } : { wave: [0, 0.95] };
  const strip = new Strip(canvas, { shown: now, ...lanes });
  const timeline = { wave: slices(samples.getChannelData(0)), pitch: contour, now, hop: 10 };
  const draw = () => {
    strip.draw(timeline);
    strip.mark(sound.currentTime * 1000);
    canvas.setAttribute("aria-valuenow", sound.currentTime.toFixed(1));
    for (const [word, from, to] of words) {
      word.classList.toggle("spoken", !sound.paused && from <= sound.currentTime && sound.currentTime < to);
    }
    if (!sound.paused) requestAnimationFrame(draw);
  };
  const label = () => {
    button.textContent = sound.paused ? `Play ${seconds.toFixed(1)} s` : "Pause";
    draw();
  };
  sound.onplay = sound.onpause = sound.onended = label;
  sound.onseeked = draw;
  seekable(canvas, sound);
  label();
  return sound;
}

function seekable(canvas, sound) {
  canvas.onpointerdown = ({ offsetX }) => (sound.currentTime = (offsetX / canvas.clientWidth) * sound.duration);
  canvas.onkeydown = (event) => {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    sound.currentTime = Math.max(0, Math.min(sound.duration, sound.currentTime + step));
  };
}

/** @param {Float32Array} samples @returns {import("./timeline.js").Slice[]} */
function slices(samples) {
  return Array.from({ length: Math.ceil(samples.length / SLICE) }, (_, i) => {
    const part = samples.subarray(i * SLICE, (i + 1) * SLICE);
    const length = (1000 * SLICE) / RATE;
    return { at: i * length, length, low: Math.min(...part), high: Math.max(...part), power: 0 };
  });
}
