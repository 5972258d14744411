/** The keyboard: one key for everything that is done often. */

import { byId, make, pairs } from "./dom.js";

/** @typedef {{key: string, shown?: string, does: string, act: (key: string) => void}} Key `key` may hold several */

/** @param {Key[]} keys */
export function useKeys(keys) {
  const dialog = byId("keys");
  const help = () => dialog.showModal();
  const all = [...keys, { key: "?", does: "show these keys", act: help }];
  dialog.firstElementChild.after(pairs(all.map(({ key, shown, does }) => [make("kbd", {}, shown ?? key.toUpperCase()), does])));
  byId("keys-button").onclick = help;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || dialog.open) return;
    if (taken(event.target, event.key)) return;
    const pressed = event.key.toLowerCase();
    const found = all.find(({ key }) => key.split("|").includes(pressed));
    if (!found) return;
    event.preventDefault();
    found.act(pressed);
  });
}

/** Whether the key means something to where it was pressed. @param {HTMLElement} target @param {string} key */
function taken(target, key) {
  if (target.closest("input:not([type=checkbox], [type=radio]), select, textarea")) return true;
  return [" ", "Enter"].includes(key) && target.closest("button, summary, a, input, label") !== null;
}
