/** One utterance with its figures: a final that was just heard, or one out of the database. */

import { make, pairs } from "./dom.js";
import { figure, percent, pitch, spoken } from "./wording.js";

/** Word confidence below which a word is marked: the recognizer itself gives it less than an even chance of being right. */
const UNSURE = 0.6;

/**
 * @param {Record<string, any>} final as on the wire
 * @param {{said: Date, rate: (messageId: number, rating: number) => void, rating?: number | null}} about
 * @returns {HTMLLIElement}
 */
export function utterance(final, { said, rate, rating = null }) {
  const time = make("time", { dateTime: said.toISOString() }, said.toLocaleTimeString());
  return make(
    "li",
    { className: "said", tabIndex: -1, data: { message: final.message_id ?? "" } },
    make("p", {}, time, words(final)),
    chips(final),
    final.message_id && stars(final.message_id, rate, rating),
  );
}

/** @param {Record<string, any>} final */
function words({ text, words }) {
  if (!words?.length) return make("span", { className: "words" }, text);
  return make("span", { className: "words" }, ...words.flatMap(word));
}

/** @param {{word: string, confidence: number | null}} word @param {number} i */
function word({ word, confidence }, i) {
  const unsure = confidence !== null && confidence < UNSURE;
  const title = confidence === null ? "" : `${percent(confidence)} sure`;
  return [i ? " " : "", make("span", { className: unsure ? "unsure" : "", title }, word)];
}

/** @param {Record<string, any>} final */
function chips({ voice, latency_ms, reason, confidence }) {
  const reasons = reason && reason !== "silence" ? [chip(`ended by ${spoken(reason)}`)] : [];
  return make(
    "div",
    { className: "chips" },
    voice.pitch_hz === null ? chip("pitch: unvoiced") : more(`pitch ${pitch(voice.pitch_hz)}`, pitchParts(voice)),
    emotion(voice.emotion),
    more(`quality ${figure(voice.audio_quality, 2)}`, qualityParts(voice)),
    confidence === null || confidence === undefined ? null : chip(`words ${percent(confidence)} sure`),
    latency_ms === undefined ? null : chip(`answered in ${latency_ms} ms`),
    ...reasons,
  );
}

/** @param {string} text */
function chip(text) {
  return make("span", { className: "chip" }, text);
}

/** A chip that opens. @param {string} text @param {[string, string][]} parts @param {string} [remark] */
function more(text, parts, remark) {
  return make("details", {}, make("summary", {}, text), pairs(parts), remark && make("p", { className: "quiet" }, remark));
}

/** @param {Record<string, any>} voice @returns {[string, string][]} */
function pitchParts(voice) {
  return [
    ["median", figure(voice.pitch_hz, 0, "Hz")],
    ["lowest", figure(voice.pitch_min_hz, 0, "Hz")],
    ["highest", figure(voice.pitch_max_hz, 0, "Hz")],
    ["range", figure(voice.pitch_range_st, 1, "semitones")],
    ["voiced", percent(voice.voiced_ratio)],
  ];
}

/** @param {Record<string, any>} voice @returns {[string, string][]} */
function qualityParts(voice) {
  return [
    ["speech over noise", figure(voice.snr_db, 0, "dB")],
    ["level", figure(voice.level_dbfs, 0, "dBFS")],
    ["clipped", percent(voice.clipping)],
    ["bandwidth", figure(voice.bandwidth_hz, 0, "Hz")],
    ["lost in gaps", percent(voice.dropouts)],
    ["reverberation", percent(voice.reverberation)],
  ];
}

/** What the voice sounds like, with how sure that is. @param {Record<string, any> | null} emotion */
function emotion(emotion) {
  if (!emotion) return chip("expression: too little speech to tell");
  const sure = emotion.label === "uncertain" ? "uncertain" : `${emotion.label}, ${percent(emotion.confidence)} sure`;
  const scores = Object.entries(emotion.scores).sort(([, a], [, b]) => b - a);
  /** @type {[string, string][]} */
  const parts = scores.map(([label, score]) => [label, percent(score)]);
  parts.push(["arousal, calm to excited", figure(emotion.arousal, 2)]);
  return more(`sounds ${sure}`, parts, "What the voice sounds like, not what its owner feels; trained on acted speech.");
}

/** @param {number} id @param {(messageId: number, rating: number) => void} rate @param {number | null} rating */
function stars(id, rate, rating) {
  const saved = make("span", { className: "saved quiet", role: "status" });
  const choice = (/** @type {number} */ value) =>
    make("label", {}, make("input", { type: "radio", name: `rating-${id}`, value, checked: value === rating,
      onchange: () => { saved.textContent = "saving …"; rate(id, value); } }), String(value));
  return make("fieldset", { className: "stars" }, make("legend", {}, "Rating"), ...[1, 2, 3, 4, 5].map(choice), saved);
}
