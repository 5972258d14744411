/** The conversations that are kept: the newest first, to be found, opened and erased. */

import { failed } from "./alerts.js";
import { ask } from "./api.js";
import { button, byId, make } from "./dom.js";
import { erase } from "./erase.js";

/** Conversations that are fetched at once. */
const PAGE = 50;
/** Milliseconds without another letter before a search begins. */
const TYPED = 250;

/** @param {{open: (conversation: Record<string, any>) => void, gone: (id: number) => void}} acts */
export function conversationsPanel({ open, gone }) {
  const [list, search, older] = [byId("conversations"), byId("search"), byId("older")];
  let [current, next, latest, typing] = [0, 0, 0, 0];

  /** List what is asked for. @param {number} after where the list goes on; 0 begins anew */
  async function load(after = 0) {
    const mine = ++latest; // what comes in late is nobody's any more
    const q = search.value.trim();
    let found = 0;
    try {
      do {
        const query = new URLSearchParams({ order: "desc", limit: `${PAGE}`, after: `${after}`, ...(q && { q }) });
        const { items, next: following } = await ask(`/api/conversations?${query}`);
        if (mine !== latest) return;
        if (!after) list.replaceChildren();
        list.append(...items.map(item));
        found += items.length;
        next = after = following;
        tell(q, q && found < PAGE && next !== null);
      } while (q && found < PAGE && next !== null); // a search looks through so many at a time
    } catch (error) {
      failed("The conversations can't be listed", error);
    }
  }

  function tell(q, searching) {
    const count = list.childElementCount;
    const some = `${count} ${q ? "found" : "listed"}${next === null ? "" : ", there may be more"}`;
    const none = q ? "Nothing holds these words." : "Nothing is kept yet.";
    byId("found").textContent = searching ? "Searching …" : count ? some : none;
    older.hidden = searching || next === null;
  }

  function item(one) {
    const row = make("li", { className: "row", tabIndex: -1, data: { id: one.id } });
    const what = `The conversation of ${when(one.started_at)}`;
    row.append(
      make("button", { type: "button", className: "row grow conversation", onclick: () => open(one), ariaCurrent: `${one.id === current}` },
        make("b", {}, when(one.started_at)), make("span", { className: "quiet" }, facts(one))),
      button("Erase", () => erase(what, `/api/conversations/${one.id}`, row, () => gone(one.id)), { aria: { label: `Erase: ${what}` } }),
    );
    return row;
  }

  search.oninput = () => {
    clearTimeout(typing);
    typing = setTimeout(load, TYPED);
  };
  older.onclick = () => load(next);
  return {
    refresh: () => load(),
    /** @param {number | undefined} id */
    mark(id = 0) {
      current = id;
      for (const row of list.children) row.firstElementChild.ariaCurrent = `${row.dataset.id === `${id}`}`;
    },
  };
}

/** @param {string} stamp */
export function when(stamp) {
  return new Date(stamp).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function facts({ user_id, total_messages, user_satisfaction, topics_discussed, is_active }) {
  return [
    is_active ? "open" : null,
    user_id,
    `${total_messages} ${total_messages === 1 ? "message" : "messages"}`,
    user_satisfaction === null ? null : `★ ${user_satisfaction.toFixed(1)}`,
    topics_discussed?.join(", "),
  ].filter(Boolean).join(" · ");
}
