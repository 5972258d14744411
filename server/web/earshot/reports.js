/** What the worker reports, as events for a page: positions in samples become milliseconds. */

/**
 * @param {import("./line.js").Report} report
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
