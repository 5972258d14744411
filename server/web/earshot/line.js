/**
 * The line to the server: one WebSocket at a time, the audio it may have to send again, and its mending.
 *
 *     connect ──▶ open ──start──▶ waiting ──ready──▶ live ──stop──▶ closed
 *                                    ▲                │ broken
 *                                    └──── resume ────┘
 *
 * The server keeps a session whose line broke for a while and says which sample it wants next. Where it can't any
 * more, the conversation goes on in a new session, from the first sample that wasn't acknowledged.
 *
 * It runs in a worker, where neither a busy page nor a hidden tab slows it down.
 */

import { Backlog } from "./backlog.js";

/** Seconds of audio kept while the connection is down or slow. */
const KEPT_S = 30;

/** Milliseconds to wait before each attempt to connect again, the last one repeated. */
const WAITS = [250, 500, 1000, 2000, 4000, 8000];

/** Milliseconds after which a broken line is given up. */
const PATIENCE = 60_000;

/** Milliseconds between two looks at whether more can be sent. */
const TICK = 50;

/** Milliseconds without a message after which a ping says that a pause isn't the end: the server waits 300 s. */
const QUIET = 60_000;

/** Close codes after which another attempt would end the same way (RFC 6455 section 7.4.1). */
const HOPELESS = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010]);

/**
 * What a line reports: the server's messages by their `type`, the library's events (the head of earshot.js lists them),
 * and two that are between it and the page: "opened", the server took the connection, and "closed", a `Closed`.
 * @typedef {(type: string, detail: Record<string, any>) => void} Tell
 * @typedef {{code: number, reason: string, opened: boolean, stopped: boolean, fatal: boolean}} Closed
 */

