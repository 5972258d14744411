/** Training data: chosen, counted and weighed before it is fetched. */

import { ask, request } from "./api.js";
import { button, byId, make } from "./dom.js";

export function exportPanel() {
  const form = byId("export");
  const result = byId("export-result");
  const say = (...what) => result.replaceChildren(...what);

  form.onsubmit = (event) => {
    event.preventDefault();
    const wish = read(new FormData(form));
    attempt(async () => {
      say("Counting …");
      const { conversations, messages, bytes, exact } = await ask("/api/training/export/count", { method: "POST", body: wish });
      if (!conversations) return say("Nothing fits.");
      const fetching = button("Download", () => attempt(() => save(wish)), { className: "primary" });
      const much = `${conversations} conversations, ${messages} messages, ${size(bytes)}`;
      say(exact ? `${much} ` : `About ${much} `, fetching);
      return fetching.focus();
    });
  };

  async function save(wish) {
    const { blob, name } = await fetched(wish, (bytes) => say(`Fetching: ${size(bytes)} so far …`));
    const href = URL.createObjectURL(blob);
    make("a", { href, download: name }).click();
    URL.revokeObjectURL(href);
    say(`Saved: ${name}, ${size(blob.size)}.`);
  }

  async function attempt(act) {
    try {
      await act();
    } catch (error) {
      say(`The export failed: ${error.message}`);
    }
  }
}

/** The request's body. @param {FormData} fields */
function read(fields) {
  const value = (name) => String(fields.get(name) ?? "") || undefined;
  const day = (name) => value(name) && new Date(`${value(name)}T00:00`).toISOString();
  return {
    format: value("format"),
    mark: fields.has("mark"),
    filters: {
      since: day("since"),
      until: day("until"),
      user_id: value("user"),
      min_quality: value("quality") && Number(value("quality")),
      has_voice: fields.has("voice") || undefined,
      exported: fields.has("fresh") ? false : undefined,
      include_active: fields.has("active"),
    },
  };
}

/**
 * @param {Record<string, any>} wish
 * @param {(bytes: number) => void} progress
 */
async function fetched(wish, progress) {
  const response = await request("/api/training/export", { method: "POST", body: wish });
  const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  const reader = response.body.getReader(); // not every browser can iterate a stream
  const parts = [];
  let bytes = 0;
  for (let part; !(part = await reader.read()).done; ) {
    parts.push(part.value);
    progress((bytes += part.value.length));
  }
  return { blob: new Blob(parts), name: named?.[1] ?? `earshot.${wish.format}` };
}

function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(1, bytes)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}
