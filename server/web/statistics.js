/** How much is kept, and how good it is: figures, and bar charts that are tables, readable without seeing the bars. */

import { failed } from "./alerts.js";
import { ask } from "./api.js";
import { byId, make } from "./dom.js";
import { latencies } from "./transcript.js";
import { clock, figure, spoken } from "./wording.js";

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

function charts({ messages_by_emotion, messages_by_role, messages_by_rating, conversations_by_quality }) {
  /** @type {(map: Record<string, number>) => [string, number][]} */
  const entries = (map) => Object.entries(map).map(([name, count]) => [spoken(name), count]);
  const milliseconds = (ms) => `${ms} ms`;
  return [
    bars("Vocal expression, messages", entries(messages_by_emotion)),
    bars("Who speaks, messages", entries(messages_by_role)),
    bars("Ratings, messages", [1, 2, 3, 4, 5].map((stars) => [`★ ${stars}`, messages_by_rating[stars] ?? 0])),
    bars("Quality, conversations", entries(conversations_by_quality).sort().map(([tenth, count]) => [`from ${tenth}`, count])),
    bars("First words on screen, this visit", histogram(latencies.partial, [0, 300, 600, 1000], milliseconds)),
    bars("Finals after the last word, this visit", histogram(latencies.final, [0, 1000, 1200, 1500], milliseconds)),
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
  return make("table", { className: "bars" }, make("caption", {}, title), make("tbody", {}, ...entries.map(row)));
}

/**
 * Count values by the class they fall into.
 * @param {number[]} values
 * @param {number[]} edges ascending; the last class is open
 * @param {(edge: number) => string} name
 * @returns {[string, number][]}
 */
function histogram(values, edges, name) {
  return edges.map((edge, i) => {
    const next = edges[i + 1] ?? Infinity;
    const label = next === Infinity ? `${name(edge)} or more` : `${name(edge)} – ${name(next)}`;
    return [label, values.filter((value) => value >= edge && value < next).length];
  });
}
