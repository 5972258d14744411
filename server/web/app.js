/** Puts the page together. */

import { alarm, calm, notice } from "./alerts.js";
import { ask, token, useToken } from "./api.js";
import { byId, make } from "./dom.js";
import { Earshot, EarshotError } from "./earshot/earshot.js";
import { useKeys } from "./keys.js";
import { levelMeter } from "./level.js";
import { livePanel } from "./live.js";
import { settings, talkPanel } from "./talk.js";
import { clearTranscript, latencies, transcriptPanel } from "./transcript.js";

/** @type {number | undefined} */
let conversation; // the one that Start goes on with

const server = await meet();
const earshot = new Earshot({ url: voiceUrl(server), token: token() });

talkPanel(earshot, server, { toggle, pause, anew, play });
levelMeter(earshot);
transcriptPanel(earshot, { rate: (id, rating) => earshot.feedback(id, rating), shown: writeStatistics });
useTheme();
useKeys([
  { key: " ", shown: "Space", does: "start or stop", act: toggle },
  { key: "p", does: "pause or go on", act: pause },
  { key: "n", does: "new conversation", act: anew },
]);
watch();

/** For tests and the curious: what the strip shows. */
export const live = livePanel(earshot);
export { earshot, latencies };
document.documentElement.dataset.ready = "";

// ---------------------------------------------------------------- the server

/** Learn who serves us, however long that takes. @returns {Promise<Record<string, any>>} */
async function meet() {
  for (;;) {
    try {
      const found = await ask("/api/server");
      calm();
      describe(found);
      return found;
    } catch (error) {
      await askAgain(/** @type {import("./api.js").ApiError} */ (error));
    }
  }
}

/** @param {import("./api.js").ApiError} error @returns {Promise<void>} resolves when it is worth another try */
function askAgain(error) {
  byId("server").textContent = "No server";
  if (error.status === 401) return askToken(error.message);
  return new Promise((resolve) => {
    const again = make("button", { type: "button", onclick: () => resolve() }, "Try again");
    const words = error.status ? `The server refuses this page: ${error.message}` : new EarshotError("unreachable").message;
    alarm("server", words, again);
  });
}

/** @param {string} why @returns {Promise<void>} */
function askToken(why) {
  return new Promise((resolve) => {
    const field = make("input", { type: "password", autocomplete: "off", required: true });
    const form = make("form", { className: "row" }, make("label", {}, "Token ", field), make("button", {}, "Use it"));
    form.onsubmit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      useToken(field.value.trim());
      resolve();
    };
    const refused = token() ? `That token was refused: ${why}.` : new EarshotError("unauthorised").message;
    alarm("token", `${refused} Its operator has it.`, form);
  });
}

/** @param {Record<string, any>} server */
function describe({ recognizer }) {
  const { engine, model, language, demo, note } = recognizer;
  byId("server").textContent = `Server ready · ${engine} · model ${model} · ${language}`;
  byId("demo").hidden = !(demo && note);
  byId("demo").textContent = note ?? "";
}

/** @param {Record<string, any>} server */
function voiceUrl({ voice_port, tls }) {
  return `${tls ? "wss" : "ws"}://${location.hostname}:${voice_port}/v1/stream`;
}

// ---------------------------------------------------------------- acts

function toggle() {
  if (earshot.state === "idle") begin("microphone");
  else earshot.stop();
}

function pause() {
  if (earshot.state === "paused") earshot.resume();
  else earshot.pause();
}

async function anew() {
  await earshot.stop();
  conversation = undefined;
  clearTranscript();
  if (earshot.state === "idle") begin("microphone");
}

/** @param {File} file */
async function play(file) {
  await earshot.stop();
  begin(file);
}

/** @param {"microphone" | File} source */
async function begin(source) {
  calm();
  const { wishes, capture } = settings();
  const metadata = { source: source === "microphone" ? "microphone" : source.name, processing: capture.processing };
  const asked = { ...wishes, metadata, conversation_id: conversation, platform: "web", voice_events: true, words: true };
  try {
    conversation = (await earshot.start(source, asked, capture)).conversation_id;
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    complain(await explained(error));
  }
}

/** A browser doesn't say why a socket was refused; the HTTP port knows whether the server is there at all. */
async function explained(/** @type {EarshotError} */ error) {
  if (error.code !== "unreachable") return error;
  const there = await ask("/api/server").then(() => true, () => false);
  return there ? new EarshotError("refused") : error;
}

/** @param {EarshotError} error */
function complain({ code, message }) {
  if (code === "closed" && earshot.state === "idle" && message === new EarshotError("closed").message) return; // by us
  const again = make("button", { type: "button", onclick: () => begin("microphone") }, "Try again");
  alarm(code, message, ...(code === "insecure" || code === "unreadable" ? [] : [again]));
}

function watch() {
  const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ act) =>
    earshot.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail));
  on("trouble", ({ error }) => complain(error));
  on("warning", ({ code, message }) => notice(`warning-${code}`, message));
  on("error", ({ code, message, fatal }) => fatal || alarm(code, message));
  on("broken", () => alarm("broken", "The connection to the server broke. Up to 30 s of what you say is kept here and sent when it is back."));
  on("mended", () => calm("broken"));
  on("behind", () => alarm("behind", new EarshotError("too_slow").message));
  on("state", writeStatistics);
}

function writeStatistics() {
  const middle = (/** @type {number[]} */ list) => [...list].sort((a, b) => a - b)[list.length >> 1];
  const parts = [];
  if (latencies.partial.length) parts.push(`first words on screen ${middle(latencies.partial).toFixed(0)} ms after speech begins`);
  if (latencies.final.length) parts.push(`finals ${(middle(latencies.final) / 1000).toFixed(2)} s after the last word`);
  if (earshot.gaps) parts.push(`the browser skipped ${earshot.gaps} samples`);
  byId("stats").textContent = parts.length ? `${parts.join(" · ")}.` : "Nothing leaves this server.";
}

function useTheme() {
  const picker = /** @type {HTMLSelectElement} */ (byId("theme"));
  const apply = () => {
    document.documentElement.dataset.theme = picker.value;
    live?.strip.fit();
  };
  picker.value = localStorage.getItem("earshot.theme") ?? "";
  document.documentElement.dataset.theme = picker.value;
  picker.onchange = () => (localStorage.setItem("earshot.theme", picker.value), apply());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}
