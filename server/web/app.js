/** Puts the page together. */

import { alarm, calm, failed, notice } from "./alerts.js";
import { ask, token } from "./api.js";
import { stayAwake } from "./awake.js";
import { conversationsPanel, when } from "./conversations.js";
import { button, byId, listen } from "./dom.js";
import { Earshot, EarshotError } from "./earshot/earshot.js";
import { erase } from "./erase.js";
import { exportPanel } from "./exports.js";
import { useKeys } from "./keys.js";
import { levelMeter } from "./level.js";
import { livePanel } from "./live.js";
import { explained, meet } from "./meeting.js";
import { memoriesPanel } from "./memories.js";
import { protocolDrawer } from "./protocol.js";
import { count } from "./statistics.js";
import { settings, talkPanel } from "./talk.js";
import { clearTranscript, showMessages, transcriptPanel, utterances } from "./transcript.js";

const BROKEN =
  "The connection to the server broke. Up to 30 s of what you say is kept here and sent when it is back.";

let conversation; // id of the one that Start goes on with
let recorded = false; // whether the running session keeps sound
let torn = false; // whether it had to begin anew

const server = await meet();
const earshot = new Earshot({ url: server.url, token: token() });
const acts = { rate, forget };
const kept = conversationsPanel({ open, gone: (id) => id === conversation && leave() });

/** For tests and the curious: what the strip shows. */
export const live = livePanel(earshot);
export { earshot };

talkPanel(earshot, server, { toggle, pause, anew, play });
levelMeter(earshot);
transcriptPanel(earshot, { acts, recorded: () => recorded });
memoriesPanel();
stayAwake(earshot);
protocolDrawer(earshot);
exportPanel();
useTheme();
useKeys([
  { key: " ", shown: "Space", does: "start or stop", act: toggle },
  { key: "p", does: "pause or go on", act: pause },
  { key: "n", does: "new conversation", act: anew },
  { key: "j", does: "to the next utterance", act: () => step(1) },
  { key: "k", does: "to the one before", act: () => step(-1) },
  { key: "enter", shown: "Enter", does: "play it", act: () => chosen()?.querySelector(".play")?.click() },
  { key: "1|2|3|4|5", shown: "1 … 5", does: "rate it", act: (key) => star(key) },
  { key: "delete", shown: "Delete", does: "erase it", act: () => chosen()?.querySelector(".erase")?.click() },
  { key: "e", does: "prepare an export", act: () => byId("prepare").click() },
]);
listen(earshot, {
  trouble: ({ error }) => complain(error),
  warning: ({ code, message }) => notice(`warning-${code}`, message),
  error: ({ code, message, fatal }) => fatal || alarm(code, message),
  broken: () => alarm("broken", BROKEN),
  mended({ resumed }) {
    calm("broken");
    torn ||= !resumed;
  },
  behind: () => alarm("behind", new EarshotError("too_slow").message),
  state: ({ state }) => state === "idle" && settled(),
});
kept.refresh().then(count);
document.documentElement.dataset.ready = "";

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
  leave();
  if (earshot.state === "idle") begin("microphone");
}

async function play(file) {
  await earshot.stop();
  begin(file);
}

// ---------------------------------------------------------------- what is kept

/** Show an old conversation; Start goes on with it. @param {Record<string, any>} one */
async function open({ id, started_at }) {
  await earshot.stop();
  leave();
  conversation = id;
  kept.mark(id);
  await catchUp();
  byId("opened").textContent = `Of ${when(started_at)}. Start goes on with it, “New conversation” begins another.`;
  byId("transcript").scrollIntoView({ block: "nearest" });
}

/** Show what is kept of the conversation and isn't on screen. */
async function catchUp() {
  try {
    for (let after = 0; after !== null; ) {
      const { items, next } = await ask(`/api/conversations/${conversation}/messages?limit=500&after=${after}`);
      showMessages(items, acts);
      after = next;
    }
  } catch (error) {
    failed("The conversation can't be shown", error);
  }
}

/** The next words begin a conversation of their own. */
function leave() {
  conversation = undefined;
  clearTranscript();
  kept.mark();
  byId("opened").textContent = "";
}

/** @returns {Promise<string>} what came of it */
async function rate(messageId, rating) {
  const saving = ask(`/api/messages/${messageId}/feedback`, { method: "POST", body: { rating } });
  return saving.then(() => "saved", ({ message }) => `not saved: ${message}`);
}

function forget(messageId, shown) {
  erase("The message", `/api/messages/${messageId}`, shown, kept.refresh);
}

/** The utterance that the keyboard is at. @returns {HTMLElement | null} */
function chosen() {
  return document.activeElement?.closest(".said") ?? null;
}

function step(by) {
  const all = utterances();
  const at = all.indexOf(chosen());
  all.at(at < 0 ? -1 : Math.max(0, Math.min(all.length - 1, at + by)))?.focus();
}

function star(rating) {
  chosen()?.querySelector(`input[value="${rating}"]`)?.click();
}

async function begin(source) {
  calm();
  const { wishes, capture } = settings();
  const metadata = { source: source === "microphone" ? "microphone" : source.name, processing: capture.processing };
  const asked = { ...wishes, metadata, conversation_id: conversation, platform: "web", voice_events: true, words: true };
  try {
    recorded = wishes.record;
    conversation = (await earshot.start(source, asked, capture)).conversation_id;
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    complain(await explained(error));
  }
}

function complain({ code, message }) {
  if (code === "cancelled") return;
  const again = button("Try again", () => begin("microphone"));
  alarm(code, message, ...(code === "insecure" || code === "unreadable" ? [] : [again]));
}

/** A session is over: what it left is listed and counted. */
function settled() {
  if (earshot.gaps) notice("gaps", `The browser skipped ${earshot.gaps} samples: this machine is too busy.`);
  if (torn) catchUp(); // what was being said when the connection broke became a final that nobody received
  torn = false;
  kept.mark(conversation);
  kept.refresh().then(count);
}

function useTheme() {
  const picker = byId("theme");
  const apply = () => {
    document.documentElement.dataset.theme = picker.value;
    live.strip.fit();
  };
  picker.value = localStorage.getItem("earshot.theme") ?? "";
  picker.onchange = () => (localStorage.setItem("earshot.theme", picker.value), apply());
  matchMedia("(prefers-color-scheme: dark)").onchange = apply;
  apply();
}
