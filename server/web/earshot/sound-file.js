/** Sound files as mono PCM16: WAV sample for sample at its own rate, anything else as the browser decodes it. */

import { EarshotError } from "./trouble.js";

/** @typedef {{samples: Int16Array, rate: number}} Sound */

/** Hertz that the server takes. */
const LEAST_RATE = 8_000;
const MOST_RATE = 48_000;

/** Seconds: an hour is 345 MB of samples, more than a page should hold. */
const LONGEST_S = 3_600;

/**
 * Throws EarshotError.
 * @param {Blob} file
 * @returns {Promise<Sound>}
 */
export async function readSound(file) {
  const bytes = await file.arrayBuffer();
  const sound = readWav(bytes) ?? (await decode(bytes));
  if (!sound.samples.length) throw new EarshotError("unreadable");
  if (sound.samples.length > LONGEST_S * sound.rate) throw new EarshotError("too_long");
  return sound;
}

/**
 * Read PCM of 16 or 24 bits or 32-bit floats, any number of channels; null for everything else.
 * @param {ArrayBuffer} bytes
 * @returns {Sound | null}
 */
export function readWav(bytes) {
  const view = new DataView(bytes);
  const name = (/** @type {number} */ at) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
  if (bytes.byteLength < 44 || name(0) !== "RIFF" || name(8) !== "WAVE") return null;
  let format = null;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    if (name(at) === "fmt ") format = readFormat(view, at + 8, size);
    if (name(at) === "data") {
      // A recorder that was cut off leaves a size of 0 or more than there is.
      const left = bytes.byteLength - at - 8;
      return format && samples(view, at + 8, size && size < left ? size : left, format);
    }
    at += 8 + size + (size % 2);
  }
  return null;
}

/** @typedef {{rate: number, channels: number, width: number, read: (at: number) => number}} WavFormat */

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number} size bytes of the chunk
 * @returns {WavFormat | null}
 */
function readFormat(view, at, size) {
  const u16 = (/** @type {number} */ offset) => view.getUint16(at + offset, true);
  const extensible = u16(0) === 0xfffe && size >= 26;
  const [kind, bits] = [extensible ? u16(24) : u16(0), u16(14)];
  const [rate, channels] = [view.getUint32(at + 4, true), u16(2)];
  const read = reader(view, kind, bits);
  if (!read || !channels || rate < LEAST_RATE || rate > MOST_RATE) return null;
  return { rate, channels, width: bits / 8, read };
}

/**
 * How to read one sample as -1 to 1.
 * @param {DataView} view
 * @param {number} kind 1 PCM, 3 float
 * @param {number} bits
 * @returns {((at: number) => number) | null}
 */
function reader(view, kind, bits) {
  switch (`${kind}:${bits}`) {
    case "1:16":
      return (at) => view.getInt16(at, true) / 32768;
    case "1:24":
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608;
    case "3:32":
      return (at) => view.getFloat32(at, true);
    default:
      return null;
  }
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number} size bytes
 * @param {WavFormat} format
 * @returns {Sound}
 */
function samples(view, at, size, { rate, channels, width, read }) {
  const stride = channels * width;
  const mono = new Int16Array(Math.floor(size / stride));
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += read(at + i * stride + channel * width);
    mono[i] = int16(sum / channels);
  }
  return { samples: mono, rate };
}

/** @param {number} sample -1 to 1, clamped */
function int16(sample) {
  return Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
}

/**
 * @param {ArrayBuffer} bytes
 * @returns {Promise<Sound>}
 */
async function decode(bytes) {
  let buffer;
  try {
    buffer = await new OfflineAudioContext(1, 1, MOST_RATE).decodeAudioData(bytes);
  } catch {
    throw new EarshotError("unreadable");
  }
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  const mono = new Int16Array(buffer.length);
  for (let i = 0; i < mono.length; i++) {
    mono[i] = int16(channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
  }
  return { samples: mono, rate: MOST_RATE };
}
