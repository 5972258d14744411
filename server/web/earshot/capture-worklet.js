/**
 * Turns what the microphone hears into frames of 20 ms, mono PCM16, at the audio context's own rate.
 *
 * Runs on the audio thread, so it does nothing but count, clamp and hand over. Frames leave through a MessagePort
 * that leads straight to the socket's worker: a busy page delays none of them.
 */

/** The server takes 48 kHz at most. */
const MOST_RATE = 48_000;
const FRAME_S = 0.02;

/** Keeps every n-th sample behind a low-pass filter; the filter's memory lives on between calls. */
class Decimator {
  /** @param {number} factor a whole number, 2 or more */
  constructor(factor) {
    this.factor = factor;
    this.taps = lowPass(24 * factor, 0.45 / factor);
    this.held = new Float32Array(this.taps.length - 1);
    this.skip = 0;
  }

  /** @param {Float32Array} samples @returns {Float32Array} */
  push(samples) {
    const { taps, factor } = this;
    const input = new Float32Array(this.held.length + samples.length);
    input.set(this.held);
    input.set(samples, this.held.length);
    const output = [];
    let at = this.skip;
    for (; at + taps.length <= input.length; at += factor) {
      let sum = 0;
      for (let i = 0; i < taps.length; i++) sum += taps[i] * input[at + i];
      output.push(sum);
    }
    const kept = input.length - taps.length + 1;
    this.skip = at - kept;
    this.held = input.slice(kept);
    return Float32Array.from(output);
  }
}

/**
 * A windowed sinc (Blackman).
 * @param {number} length taps
 * @param {number} cutoff cycles per sample
 */
function lowPass(length, cutoff) {
  const taps = Float32Array.from({ length }, (_, i) => {
    const x = i - (length - 1) / 2;
    const turn = (2 * Math.PI * i) / (length - 1);
    const window = 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
    return window * (x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x));
  });
  const sum = taps.reduce((total, tap) => total + tap);
  return taps.map((tap) => tap / sum);
}

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    const factor = Math.ceil(sampleRate / MOST_RATE);
    this.decimator = factor > 1 ? new Decimator(factor) : null;
    this.frame = new Int16Array(Math.round((sampleRate / factor) * FRAME_S));
    this.filled = 0;
    this.gaps = 0; // render quanta that the browser skipped, in samples of the context
    this.expected = -1;
    this.open = true;
    this.over = false;
    /** @type {MessagePort | null} */
    this.out = null;
    this.port.onmessage = ({ data }) => this.told(data);
  }

  /** @param {{to?: MessagePort, open?: boolean, end?: boolean}} message */
  told({ to, open, end }) {
    if (to) this.out = to;
    if (open !== undefined) this.open = open;
    if (open === false) {
      this.send();
      this.out?.postMessage({ pause: true });
    }
    if (end) {
      this.send();
      this.out?.postMessage({ end: true, gaps: this.gaps });
      this.over = true;
    }
  }

  /** @param {Float32Array[][]} inputs */
  process([[channel]]) {
    if (this.over) return false;
    if (!channel || !this.out) return true;
    if (this.expected >= 0) this.gaps += currentFrame - this.expected;
    this.expected = currentFrame + channel.length;
    if (this.open) this.take(this.decimator ? this.decimator.push(channel) : channel);
    return true;
  }

  /** @param {Float32Array} samples */
  take(samples) {
    for (const sample of samples) {
      // Clamped first: beyond full scale, Int16 wraps round to the other end.
      this.frame[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      if (this.filled === this.frame.length) this.send();
    }
  }

  send() {
    if (this.filled) this.out?.postMessage({ pcm: this.frame.slice(0, this.filled) });
    this.filled = 0;
  }
}

registerProcessor("earshot-capture", Capture);
