/** Keeps the screen on while somebody is listened to, where the browser can: a phone that sleeps stops hearing. */

import { listen } from "./dom.js";

/** @param {import("./earshot/earshot.js").Earshot} earshot */
export function stayAwake(earshot) {
  /** @type {Promise<WakeLockSentinel | void> | undefined} */
  let lock;
  function consider() {
    if (earshot.state === "listening" && !document.hidden) {
      lock ??= navigator.wakeLock?.request("screen").catch(() => {}); // a low battery may refuse: dark as ever, then
    } else {
      lock?.then((held) => held?.release());
      lock = undefined;
    }
  }
  listen(earshot, { state: consider });
  document.addEventListener("visibilitychange", consider); // a hidden page loses its lock
}
