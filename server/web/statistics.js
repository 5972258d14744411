/** How much is kept, and how good it is: figures, and bar charts that are tables, readable without seeing the bars. */

import { failed } from "./alerts.js";
import { ask } from "./api.js";
import { byId, make } from "./dom.js";
import { latencies } from "./transcript.js";
import { clock, figure } from "./wording.js";

export async function count() {
  try {
    const counts = await ask("/api/training/stats");
    byId("figures").replaceChildren(...tiles(counts));
    byId("charts").replaceChildren(...charts(counts));
  } catch (error) {
    failed("The statistics can't be had", error);
  }
}

byId("recount").onclick = count;

function tiles(counts) {
  const figures = [
    ["messages", counts.total_messages],
    ["of them spoken", counts.voice_messages],
    ["speech", clock(counts.spoken_ms)],
    ["sound kept", clock(counts.recorded_ms)],
    ["conversations", counts.total_conversations],
    ["may be trained on", counts.training_messages],
    ["rated", counts.rated_messages],
    ["mean rating", figure(counts.avg_user_satisfaction, 1)],
    ["mean quality", figure(counts.avg_conversation_quality, 2)],
    ["exported", counts.exported_conversations],
    ["first words on screen, this visit", middle(latencies.partial)],
    ["finals after the last word", middle(latencies.final)],
    ["memories", counts.total_memories],
  ];
  return figures.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
}

/** The median. @param {number[]} latencies milliseconds */
function middle(latencies) {
  const ms = [...latencies].sort((a, b) => a - b)[latencies.length >> 1];
  return figure(ms && ms / 1000, 2, "s");
}

function charts(counts) {
  const from = (map) => Object.entries(map).sort().map(([edge, count]) => [`${edge} and more`, count]);
  return [
    bars("Vocal expression, messages", Object.entries(counts.messages_by_emotion)),
    bars("Who speaks, messages", Object.entries(counts.messages_by_role)),
    bars("Ratings, messages", [1, 2, 3, 4, 5].map((stars) => [`★ ${stars}`, counts.messages_by_rating[stars] ?? 0])),
    bars("Sound quality, messages", from(counts.messages_by_audio_quality)),
    bars("Quality, conversations", from(counts.conversations_by_quality)),
    bars("First words on screen, this visit", histogram(latencies.partial, [0, 300, 600, 1000])),
    bars("Finals after the last word, this visit", histogram(latencies.final, [0, 1000, 1200, 1500])),
  ];
}

/**
 * @param {string} title
 * @param {[string, number][]} entries
 */
function bars(title, entries) {
  const most = Math.max(1, ...entries.map(([, count]) => count));
  const row = ([name, count]) => {
    const bar = make("progress", { max: most, value: count, ariaHidden: "true" });
    return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, bar), make("td", { className: "figure" }, count));
  };
  return make("table", { className: "bars" }, make("caption", {}, entries.length ? title : `${title}: none yet`), make("tbody", {}, ...entries.map(row)));
}

/**
 * Count latencies by the class they fall into.
 * @param {number[]} latencies milliseconds
 * @param {number[]} edges ascending; the last class is open
 * @returns {[string, number][]}
 */
function histogram(latencies, edges) {
  return edges.map((edge, i) => {
    const next = edges[i + 1] ?? Infinity;
    return [`${edge} ms and more`, latencies.filter((ms) => ms >= edge && ms < next).length];
  });
}
