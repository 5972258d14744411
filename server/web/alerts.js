/** Troubles, said at once and in words; a screen reader interrupts for them. */

import { button, byId, make } from "./dom.js";

const place = byId("alerts");

/**
 * Say that something is wrong, with what can be done about it besides dismissing. The same code is said once.
 * @typedef {(code: string, message: string, ...actions: HTMLElement[]) => void} Say
 * @type {Say}
 */
export const alarm = (code, message, ...actions) => show(code, message, "trouble bad", actions);

/** Say something that's good to know. @type {Say} */
export const notice = (code, message, ...actions) => show(code, message, "trouble", actions);

/**
 * Say that the HTTP port failed; that nobody answers is said once, whatever was asked for.
 * @param {string} what couldn't be done, as a sentence without its end
 * @param {import("./api.js").ApiError} error
 */
export function failed(what, { status, message }) {
  if (status) alarm(what, `${what}: ${message}`);
  else alarm("unreachable", message);
}

/** @param {string} [code] all of them unless given */
export function calm(code) {
  for (const shown of [...place.children]) {
    if (!code || shown.dataset.code === code) shown.remove();
  }
}

function show(code, message, className, actions) {
  calm(code);
  const box = make("div", { className, data: { code } }, make("p", {}, message), ...actions);
  box.append(button("Dismiss", () => box.remove()));
  place.append(box);
}
