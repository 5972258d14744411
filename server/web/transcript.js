/** The transcript: finals with what the voice told, and the partial that isn't one yet. */

import { byId, make } from "./dom.js";
import { utterance } from "./utterance.js";

const list = byId("said");
const partial = byId("partial");

/** Figures of the whole visit, milliseconds. */
export const latencies = { partial: /** @type {number[]} */ ([]), final: /** @type {number[]} */ ([]) };

/**
 * @param {import("./earshot/earshot.js").Earshot} earshot
 * @param {{rate: (messageId: number, rating: number) => void, shown: () => void}} acts
 */
export function transcriptPanel(earshot, { rate, shown }) {
  let begun = 0; // start of the open utterance's speech, on the capture's clock
  let hearing = 0; // the utterance whose first partial was shown
  /** @param {string} type @param {(detail: any) => void} act */
  const on = (type, act) => earshot.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail));

  on("ready", () => (byId("said-empty").hidden = true));
  on("speech_started", ({ origin_ms, at_ms }) => (begun = origin_ms + at_ms));
  on("partial", ({ utterance, text }) => {
    /** @type {HTMLElement} */ (partial.querySelector("span")).textContent = text;
    partial.hidden = false;
    if (utterance === hearing) return;
    hearing = utterance;
    painted((now) => latencies.partial.push(now - earshot.moment(begun)));
  });
  on("final", (final) => {
    partial.hidden = true;
    hearing = 0;
    if (!final.text) return;
    const said = new Date(performance.timeOrigin + earshot.moment(final.origin_ms + final.start_ms));
    list.append(utterance(final, { said, rate }));
    painted((now) => {
      const end = final.words?.at(-1)?.end_ms ?? final.end_ms;
      if (final.reason === "silence") latencies.final.push(now - earshot.moment(final.origin_ms + end));
      shown();
    });
  });
  on("feedback_saved", ({ message_id }) => {
    const saved = list.querySelector(`[data-message="${message_id}"] .saved`);
    if (saved) saved.textContent = "saved";
  });
  on("broken", () => {
    if (!partial.hidden) list.append(make("li", { className: "break" }, `Connection lost while hearing: ${partial.textContent}`));
    partial.hidden = true;
  });
  on("mended", ({ lost_ms }) => list.append(make("li", { className: "break" }, mended(lost_ms))));
}

/** Forget what is shown; what is kept stays kept. */
export function clearTranscript() {
  list.replaceChildren();
  partial.hidden = true;
  byId("said-empty").hidden = false;
}

/** @param {number} lost_ms */
function mended(lost_ms) {
  const lost = lost_ms ? `${(lost_ms / 1000).toFixed(1)} s were lost` : "nothing was lost";
  return `Connected again: ${lost}, but words around the break may be cut in two or heard twice.`;
}

/** Call back when what changed is on screen. @param {(now: number) => void} act */
function painted(act) {
  requestAnimationFrame(() => setTimeout(() => act(performance.now())));
}
