/** One utterance with its figures: a final that was just heard, or a message out of the database. */

import { button, make, pairs } from "./dom.js";
import { player } from "./player.js";
import { figure, percent, pitch, spoken } from "./wording.js";

/** Word confidence below which a word is marked as unsure. */
const UNSURE = 0.6;

const PITCH = [
  ["median", "pitch_hz", "Hz"],
  ["lowest", "pitch_min_hz", "Hz"],
  ["highest", "pitch_max_hz", "Hz"],
  ["range", "pitch_range_st", "semitones"],
  ["voiced", "voiced_ratio"],
];
const QUALITY = [
  ["speech over noise", "snr_db", "dB"],
  ["level", "level_dbfs", "dBFS"],
  ["clipped", "clipping"],
  ["bandwidth", "bandwidth_hz", "Hz"],
  ["lost in gaps", "dropouts"],
  ["reverberation", "reverberation"],
];

/**
 * What the page does about an utterance.
 * @typedef {object} Acts
 * @property {(messageId: number, rating: number) => Promise<string>} rate tells what came of it
 * @property {(messageId: number, shown: HTMLElement) => void} forget
 */

/**
 * @param {Record<string, any>} final as on the wire
 * @param {object} about
 * @param {Date} about.said
 * @param {Acts} about.acts
 * @param {boolean} about.sound whether its sound was kept
 * @param {number | null} [about.rating]
 * @returns {HTMLLIElement}
 */
export function utterance(final, { said, acts, sound, rating = null }) {
  const id = final.message_id;
  const time = make("time", { dateTime: said.toISOString() }, said.toLocaleTimeString());
  const words = final.words ?? [];
  const spans = words.map(word);
  const text = spans.length ? spans.flatMap((span, i) => [i ? " " : "", span]) : [final.text];
  const [play, place] = sound && id ? player(id, {
    seconds: (final.end_ms - final.start_ms) / 1000,
    words: words.map(({ start_ms, end_ms }, i) => [spans[i], start_ms - final.start_ms, end_ms - final.start_ms]),
  }) : [null, null];
  const row = make("li", { className: "said", tabIndex: -1, data: { message: id ?? "" } },
    make("p", {}, time, final.role && final.role !== "user" ? make("b", {}, final.role) : null,
      make("span", { className: "words" }, ...text)),
    final.voice && chips(final), place);
  if (id) row.append(make("div", { className: "row", role: "group", aria: { label: final.text } }, play, stars(id, acts.rate, rating),
      button("Erase", () => acts.forget(id, row), { className: "erase" })));
  return row;
}

/** A row of the database as the wire would say it. @param {Record<string, any>} row */
export function fromRow({ id, content, role, voice, words, confidence, reason, start_ms, end_ms, ...row }) {
  const old = { pitch_hz: row.voice_pitch, audio_quality: row.audio_quality, emotion: null }; // before there was `voice`
  const heard = voice ?? (row.voice_pitch === null ? null : old);
  return { message_id: id, text: content, role, voice: heard, words, confidence, reason, start_ms, end_ms };
}

/** @param {{word: string, confidence: number | null}} word */
function word({ word, confidence }) {
  const unsure = confidence !== null && confidence < UNSURE;
  const title = confidence === null ? "" : `${percent(confidence)} sure`;
  return make("span", { className: unsure ? "unsure" : "", title }, word);
}

function chips({ voice, latency_ms, reason, confidence }) {
  const known = (value) => value !== null && value !== undefined;
  return make(
    "div",
    { className: "chips" },
    known(voice.pitch_hz) ? more(`pitch ${pitch(voice.pitch_hz)}`, parts(voice, PITCH)) : chip("pitch: unvoiced"),
    emotion(voice.emotion),
    more(`quality ${figure(voice.audio_quality, 2)}`, parts(voice, QUALITY)),
    known(confidence) ? chip(`words ${percent(confidence)} sure`) : null,
    known(latency_ms) ? chip(`answered in ${latency_ms} ms`) : null,
    reason && reason !== "silence" ? chip(`ended by ${spoken(reason)}`) : null,
  );
}

function chip(text) {
  return make("span", { className: "chip" }, text);
}

/** A chip that opens. @param {string} text @param {[string, string][]} parts @param {string} [remark] */
function more(text, parts, remark) {
  const note = remark && make("p", { className: "quiet" }, remark);
  return make("details", {}, make("summary", {}, chip(text)), pairs(parts), note);
}

/** @param {Record<string, any>} voice @param {[string, string, string?][]} rows name, field, unit; a share has none */
function parts(voice, rows) {
  return rows.map(([name, field, unit]) => [name, unit ? figure(voice[field], 0, unit) : percent(voice[field])]);
}

/** What the voice sounds like, with how sure that is. @param {Record<string, any> | null} emotion */
function emotion(emotion) {
  if (!emotion) return chip("expression: too little speech to tell");
  const sure = emotion.label === "uncertain" ? "uncertain" : `${emotion.label}, ${percent(emotion.confidence)} sure`;
  const scores = Object.entries(emotion.scores).sort(([, a], [, b]) => b - a);
  const figures = scores.map(([label, score]) => [label, percent(score)]);
  figures.push(["arousal, calm to excited", figure(emotion.arousal, 2)]);
  return more(`sounds ${sure}`, figures, "What the voice sounds like, not what its owner feels; trained on acted speech.");
}

function stars(id, rate, rating) {
  const saved = make("span", { className: "saved quiet", role: "status" });
  const choice = (value) => {
    const input = make("input", { type: "radio", name: `rating-${id}`, value, checked: value === rating });
    input.onchange = async () => {
      saved.textContent = "saving …";
      saved.textContent = await rate(id, value);
    };
    return make("label", {}, input, String(value));
  };
  return make("fieldset", { className: "stars" }, make("legend", {}, "Rating"), ...[1, 2, 3, 4, 5].map(choice), saved);
}

