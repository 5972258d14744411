/** What the worker reports, as events and errors for a page. */

import { EarshotError } from "./trouble.js";

/** @typedef {import("./line.js").Report & {end?: {gaps: number}}} Told `end`: the capture is over; samples skipped */

/**
 * The events of a report; positions in samples become milliseconds.
 * @param {Told} report
 * @param {(samples: number) => number} ms
 * @returns {Generator<[type: string, detail: Record<string, any>]>}
 */
export function* events({ message, origin = 0, frame, broken, mended, behind }, ms) {
  if (message) yield [message.type, { ...message, origin_ms: ms(origin) }];
  if (frame) {
    const { at, length, ...extent } = frame;
    yield ["frame", { at_ms: ms(at), length_ms: ms(length), ...extent }];
  }
  if (broken) yield ["broken", broken];
  if (mended) yield ["mended", { lost_ms: ms(mended.lost), resumed: mended.resumed }];
  if (behind) yield ["behind", { lost_ms: ms(behind.lost) }];
}

/** @param {NonNullable<Told["closed"]>} closed */
export function whyClosed({ code, reason, opened, fatal }) {
  if (!opened) return new EarshotError("unreachable");
  return code === 1006 && !fatal ? new EarshotError("lost") : new EarshotError("closed", reason);
}