export class Line {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Record<string, any> | null} */
  #start = null;
  /** @type {Record<string, any> | null} */
  #session = null; // the server's `ready`, while there may be something to resume
  #utterance = 0; // whose final came last
  #ending = false; // whether `stop` was sent
  /** @type {Backlog | null} */
  #backlog = null;
  /** @type {{after: number, text: string}[]} */
  #texts = []; // what waits for the audio before it
  #live = false;
  #opened = false;
  #stopped = false;
  #fatal = false;
  #over = false;
  #origin = 0;
  #attempt = 0;
  #brokenAt = 0;
  #lostBefore = 0;
  #lastSent = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /**
   * @param {{url: string, protocols: string[], trace: boolean}} address
   * @param {Tell} tell
   */
  constructor(address, tell) {
    this.address = address;
    this.tell = tell;
    this.trace = address.trace;
    this.#connect();
  }

  /** @param {Record<string, any>} message the protocol's `start` */
  start(message) {
    this.#start = message;
    this.#backlog = new Backlog(KEPT_S * message.sample_rate);
    this.#ticking = setInterval(() => this.#tick(), TICK);
    this.#begin();
  }

  /** @param {Int16Array} frame */
  hear(frame) {
    const backlog = /** @type {Backlog} */ (this.#backlog);
    this.tell("frame", { at_ms: this.#ms(backlog.end), length_ms: this.#ms(frame.length), ...extent(frame) });
    const before = backlog.lost;
    backlog.push(frame);
    if (this.#live && backlog.lost > before) this.tell("behind", { lost_ms: this.#ms(backlog.lost - before) });
    this.#pump();
  }

  /** Send a message after the audio so far. @param {Record<string, any>} message */
  say(message) {
    this.#texts.push({ after: this.#backlog?.end ?? 0, text: JSON.stringify(message) });
    this.#pump();
  }

  /** @param {number} samples of the capture */
  #ms(samples) {
    return (1000 * samples) / this.#start?.sample_rate;
  }

  #connect() {
    const socket = new WebSocket(this.address.url, this.address.protocols);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => (this.#start ? this.#begin() : this.tell("opened", {}), (this.#opened = true));
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  /** The first message of a connection. */
  #begin() {
    const { session_id, resume_token } = this.#session ?? {};
    const resume = { type: "resume", session_id, resume_token, after_utterance: this.#utterance };
    this.#send(JSON.stringify(this.#session ? resume : this.#start));
  }

  /** The server has forgotten the session. If it was about to end, then it did, and everything is kept. */
  #beginAnew() {
    if (this.#ending) return this.#socket?.close();
    this.#session = null;
    return this.#begin();
  }

  /** @param {string} text */
  #receive(text) {
    const message = JSON.parse(text);
    if (this.trace) this.tell("wire", { received: text });
    const backlog = /** @type {Backlog} */ (this.#backlog);
    if (message.type === "ready") this.#ready(message);
    if (message.type === "ack") backlog.release(this.#origin + message.received_samples);
    if (message.type === "stopped") this.#stopped = true;
    if (message.type === "final") this.#utterance = message.utterance;
    if (message.code === "not_resumable") return this.#beginAnew();
    if (message.type === "error" && message.fatal) this.#fatal = message.code !== "going_away";
    return this.tell(message.type, { ...message, origin_ms: this.#ms(this.#origin) });
  }

  /** @param {Record<string, any>} message */
  #ready(message) {
    const backlog = /** @type {Backlog} */ (this.#backlog);
    const resumed = this.#session !== null;
    backlog.rewind(resumed ? this.#origin + message.received_samples : backlog.first);
    // Not where it was if the backlog's limit made a gap: the session's clock knows nothing of that.
    this.#origin = backlog.first - message.received_samples;
    this.#live = true;
    this.#start = { ...this.#start, conversation_id: message.conversation_id };
    this.#session = message;
    if (!resumed) this.#utterance = 0;
    if (this.#ending) this.#texts.push({ after: backlog.end, text: '{"type":"stop"}' });
    if (this.#brokenAt) this.tell("mended", { lost_ms: this.#ms(backlog.lost - this.#lostBefore), resumed });
    this.#brokenAt = this.#attempt = 0;
    this.#pump();
  }

  #tick() {
    this.#pump();
    if (this.#live && Date.now() - this.#lastSent > QUIET) this.#send('{"type":"ping"}');
  }

  /** Send what there is, but leave no more than a second of it to the browser, where nothing can be taken back. */
  #pump() {
    if (!this.#live || !this.#socket || !this.#backlog) return;
    const second = 2 * this.#start?.sample_rate;
    while (this.#socket.bufferedAmount < second) {
      while (this.#texts.length && this.#texts[0].after <= this.#backlog.sent) {
        const { text } = /** @type {{text: string}} */ (this.#texts.shift());
        this.#ending ||= text.includes('"stop"');
        this.#send(text);
      }
      const frame = this.#backlog.next();
      if (!frame) return;
      this.#send(frame);
    }
  }

  /** @param {string | Int16Array<any>} data */
  #send(data) {
    this.#socket?.send(data);
    this.#lastSent = Date.now();
    if (this.trace) this.tell("wire", typeof data === "string" ? { sent: data } : { audio: data.byteLength });
  }

  /** @param {number} code @param {string} reason */
  #closed(code, reason) {
    this.#live = false;
    this.#socket = null;
    const hopeless = this.#stopped || this.#fatal || !this.#start || HOPELESS.has(code);
    if (hopeless || (this.#brokenAt && Date.now() - this.#brokenAt > PATIENCE)) return this.#end(code, reason);
    if (!this.#brokenAt) {
      this.#brokenAt = Date.now();
      this.#lostBefore = this.#backlog?.lost ?? 0;
    }
    const wait = WAITS[Math.min(this.#attempt++, WAITS.length - 1)];
    this.tell("broken", { wait });
    setTimeout(() => this.#over || this.#connect(), wait);
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#ticking);
    this.tell("closed", { code, reason, opened: this.#opened, stopped: this.#stopped, fatal: this.#fatal });
  }
}

/** @param {Int16Array} frame */
function extent(frame) {
  let [low, high, power] = [32767, -32768, 0];
  for (const sample of frame) {
    if (sample < low) low = sample;
    if (sample > high) high = sample;
    power += sample * sample;
  }
  return { low: low / 32768, high: high / 32768, power: power / frame.length / 32768 ** 2 };
}
