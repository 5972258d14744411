/** Plays one kept utterance: its waveform, its pitch, and a place to seek. */

import { failed } from "./alerts.js";
import { ask, request } from "./api.js";
import { button, make } from "./dom.js";
import { Strip } from "./strip.js";
import { pitchAt } from "./timeline.js";
import { voicing } from "./wording.js";

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
 * @param {{seconds: number, words: [HTMLElement, number, number][]}} about `words` with their beginning and end in milliseconds
 * @returns {HTMLElement[]} a button, and the place of what it opens
 */
export function player(messageId, { seconds, words }) {
  const place = make("div", { className: "player", hidden: true });
  /** @type {HTMLAudioElement | undefined} */
  let sound;
  const play = button(`Play ${seconds.toFixed(1)} s`, async () => {
    try {
      sound ??= await open(messageId, { place, play, seconds, words });
    } catch (error) {
      return failed("That can't be played", error);
    }
    if (!sound.paused) return sound.pause();
    if (playing !== sound) playing?.pause();
    playing = sound;
    return sound.play();
  }, { className: "play" });
  return [play, place];
}

/** @param {number} messageId @param {Record<string, any>} about @returns {Promise<HTMLAudioElement>} */
async function open(messageId, { place, play, seconds, words }) {
  const kept = `/api/messages/${messageId}`;
  const [blob, curve] = await Promise.all([request(`${kept}/audio`).then((answer) => answer.blob()), ask(`${kept}/pitch`)]);
  const samples = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
  const [hop, now] = [curve.hop_ms, samples.duration * 1000];
  const timeline = { wave: slices(samples.getChannelData(0)), pitch: curve.pitch_hz.map((hz, i) => ({ at: i * hop, hz })), now, hop };
  const sound = new Audio(URL.createObjectURL(blob));
  const canvas = make("canvas", { tabIndex: 0, role: "slider",
    aria: { label: "Position", valuemin: 0, valuemax: seconds.toFixed(1), valuenow: 0 } });
  const reading = make("p", { className: "figure quiet" });
  place.append(canvas, reading);
  place.hidden = false;
  const strip = new Strip(canvas, { shown: now, wave: [0, 0.4], pitch: [0.45, 0.95] });
  const draw = () => {
    const at = sound.currentTime * 1000;
    strip.draw(timeline);
    strip.mark(at);
    canvas.ariaValueNow = (at / 1000).toFixed(1);
    reading.textContent = `${canvas.ariaValueNow} s, ${voicing(pitchAt(timeline.pitch, at, hop))}`;
    canvas.ariaValueText = reading.textContent;
    for (const [word, from, to] of words) word.classList.toggle("spoken", !sound.paused && from <= at && at < to);
    if (!sound.paused) requestAnimationFrame(draw);
  };
  sound.onplay = sound.onpause = sound.onended = () => {
    play.textContent = sound.paused ? `Play ${seconds.toFixed(1)} s` : "Pause";
    draw();
  };
  sound.onseeked = draw;
  seekable(canvas, sound);
  new ResizeObserver(draw).observe(canvas); // another size leaves it empty
  draw();
  return sound;
}

function seekable(canvas, sound) {
  canvas.onpointerdown = canvas.onpointermove = ({ buttons, offsetX }) => {
    if (buttons) sound.currentTime = Math.max(0, Math.min(1, offsetX / canvas.clientWidth)) * sound.duration;
  };
  canvas.onkeydown = (event) => {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    sound.currentTime = Math.max(0, Math.min(sound.duration, sound.currentTime + step));
  };
}

/** @param {Float32Array} samples @returns {import("./timeline.js").Slice[]} */
function slices(samples) {
  const length = (1000 * SLICE) / RATE;
  return Array.from({ length: Math.ceil(samples.length / SLICE) }, (_, i) => {
    const part = samples.subarray(i * SLICE, (i + 1) * SLICE);
    return { at: i * length, length, low: Math.min(...part), high: Math.max(...part), power: 0 };
  });
}
