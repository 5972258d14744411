/** Training data: chosen, counted and weighed before it is saved. */

import { request } from "./api.js";
import { byId, make } from "./dom.js";

export function exportPanel() {
  const form = byId("export");
  const result = byId("export-result");
  form.onsubmit = async (event) => {
    event.preventDefault();
    const wish = read(new FormData(form));
    const say = (text) => (result.textContent = text);
    try {
      say("Counting …");
      const counts = await count(wish);
      if (!counts.conversations) return say("Nothing fits.");
      const { blob, name } = await fetched(wish, (bytes) => say(`Preparing: ${size(bytes)} so far …`));
      const link = make("a", { href: URL.createObjectURL(blob), download: name, className: "button primary" }, `Save ${name}`);
      result.replaceChildren(`${counts.conversations} conversations, ${counts.messages} messages, ${size(blob.size)} `, link);
      return link.focus();
    } catch (error) {
      return say(`The export failed: ${error.message}`);
    }
  };
}

/** The request's body. @param {FormData} fields */
function read(fields) {
  const value = (name) => String(fields.get(name) ?? "") || undefined;
  const share = (name) => (value(name) ? Number(value(name)) : undefined);
  const day = (name) => value(name) && new Date(`${value(name)}T00:00`).toISOString();
  return {
    format: value("format"),
    mark: fields.has("mark"),
    filters: {
      since: day("since"),
      until: day("until"),
      user_id: value("user"),
      min_quality: share("quality"),
      has_voice: fields.has("voice") || undefined,
      exported: fields.has("fresh") ? false : undefined,
      include_active: fields.has("active"),
    },
  };
}

/**
 * Count what fits, a line at a time, without keeping it.
 * @param {Record<string, any>} wish
 */
async function count({ filters }) {
  const response = await request("/api/training/export", { method: "POST", body: { format: "jsonl", filters } });
  const counts = { conversations: 0, messages: 0 };
  let rest = "";
  for await (const text of blocks(response.body.pipeThrough(new TextDecoderStream()))) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    counts.conversations += lines.length;
    for (const line of lines) counts.messages += JSON.parse(line).messages.length;
  }
  return counts;
}

/**
 * @param {Record<string, any>} wish
 * @param {(bytes: number) => void} progress
 */
async function fetched(wish, progress) {
  const response = await request("/api/training/export", { method: "POST", body: wish });
  const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  const parts = [];
  let bytes = 0;
  for await (const block of blocks(response.body)) {
    parts.push(block);
    progress((bytes += block.length));
  }
  return { blob: new Blob(parts), name: named?.[1] ?? `earshot.${wish.format}` };
}

/** A stream's blocks; not every browser can iterate one. @param {ReadableStream<any>} stream */
async function* blocks(stream) {
  const reader = stream.getReader();
  for (let part; !(part = await reader.read()).done; ) yield part.value;
}

function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(1, bytes)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}
