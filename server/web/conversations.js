/** The conversations that are kept: the newest first, to be found, opened and erased. */

import { failed } from "./alerts.js";
import { parts } from "./api.js";
import { byId, make } from "./dom.js";
import { erase } from "./erase.js";

/** Conversations listed; older ones are found by searching. */
const LISTED = 200;

/** @param {{open: (conversation: Record<string, any>) => void, gone: (id: number) => void}} acts */
export function conversationsPanel({ open, gone }) {
  const [list, search] = [byId("conversations"), byId("search")];
  /** @type {Record<string, any>[]} */
  let all = [];
  let current = 0;

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter((one) => words.every((word) => haystack(one).includes(word)));
    byId("found").textContent = all.length
      ? `${found.length} of ${all.length}${found.length > LISTED ? `, the newest ${LISTED} listed` : ""}`
      : "Nothing is kept yet.";
    list.replaceChildren(...found.slice(0, LISTED).map(item));
  }

  function item(one) {
    const row = make("li", { className: "row", tabIndex: -1 });
    const opener = make("button", { type: "button", className: "grow conversation", onclick: () => open(one) },
      make("b", {}, when(one.started_at)), make("span", { className: "quiet" }, facts(one)));
    if (one.id === current) opener.setAttribute("aria-current", "true");
    const what = `The conversation of ${when(one.started_at)}`;
    const eraser = make("button", { type: "button", aria: { label: `Erase: ${what}` } }, "Erase");
    eraser.onclick = () => erase(what, `/api/conversations/${one.id}`, row, () => {
      all = all.filter(({ id }) => id !== one.id);
      gone(one.id);
    });
    row.append(opener, eraser);
    return row;
  }

  async function refresh() {
    try {
      const found = [];
      for await (const items of parts("/api/conversations")) found.push(...items);
      all = found.reverse();
    } catch (error) {
      return failed("The conversations can't be listed", error);
    }
    return show();
  }

  search.oninput = show;
  return {
    refresh,
    /** @param {number | undefined} id */
    mark(id = 0) {
      current = id;
      show();
    },
    get all() {
      return all;
    },
  };
}

/** @param {string} stamp */
export function when(stamp) {
  return new Date(stamp).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function facts({ user_id, total_messages, user_satisfaction, topics_discussed, is_active }) {
  const parts = [
    is_active ? "open" : null,
    user_id,
    `${total_messages} ${total_messages === 1 ? "message" : "messages"}`,
    user_satisfaction === null ? null : `★ ${user_satisfaction.toFixed(1)}`,
    topics_discussed?.join(", "),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** What a search looks through. @param {Record<string, any>} one */
function haystack({ id, user_id, platform, started_at, topics_discussed, metadata }) {
  const values = [`#${id}`, user_id, platform, started_at, when(started_at), ...(topics_discussed ?? []), metadata?.source];
  return values.filter(Boolean).join(" ").toLowerCase();
}
