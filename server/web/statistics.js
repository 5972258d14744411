/** How much is kept, and how good it is. */

import { failed } from "./alerts.js";
import { ask } from "./api.js";
import { bars, histogram } from "./bars.js";
import { byId, make } from "./dom.js";
import { latencies } from "./transcript.js";
import { clock, figure, spoken } from "./wording.js";

/** @param {() => Record<string, any>[]} conversations those that are listed */
export function statisticsPanel(conversations) {
  async function refresh() {
    try {
      const counts = await ask("/api/training/stats");
      byId("figures").replaceChildren(...tiles(counts));
      byId("charts").replaceChildren(...charts(counts, conversations()));
    } catch (error) {
      failed("The statistics can't be had", error);
    }
  }
  byId("recount").onclick = refresh;
  return { refresh };
}

function tiles(counts) {
  /** @type {[string, string][]} */
  const figures = [
    ["messages", String(counts.total_messages)],
    ["of them spoken", String(counts.voice_messages)],
    ["sound kept", clock(counts.recorded_ms)],
    ["conversations", String(counts.total_conversations)],
    ["may be trained on", String(counts.training_messages)],
    ["rated", String(counts.rated_messages)],
    ["mean rating", figure(counts.avg_user_satisfaction, 1)],
    ["mean quality", figure(counts.avg_conversation_quality, 2)],
    ["exported", String(counts.exported_conversations)],
    ["memories", String(counts.total_memories)],
  ];
  return figures.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
}

function charts(counts, conversations) {
  const known = (column) => conversations.map((one) => one[column]).filter((value) => value !== null);
  const entries = (map) => Object.entries(map).map(([name, count]) => [spoken(name), count]);
  const milliseconds = (ms) => `${ms} ms`;
  return [
    bars("Vocal expression, messages", entries(counts.messages_by_emotion)),
    bars("Who speaks, messages", entries(counts.messages_by_role)),
    bars("Ratings, conversations", stars(known("user_satisfaction"))),
    bars("Quality, conversations", histogram(known("conversation_quality"), [0, 0.25, 0.5, 0.75], String)),
    bars("First words on screen, this visit", histogram(latencies.partial, [0, 300, 600, 1000], milliseconds)),
  ];
}

/** @param {number[]} ratings means of conversations @returns {[string, number][]} */
function stars(ratings) {
  return [1, 2, 3, 4, 5].map((star) => [`★ ${star}`, ratings.filter((mean) => Math.round(mean) === star).length]);
}
