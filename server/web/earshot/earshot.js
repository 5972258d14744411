/**
 * Earshot in a page of your own: copy this folder and
 *
 *     import { Earshot } from "./earshot/earshot.js";
 *     const earshot = new Earshot({ url: "ws://localhost:2700/v1/stream" });
 *     earshot.addEventListener("final", ({ detail }) => console.log(detail.text, detail.voice.pitch_hz));
 *     button.onclick = () => earshot.start("microphone");
 *
 * Events carry the server's messages, by their `type`, in `detail` ("ready", "voice", "partial", "final", "warning",
 * "error", "message_saved", "feedback_saved", "stopped" …), with `origin_ms`: add it to a message's times to get
 * the time on the capture's clock, which goes on where a broken connection began a new session. And these:
 *
 * - "state": `{state}`, one of the `State`s below
 * - "frame": `{at_ms, length_ms, low, high, power}`, what was captured, about fifty a second
 * - "broken": `{wait}`, the connection is down, audio is kept, and it is mended by itself
 * - "mended": `{lost_ms}`, it goes on as a new session of the same conversation; `lost_ms` could not be kept
 * - "behind": `{lost_ms}`, the connection was too slow for too long, and audio was given up
 * - "trouble": `{error}`, an EarshotError that ended the session
 */

import { Microphone, ask } from "./microphone.js";
import { readSound } from "./sound-file.js";
import { EarshotError } from "./trouble.js";

export { microphones } from "./microphone.js";
export { EarshotError } from "./trouble.js";

/** @typedef {"idle" | "connecting" | "listening" | "paused" | "stopping"} State */

/**
 * What a session asks for; docs/protocol.md has all of it. The sample rate is filled in.
 * @typedef {Record<string, any>} Wishes
 */

/** Milliseconds for the server to confirm the end. */
const STOP_MS = 10_000;

