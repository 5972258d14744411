/** The keyboard: one key for everything that is done often. */

import { byId, make } from "./dom.js";

/** @typedef {{key: string, shown?: string, does: string, act: (event: KeyboardEvent) => void}} Key */

/** @param {Key[]} keys */
export function useKeys(keys) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("keys"));
  const help = { key: "?", does: "show these keys", act: () => dialog.showModal() };
  const all = [...keys, help];
  const shown = all.filter(({ does }) => does);
  /** @type {HTMLElement} */ (dialog.querySelector("dl")).append(
    ...shown.flatMap(({ key, shown, does }) => [make("dt", {}, make("kbd", {}, shown ?? key.toUpperCase())), make("dd", {}, does)]),
  );
  byId("keys-button").onclick = help.act;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || dialog.open) return;
    if (taken(/** @type {HTMLElement} */ (event.target), event.key)) return;
    const found = all.find(({ key }) => key === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    found.act(event);
  });
}

/** Whether the key means something to where it was pressed. @param {HTMLElement} target @param {string} key */
function taken(target, key) {
  if (target.closest("input:not([type=checkbox], [type=radio]), select, textarea")) return true;
  return [" ", "Enter"].includes(key) && target.closest("button, summary, a, input, label") !== null;
}
