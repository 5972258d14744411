/**
 * Audio that the server has not acknowledged yet, so that a dropped connection loses none of it.
 *
 *     │ acknowledged, or given up │ sent, not acknowledged │ not sent │
 *     0                           first                    sent       end
 *
 * Positions count samples at the capture's own rate from its first.
 */
export class Backlog {
  /** @type {Int16Array[]} */
  #frames = [];
  #unsent = 0; // index into #frames of the next to send

  /** @param {number} limit samples kept at most; when there are more, the oldest go */
  constructor(limit) {
    this.limit = limit;
    /** Position of the first sample kept. */
    this.first = 0;
    /** Position after the last sample that was sent. */
    this.sent = 0;
    /** Position after the last sample. */
    this.end = 0;
    /** Samples that were given up because the limit was reached. */
    this.lost = 0;
  }

  /** Samples kept. */
  get length() {
    return this.end - this.first;
  }

  /** @param {Int16Array} frame */
  push(frame) {
    this.#frames.push(frame);
    this.end += frame.length;
    while (this.length > this.limit) this.lost += this.#drop();
  }

  /** The next frame to send, undefined when all are sent. @returns {Int16Array | undefined} */
  next() {
    const frame = this.#frames[this.#unsent];
    if (!frame) return undefined;
    this.#unsent += 1;
    this.sent += frame.length;
    return frame;
  }

  /**
   * Send everything again from here on, to the sample: the connection is a new one.
   * @param {number} [position] everything before it is safe
   */
  rewind(position = this.first) {
    this.release(position);
    if (this.first < position && this.#frames.length) {
      this.#frames[0] = this.#frames[0].subarray(position - this.first);
      this.first = position;
    }
    this.#unsent = 0;
    this.sent = this.first;
  }

  /**
   * Forget what the server has. A frame that it has in part is kept whole.
   * @param {number} position everything before it is safe
   */
  release(position) {
    while (this.#frames.length && this.first + this.#frames[0].length <= position) this.#drop();
  }

  #drop() {
    const { length } = /** @type {Int16Array} */ (this.#frames.shift());
    this.first += length;
    this.#unsent = Math.max(0, this.#unsent - 1);
    this.sent = Math.max(this.sent, this.first);
    return length;
  }
}
