/** Hands out a recording as fast as it was spoken. */

/** Seconds of audio in a frame, as from a microphone. */
const FRAME_S = 0.02;

/**
 * The clock is absolute: a frame is due when its last sample would have been spoken, so late timers are caught up
 * and errors don't add up.
 */
export class Pace {
  #at = 0; // samples handed out
  #since = 0; // when the clock began, less what was handed out before
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /**
   * @param {{samples: Int16Array, rate: number}} sound
   * @param {(frame: Int16Array) => void} take
   * @param {() => void} over
   */
  constructor(sound, take, over) {
    this.sound = sound;
    this.frame = Math.round(sound.rate * FRAME_S);
    this.take = take;
    this.over = over;
  }

  go() {
    this.#since = performance.now() - (1000 * this.#at) / this.sound.rate;
    this.#ticking = setInterval(() => this.#tick(), 1000 * FRAME_S);
  }

  halt() {
    clearInterval(this.#ticking);
  }

  #tick() {
    const { samples, rate } = this.sound;
    const due = Math.min(samples.length, ((performance.now() - this.#since) / 1000) * rate);
    while (this.#at < due) {
      const end = Math.min(this.#at + this.frame, samples.length);
      if (end > due) return;
      this.take(samples.slice(this.#at, end));
      this.#at = end;
    }
    if (this.#at < samples.length) return;
    this.halt();
    this.over();
  }
}
