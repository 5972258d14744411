/** The microphone: its audio graph, its permission, its loss. */

import { EarshotError, microphoneTrouble } from "./trouble.js";

/**
 * @typedef {object} MicrophoneWishes
 * @property {string} [deviceId] one of `microphones()`; the default device unless given
 * @property {boolean} [processing] let the browser cancel echo and noise and level the gain. Off unless asked for:
 *   together they move the level by more than 10 dB, and with it every figure about the voice.
 */

/** List the microphones; their names are empty until the microphone was allowed once. */
export async function microphones() {
  if (!navigator.mediaDevices) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "audioinput");
}

/**
 * One capture. The order matters: `prepare` builds the graph first, and only then `ask` opens the microphone for
 * `connect`: its first words find someone to hear them.
 */
export class Microphone {
  /** @type {MediaStreamTrack[]} */
  #tracks = [];

  /** Begin in a click or key press: browsers keep an audio context silent otherwise. */
  constructor() {
    if (!navigator.mediaDevices) throw new EarshotError("insecure");
    // Never a rate of our choice: Firefox refuses a context whose rate isn't the microphone's (bug 1674892).
    this.context = new AudioContext({ latencyHint: "interactive" });
    /** @type {AudioWorkletNode | null} */
    this.node = null;
  }

  /** Hertz, of the audio that is sent: the worklet keeps every second sample of a 96 kHz device. */
  get rate() {
    return this.context.sampleRate / Math.ceil(this.context.sampleRate / 48_000);
  }

  /** Throws EarshotError. @param {MessagePort} to where the frames go */
  async prepare(to) {
    const script = new URL("capture-worklet.js", import.meta.url);
    await this.context.audioWorklet.addModule(script).catch(() => {
      throw new EarshotError("unreachable");
    });
    await this.context.resume();
    this.node = new AudioWorkletNode(this.context, "earshot-capture", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.node.port.postMessage({ to }, [to]);
  }

  /**
   * Let a stream be heard. It is ours from here on: `close` ends it.
   * @param {MediaStream} stream
   * @param {() => void} lost called when the device goes away
   */
  connect(stream, lost) {
    this.#tracks = stream.getAudioTracks();
    for (const track of this.#tracks) track.onended = lost;
    this.context.createMediaStreamSource(stream).connect(/** @type {AudioNode} */ (this.node));
  }

  /** @param {boolean} open false: what is said goes nowhere */
  set open(open) {
    this.node?.port.postMessage({ open });
    for (const track of this.#tracks) track.enabled = open;
  }

  /** Hand over what is left; the end follows the last frame through the same port. */
  end() {
    this.node?.port.postMessage({ end: true });
  }

  close() {
    for (const track of this.#tracks) {
      track.onended = null;
      track.stop();
    }
    this.node?.disconnect();
    if (this.context.state !== "closed") this.context.close();
  }
}

/**
 * Ask for the microphone. Throws EarshotError.
 * @param {MicrophoneWishes} wishes
 * @returns {Promise<MediaStream>}
 */
export async function ask({ deviceId, processing = false }) {
  const audio = {
    deviceId: deviceId ? { exact: deviceId } : undefined,
    channelCount: { ideal: 1 },
    echoCancellation: processing,
    noiseSuppression: processing,
    autoGainControl: processing,
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    if (/** @type {DOMException} */ (error).name === "OverconstrainedError" && deviceId) return ask({ processing });
    throw await microphoneTrouble(/** @type {DOMException} */ (error));
  }
}
