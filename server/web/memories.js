/** What is remembered of a person. */

import { failed } from "./alerts.js";
import { ask } from "./api.js";
import { button, byId, make } from "./dom.js";
import { erase } from "./erase.js";
import { figure, spoken } from "./wording.js";

const field = (id) => byId(id).value.trim();

export function memoriesPanel() {
  byId("memory-find").onsubmit = (event) => act(event, look);
  byId("memory-add").onsubmit = (event) => act(event, async () => {
    if (!field("memory-user")) return byId("memory-user").focus();
    const [user_id, content, tier] = [field("memory-user"), field("memory-content"), field("memory-tier")];
    await ask("/api/memories", { method: "POST", body: { user_id, content, tier } });
    byId("memory-content").value = "";
    return look();
  });
}

async function look() {
  const user = encodeURIComponent(field("memory-user"));
  const query = field("memory-query") && `&q=${encodeURIComponent(field("memory-query"))}`;
  const { items, next } = await ask(`/api/users/${user}/memories?limit=500${query}`);
  byId("memories").replaceChildren(...items.map(item));
  byId("memory-count").textContent = `${items.length}${next ? " or more" : ""} remembered`;
}

/** @param {Event} event @param {() => Promise<any>} doing */
async function act(event, doing) {
  event.preventDefault();
  return doing().catch((error) => failed("The memories can't be had", error));
}

function item({ id, content, tier, importance, access_count, verified }) {
  const row = make("li", { className: "row", tabIndex: -1 });
  const box = make("input", { type: "checkbox", checked: verified });
  box.onchange = (event) => act(event, () => ask(`/api/memories/${id}`, { method: "PATCH", body: { verified: box.checked } }));
  const facts = `${spoken(tier)} · importance ${figure(importance, 2)} · recalled ${access_count} times`;
  const eraser = button("Erase", () => erase("The memory", `/api/memories/${id}`, row), { aria: { label: `Erase: ${content}` } });
  row.append(make("p", { className: "grow" }, content, make("br"), make("small", {}, facts)),
    make("label", { className: "check" }, box, "true"), eraser);
  return row;
}
