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
 * - "mended": `{lost_ms, resumed}`, it goes on; `lost_ms` could not be kept. If not `resumed`, then as a new session
 *   of the same conversation, which hears again what the old one did not acknowledge
 * - "behind": `{lost_ms}`, the connection was too slow for too long, and audio was given up
 * - "wire": `{sent}`, `{received}`, the text of a message, or `{audio}`, bytes that were sent; only where `trace` is on
 * - "trouble": `{error}`, an EarshotError that ended the session
 */

import { Microphone, ask, microphones } from "./microphone.js";
import { readSound } from "./sound-file.js";
import { EarshotError, whyClosed } from "./trouble.js";

export { EarshotError, microphones };

/** @typedef {"idle" | "connecting" | "listening" | "paused" | "stopping"} State */
/** @typedef {Record<string, any>} Wishes what the protocol's `start` may ask for; the sample rate is filled in */

/** Milliseconds for the server to confirm the end. */
const STOP_MS = 10_000;

export class Earshot extends EventTarget {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Microphone | null} */
  #microphone = null;
  /** @type {State} */
  #state = "idle";
  #trace = false;
  #epoch = Infinity; // of performance.now() at the capture's first sample, as far as is known
  #step = (/** @type {any} */ _) => {}; // resolves what `start` waits for: a connection, then `ready`
  #abort = (/** @type {EarshotError} */ _) => {}; // rejects it
  #done = () => {}; // resolves what `stop` waits for

  /**
   * @param {object} address
   * @param {string} address.url of the voice port: ws://localhost:2700/v1/stream
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

  /** Whether "wire" events tell of every message; off, they cost nothing. */
  get trace() {
    return this.#trace;
  }

  set trace(on) {
    this.#trace = on;
    this.#tell({ trace: on });
  }

  /**
   * Begin a session. Call it in a click or key press. Throws EarshotError.
   * @param {"microphone" | MediaStream | Blob} source
   * @param {Wishes} [wishes]
   * @param {import("./microphone.js").MicrophoneWishes} [capture]
   * @returns {Promise<Record<string, any>>} the server's `ready`
   */
  async start(source, wishes = {}, capture = {}) {
    if (this.#state !== "idle") throw new Error(`start in state ${this.#state}`);
    this.#enter("connecting");
    const aborted = new Promise((_, reject) => (this.#abort = reject));
    try {
      const file = source instanceof Blob;
      const begun = file ? this.#play(source, wishes) : this.#capture(source, wishes, capture);
      const ready = await Promise.race([begun, aborted]);
      this.#enter("listening");
      return ready;
    } catch (error) {
      this.#clear();
      throw error;
    }
  }

  /** Send nothing more for now; what was said until here becomes a final at once. */
  pause() {
    if (this.#state !== "listening") return;
    this.#hold(true, "paused");
  }

  resume() {
    if (this.#state !== "paused") return;
    this.#epoch = Infinity;
    this.#hold(false, "listening");
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
    if (this.#state === "connecting") return this.#abort(new EarshotError("cancelled"));
    if (this.#state === "idle") return undefined;
    const done = new Promise((resolve) => (this.#done = () => resolve(undefined)));
    if (this.#state !== "stopping") this.#end();
    const late = setTimeout(() => this.#fail(new EarshotError("no_answer")), STOP_MS);
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

  /** @param {"microphone" | MediaStream} source @param {Wishes} wishes @param {object} capture */
  async #capture(source, wishes, capture) {
    const microphone = (this.#microphone = new Microphone());
    const channel = new MessageChannel();
    await Promise.all([this.#connect(), microphone.prepare(channel.port1)]);
    this.#tell({ from: channel.port2 }, [channel.port2]);
    // Asked before the session begins: a refused microphone leaves no empty conversation behind.
    const stream = source === "microphone" ? await ask(capture) : source;
    if (this.#microphone !== microphone) return stream.getTracks().forEach((track) => track.stop()); // given up meanwhile
    const { sampleRate, echoCancellation, noiseSuppression, autoGainControl } = stream.getAudioTracks()[0].getSettings();
    const really = { sampleRate, echoCancellation, noiseSuppression, autoGainControl }; // whatever was asked for
    const ready = this.#open(microphone.rate, { ...wishes, metadata: { ...wishes.metadata, microphone: really } });
    microphone.connect(stream, () => this.#lose());
    return ready;
  }

  /** @param {Blob} file @param {Wishes} wishes */
  async #play(file, wishes) {
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
    this.#tell({ open: { url: this.url, protocols, trace: this.#trace } });
    return this.#next();
  }

  /** Resolves with the server's `ready`. @param {number} rate @param {Wishes} wishes */
  #open(rate, wishes) {
    this.#epoch = Infinity;
    this.#tell({ start: { ...wishes, type: "start", sample_rate: rate } });
    return this.#next();
  }

  /** @returns {Promise<any>} */
  #next() {
    return new Promise((resolve) => (this.#step = resolve));
  }

  /** @param {[type: string, detail: any]} report of the worker */
  #hear([type, detail]) {
    switch (type) {
      case "opened":
        return this.#step(detail);
      case "end": // of what was captured; a recording ends by itself
        this.gaps = detail.gaps;
        return this.#state === "listening" && this.#enter("stopping");
      case "closed":
        return detail.stopped && detail.code === 1000 ? this.#clear() : this.#fail(whyClosed(detail));
      case "error": // of the wishes, when it comes before `ready`
        if (this.#state === "connecting") return this.#abort(new EarshotError("declined", detail.message));
        break;
      case "frame":
        this.#epoch = Math.min(this.#epoch, performance.now() - detail.at_ms - detail.length_ms);
    }
    this.#say(type, detail);
    return type === "ready" && this.#step(detail);
  }

  /** The device went away: what was said until then still gets its final. */
  #lose() {
    this.#say("trouble", { error: new EarshotError("device_lost") });
    this.stop();
  }

  /** @param {EarshotError} error */
  #fail(error) {
    if (this.#state === "connecting") return this.#abort(error);
    this.#clear();
    return this.#say("trouble", { error });
  }

  #clear() {
    this.#microphone?.close();
    this.#worker?.terminate();
    this.#microphone = this.#worker = null;
    this.#enter("idle");
    this.#done();
  }

  #end() {
    if (this.#microphone) this.#microphone.end();
    else this.#tell({ stop: true });
    this.#enter("stopping");
  }

  /** @param {boolean} hold @param {State} state */
  #hold(hold, state) {
    if (this.#microphone) this.#microphone.open = !hold;
    else this.#tell({ pause: hold });
    this.#enter(state);
  }

  /** @param {Record<string, any>} message @param {Transferable[]} [transfer] */
  #tell(message, transfer = []) {
    this.#worker?.postMessage(message, transfer);
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
