/** What goes over the wire, for those who write a client of their own. Closed, it asks for nothing. */

import { byId, listen, make } from "./dom.js";

/** Lines that are kept. */
const KEPT = 100;
/** The newest lines, among which one of the same kind goes on counting: audio out and voice in take turns. */
const NEAR = 4;

/** @param {import("./earshot/earshot.js").Earshot} earshot */
export function protocolDrawer(earshot) {
  const [drawer, list] = [byId("protocol"), byId("wire")];
  drawer.ontoggle = () => (earshot.trace = drawer.open);
  listen(earshot, {
    wire({ sent, received, audio }) {
      const text = sent ?? received ?? `${audio} bytes`;
      const kind = `${received ? "▼" : "▲"} ${audio ? "audio" : JSON.parse(text).type}`;
      const same = [...list.children].slice(0, NEAR).find((line) => line.dataset.kind === kind);
      const count = Number(same?.dataset.count ?? 0) + 1;
      same?.remove();
      list.prepend(
        make("li", { data: { kind, count } }, make("time", {}, new Date().toLocaleTimeString()),
          make("b", {}, ` ${kind}${count > 1 ? ` ×${count}` : ""} `), make("code", {}, text)),
      );
      list.children[KEPT]?.remove();
    },
  });
}
