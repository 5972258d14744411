/** The transcript: finals with what the voice told, and the partial that isn't one yet. */

import { byId, listen, make } from "./dom.js";
import { fromRow, utterance } from "./utterance.js";

const list = byId("said");
const partial = byId("partial");

/** Figures of this visit, milliseconds. */
export const latencies = { partial: [], final: [] };

/**
 * @param {import("./earshot/earshot.js").Earshot} earshot
 * @param {object} about
 * @param {import("./utterance.js").Acts} about.acts
 * @param {() => boolean} about.recorded whether the running session keeps sound
 */
export function transcriptPanel(earshot, { acts, recorded }) {
  let begun = 0; // start of the open utterance's speech, on the capture's clock
  let hearing = 0; // the utterance whose first partial was shown
  listen(earshot, {
    ready: () => (byId("said-empty").hidden = true),
    speech_started: ({ origin_ms, at_ms }) => (begun = origin_ms + at_ms),
    partial({ utterance, text }) {
      partial.lastElementChild.textContent = text;
      partial.hidden = false;
      if (utterance === hearing) return;
      hearing = utterance;
      painted((now) => latencies.partial.push(now - earshot.moment(begun)));
    },
    final(final) {
      partial.hidden = true;
      hearing = 0;
      if (final.text) show(final);
    },
    mended(how) {
      if (!how.resumed) partial.hidden = true; // its final went to a session that is over
      remark(how);
    },
  });

  function show(final) {
    const said = new Date(performance.timeOrigin + earshot.moment(final.origin_ms + final.start_ms));
    const row = utterance(final, { said, acts, sound: recorded() });
    const { bottom } = list.getBoundingClientRect();
    list.append(row);
    if (bottom < innerHeight) row.scrollIntoView({ block: "nearest" }); // whoever sees the end goes on seeing it
    byId("heard").replaceChildren(make("span", {}, final.text)); // the words alone: nobody wants every button read out
    painted((now) => {
      const last = final.words?.at(-1)?.end_ms ?? final.end_ms;
      if (final.reason === "silence") latencies.final.push(now - earshot.moment(final.origin_ms + last));
    });
  }
}

/**
 * Show messages that are kept, but for those that are shown already.
 * @param {Record<string, any>[]} rows
 * @param {import("./utterance.js").Acts} acts
 */
export function showMessages(rows, acts) {
  for (const row of rows) {
    if (list.querySelector(`[data-message="${row.id}"]`)) continue;
    const [said, sound, rating] = [new Date(row.created_at), row.audio_ms !== null, row.user_feedback];
    list.append(utterance(fromRow(row), { said, acts, sound, rating }));
  }
  byId("said-empty").hidden = list.childElementCount > 0;
}

/** Forget what is shown; what is kept stays kept. */
export function clearTranscript() {
  list.replaceChildren();
  partial.hidden = true;
  byId("said-empty").hidden = false;
}

/** The utterances, for those who walk through them. @returns {HTMLElement[]} */
export function utterances() {
  return [...list.querySelectorAll(".said")].filter((row) => !row.hidden);
}

function remark({ lost_ms, resumed }) {
  const lost = lost_ms ? `${(lost_ms / 1000).toFixed(1)} s were lost` : "nothing was lost";
  const doubt = resumed ? "" : ", but words around the break may be cut in two or heard twice";
  list.append(make("li", { className: "break" }, `Connected again: ${lost}${doubt}.`));
}

/** Call back when what changed is on screen. @param {(now: number) => void} act */
function painted(act) {
  requestAnimationFrame(() => setTimeout(() => act(performance.now())));
}
