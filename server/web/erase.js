/** Erasing with a way back: what is to go is hidden at once and erased ten seconds later. */

import { calm, failed, notice } from "./alerts.js";
import { request } from "./api.js";
import { button } from "./dom.js";

/** Milliseconds to think better of it. */
const REGRET = 10_000;

/** @type {Map<string, () => void>} */
const pending = new Map();

// Leaving the page doesn't take the decision back.
addEventListener("pagehide", () => pending.forEach((go) => go()));

/**
 * @param {string} what as a person calls it
 * @param {string} path of the API
 * @param {HTMLElement} shown
 * @param {() => void} [after] called when it is gone
 */
export function erase(what, path, shown, after = () => {}) {
  const code = `erase-${path}`;
  const settle = () => {
    clearTimeout(timer);
    pending.delete(path);
    calm(code);
  };
  const undo = () => {
    settle();
    shown.hidden = false;
    shown.focus();
  };
  const go = async () => {
    settle();
    try {
      await request(path, { method: "DELETE", keepalive: true });
      shown.remove();
      after();
    } catch (error) {
      shown.hidden = false;
      failed(`${what} was not erased`, error);
    }
  };
  const timer = setTimeout(go, REGRET);
  pending.set(path, go);
  shown.hidden = true;
  notice(code, `${what} will be erased in ten seconds.`, button("Undo", undo));
}
