/** What the last seconds held, for the strip to draw. All times in milliseconds on the capture's clock. */

/** Milliseconds that are kept: what the strip shows, and the longest utterance, whose median is told. */
const KEPT = 35_000;

/** @typedef {{at: number, length: number, low: number, high: number, power: number}} Slice of the waveform */
/** @typedef {{at: number, hz: number | null}} Point of the pitch; null where unvoiced */
/** @typedef {{from: number, to: number, speech: boolean, silence: number}} Span of voice activity */

export class Timeline {
  constructor() {
    this.clear();
  }

  clear() {
    /** @type {Slice[]} */
    this.wave = [];
    /** @type {Point[]} */
    this.pitch = [];
    /** @type {Span[]} */
    this.activity = [];
    /** End of what was captured. */
    this.now = 0;
    /** Milliseconds of silence that end an utterance. */
    this.window = 1000;
    this.hop = 10;
    this.since = 0; // when the latest utterance began
    this.heard = 0; // end of the latest span of activity
  }

  /** @param {{at_ms: number, length_ms: number, low: number, high: number, power: number}} frame */
  addFrame({ at_ms, length_ms, low, high, power }) {
    this.wave.push({ at: at_ms, length: length_ms, low, high, power });
    this.now = at_ms + length_ms;
    forget(this.wave, (slice) => slice.at, this.now - KEPT);
  }

  /** @param {Record<string, any>} voice the server's message, with `origin_ms` */
  addVoice({ origin_ms, at_ms, speech, silence_ms, pitch_hz, pitch_at_ms, hop_ms }) {
    const to = origin_ms + at_ms;
    this.activity.push({ from: Math.max(this.heard, origin_ms), to, speech, silence: silence_ms });
    this.heard = to;
    this.hop = hop_ms;
    for (const [i, hz] of pitch_hz.entries()) this.pitch.push({ at: origin_ms + pitch_at_ms + i * hop_ms, hz });
    forget(this.activity, (span) => span.to, this.now - KEPT);
    forget(this.pitch, (point) => point.at, this.now - KEPT);
  }

  /** The state of things: is anybody speaking, and how long has it been silent since? */
  get latest() {
    return this.activity.at(-1) ?? { from: 0, to: 0, speech: false, silence: 0 };
  }

  /** The newest pitch, null where the voice has none just now. @returns {number | null} */
  get pitchNow() {
    const last = this.pitch.at(-1);
    return last && this.heard - last.at < 200 ? last.hz : null;
  }

  /**
   * Median in Hz and range in semitones of the latest utterance's pitch; the range leaves out the outer twentieths, as the server does.
   * @returns {{hz: number, range: number} | null}
   */
  get pitchSummary() {
    const voiced = this.pitch.flatMap(({ at, hz }) => (hz !== null && at >= this.since ? [hz] : []));
    if (!voiced.length) return null;
    voiced.sort((a, b) => a - b);
    const part = (share) => voiced[Math.round(share * (voiced.length - 1))];
    return { hz: part(0.5), range: 12 * Math.log2(part(0.95) / part(0.05)) };
  }
}

/**
 * @param {Point[]} points in order of time
 * @param {number} at milliseconds
 * @param {number} hop milliseconds between two points
 * @returns {number | null | undefined} Hz, null where unvoiced, undefined where nothing is known
 */
export function pitchAt(points, at, hop) {
  return points.find((point) => Math.abs(point.at - at) <= hop / 2)?.hz;
}

/**
 * @template T
 * @param {T[]} list in order of time
 * @param {(item: T) => number} time
 * @param {number} before
 */
function forget(list, time, before) {
  const kept = list.findIndex((item) => time(item) >= before);
  if (kept > 50) list.splice(0, kept); // rarely, in one go
}
