/** What is remembered of a person. */

import { failed } from "./alerts.js";
import { ask } from "./api.js";
import { byId, make } from "./dom.js";
import { erase } from "./erase.js";
import { figure, spoken } from "./wording.js";

export function memoriesPanel() {
  const field = (id) => byId(id).value.trim();
  byId("memory-find").onsubmit = (event) => (event.preventDefault(), refresh());
  byId("memory-add").onsubmit = async (event) => {
    event.preventDefault();
    await attempt(async () => {
      const [user_id, content, tier] = [field("memory-user"), field("memory-content"), field("memory-tier")];
      await ask("/api/memories", { method: "POST", body: { user_id, content, tier } });
      byId("memory-content").value = "";
    });
    await refresh();
  };

  async function refresh() {
    const user = field("memory-user");
    if (!user) return;
    await attempt(async () => {
      const query = field("memory-query") && `&q=${encodeURIComponent(field("memory-query"))}`;
      const { items, next } = await ask(`/api/users/${encodeURIComponent(user)}/memories?limit=500${query}`);
      byId("memories").replaceChildren(...items.map(item));
      byId("memory-count").textContent = `${items.length}${next ? " or more" : ""} remembered`;
    });
  }
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    failed("The memories can't be had", error);
  }
}

function item({ id, content, tier, importance, access_count, verified }) {
  const row = make("li", { className: "row", tabIndex: -1 });
  const box = make("input", { type: "checkbox", checked: verified });
  box.onchange = () =>
    attempt(async () => void (await ask(`/api/memories/${id}`, { method: "PATCH", body: { verified: box.checked } })));
  const facts = `${spoken(tier)} · importance ${figure(importance, 2)} · recalled ${access_count} times`;
  const eraser = make("button", { type: "button", aria: { label: `Erase: ${content}` } }, "Erase");
  eraser.onclick = () => erase("The memory", `/api/memories/${id}`, row);
  row.append(make("p", { className: "grow" }, content, make("br"), make("small", {}, facts)),
    make("label", {}, box, "true"), eraser);
  return row;
}