export class Earshot extends EventTarget {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Microphone | null} */
  #microphone = null;
  /** @type {State} */
  #state = "idle";
  #rate = 0;
  #epoch = Infinity; // milliseconds of performance.now() at the capture's first sample, as far as is known
  /** @type {{resolve: (value: any) => void, reject: (error: EarshotError) => void} | null} */
  #waiting = null; // for the server to let us in, then for `ready`
  /** @type {(() => void) | null} */
  #done = null;

  /**
   * @param {object} address
   * @param {string} address.url of the voice port: ws://host:2700/v1/stream
   * @param {string | null} [address.token] where the server asks for one
   */
  constructor({ url, token = null }) {
    super();
    this.url = url;
    this.token = token;
    /** Samples that the browser did not deliver in the last capture. */
    this.gaps = 0;
  }

  get state() {
    return this.#state;
  }

  /** What the browser says the microphone does: its rate, whether it processes. */
  get settings() {
    return this.#microphone?.settings ?? {};
  }

  /**
   * Begin a session. Call it in a click or key press. Throws EarshotError.
   * @param {"microphone" | MediaStream | Blob} source
   * @param {Wishes} [wishes] of the protocol's `start`
   * @param {import("./microphone.js").MicrophoneWishes} [capture]
   * @returns {Promise<Record<string, any>>} the server's `ready`
   */
  async start(source, wishes = {}, capture = {}) {
    if (this.#state !== "idle") throw new Error(`start in state ${this.#state}`);
    this.#enter("connecting");
    try {
      const live = source === "microphone" || source instanceof MediaStream;
      const ready = live ? this.#startMicrophone(source, wishes, capture) : this.#startFile(source, wishes);
      const message = await ready;
      this.#enter("listening");
      return message;
    } catch (error) {
      this.#clear();
      throw error;
    }
  }

  /** Send nothing more for now; what was said until here becomes a final at once. */
  pause() {
    if (this.#state !== "listening") return;
    this.#hold(true);
    this.#enter("paused");
  }

  resume() {
    if (this.#state !== "paused") return;
    this.#epoch = Infinity;
    this.#hold(false);
    this.#enter("listening");
  }

  /** End the open utterance now; its final follows. */
  finalize() {
    this.#tell({ say: { type: "finalize" } });
  }

  /**
   * Add a message of another speaker to the conversation, for example an assistant's reply.
   * @param {{role: "user" | "assistant" | "system", content: string} & Record<string, any>} message
   */
  sendMessage(message) {
    this.#tell({ say: { ...message, type: "message" } });
  }

  /** @param {number} messageId @param {number} rating 1 to 5 */
  feedback(messageId, rating) {
    this.#tell({ say: { type: "feedback", message_id: messageId, rating } });
  }

  /** End the session. Resolves when the server has confirmed that everything is kept, or can't any more. */
  async stop() {
    if (this.#state === "connecting") return this.#fail(new EarshotError("closed"));
    if (this.#state !== "listening" && this.#state !== "paused") return undefined;
    this.#enter("stopping");
    const done = new Promise((resolve) => (this.#done = () => resolve(undefined)));
    const late = setTimeout(() => this.#fail(new EarshotError("no_answer")), STOP_MS);
    if (this.#microphone) this.#microphone.end();
    else this.#tell({ stop: true });
    await done;
    return clearTimeout(late);
  }

  /**
   * When something on the capture's clock was said, on the clock of `performance.now()`.
   * @param {number} ms
   */
  moment(ms) {
    return this.#epoch + ms;
  }

  // ---------------------------------------------------------------- beginning

  /** @param {"microphone" | MediaStream} source @param {Wishes} wishes @param {object} capture */
  async #startMicrophone(source, wishes, capture) {
    const microphone = new Microphone();
    this.#microphone = microphone;
    const channel = new MessageChannel();
    await Promise.all([this.#connect(), microphone.prepare(channel.port1)]);
    this.#tell({ from: channel.port2 }, [channel.port2]);
    // Asked before the session begins: a refused microphone leaves no empty conversation behind.
    const stream = source === "microphone" ? await ask(capture) : source;
    const ready = this.#microphone === microphone && this.#open(microphone.rate, wishes);
    microphone.connect(stream, () => this.#lose());
    if (ready) return ready;
    microphone.close();
    throw new EarshotError("closed"); // stopped while the browser was asking
  }

  /** @param {Blob} file @param {Wishes} wishes */
  async #startFile(file, wishes) {
    const [sound] = await Promise.all([readSound(file), this.#connect()]);
    const ready = await this.#open(sound.rate, wishes);
    this.#tell({ sound }, [sound.samples.buffer]);
    return ready;
  }

  /** Resolves when the server takes the connection. */
  #connect() {
    const protocols = this.token ? ["earshot", `earshot.token.${this.token}`] : ["earshot"];
    this.#worker = new Worker(new URL("socket-worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = () => this.#fail(new EarshotError("unreachable")); // its script comes from there, too
    this.#tell({ open: { url: this.url, protocols } });
    return this.#wait();
  }

  /** Resolves with the server's `ready`. @param {number} rate @param {Wishes} wishes */
  #open(rate, wishes) {
    this.#rate = rate;
    this.#epoch = Infinity;
    this.#tell({ start: { ...wishes, type: "start", sample_rate: rate } });
    return this.#wait();
  }

  /** @returns {Promise<any>} */
  #wait() {
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  // ---------------------------------------------------------------- what the worker reports

  /** @param {import("./line.js").Report & {end?: {gaps: number}}} report */
  #hear({ opened, message, origin = 0, frame, broken, mended, behind, end, closed }) {
    if (opened) this.#waiting?.resolve(undefined);
    if (message) this.#message(message, this.#ms(origin));
    if (frame) this.#frame(frame);
    if (broken) this.#say("broken", broken);
    if (mended) this.#say("mended", { lost_ms: this.#ms(mended.lost) });
    if (behind) this.#say("behind", { lost_ms: this.#ms(behind.lost) });
    if (end) this.#ended(end);
    if (closed) this.#closed(closed);
  }

  /** @param {Record<string, any>} message @param {number} origin_ms */
  #message(message, origin_ms) {
    if (message.type === "ready") this.#waiting?.resolve(message);
    this.#say(message.type, { ...message, origin_ms });
  }

  /** @param {{at: number, length: number, low: number, high: number, power: number}} frame */
  #frame({ at, length, ...extent }) {
    const [at_ms, length_ms] = [this.#ms(at), this.#ms(length)];
    this.#epoch = Math.min(this.#epoch, performance.now() - at_ms - length_ms);
    this.#say("frame", { at_ms, length_ms, ...extent });
  }

  /** @param {{gaps: number}} end a recording ends by itself */
  #ended({ gaps }) {
    this.gaps = gaps;
    if (this.#state === "listening") this.#enter("stopping");
  }

  /** @param {{code: number, reason: string, opened: boolean, stopped: boolean, fatal: boolean}} closed */
  #closed({ code, reason, opened, stopped, fatal }) {
    if (stopped && code === 1000) return this.#clear();
    if (!opened) return this.#fail(new EarshotError("unreachable"));
    return this.#fail(code === 1006 && !fatal ? new EarshotError("lost") : new EarshotError("closed", reason));
  }

  // ---------------------------------------------------------------- ending

  /** The device went away: what was said until then still gets its final. */
  #lose() {
    this.#say("trouble", { error: new EarshotError("device_lost") });
    this.stop();
  }

  /** @param {EarshotError} error */
  #fail(error) {
    const waiting = this.#waiting;
    const starting = this.#state === "connecting";
    this.#clear();
    if (starting) waiting?.reject(error);
    else this.#say("trouble", { error });
  }

  #clear() {
    this.#microphone?.close();
    this.#worker?.terminate();
    this.#microphone = this.#worker = this.#waiting = null;
    this.#enter("idle");
    this.#done?.();
    this.#done = null;
  }

  /** @param {boolean} hold */
  #hold(hold) {
    if (this.#microphone) this.#microphone.open = !hold;
    else this.#tell({ pause: hold });
  }

  /** @param {Record<string, any>} message @param {Transferable[]} [transfer] */
  #tell(message, transfer = []) {
    this.#worker?.postMessage(message, transfer);
  }

  /** @param {number} samples */
  #ms(samples) {
    return this.#rate ? (1000 * samples) / this.#rate : 0;
  }

  /** @param {State} state */
  #enter(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#say("state", { state });
  }

  /** @param {string} type @param {Record<string, any>} detail */
  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
