/** Starting, pausing, ending: the microphone's panel. */

import { byId, listen } from "./dom.js";
import { microphones } from "./earshot/earshot.js";
import { clock } from "./wording.js";

const REMEMBERED = "earshot.settings";

/** What is remembered from visit to visit, by the id of its control. */
const SETTINGS = ["device", "user", "language", "phrases", "silence", "record", "training", "processing"];

/** What the person set. */
export function settings() {
  const value = (id) => byId(id).value.trim();
  const checked = (id) => byId(id).checked;
  const silence = Number(value("silence"));
  return {
    wishes: {
      user_id: value("user") || undefined,
      language: value("language") || undefined,
      phrases: value("phrases").split(/\s*\n\s*/).filter(Boolean),
      silence_ms: silence >= 200 && silence <= 5000 ? Math.round(silence) : undefined,
      record: checked("record"),
      training: checked("training"),
    },
    capture: { deviceId: value("device") || undefined, processing: checked("processing") },
  };
}

/**
 * @param {import("./earshot/earshot.js").Earshot} earshot
 * @param {{silence_ms: number, record: boolean}} server its defaults
 * @param {{toggle: () => void, pause: () => void, anew: () => void, play: (file: File) => void}} acts
 */
export function talkPanel(earshot, server, acts) {
  byId("silence").value = String(server.silence_ms);
  byId("record").checked = server.record;
  recall();
  for (const id of SETTINGS) byId(id).addEventListener("change", remember);
  byId("record").addEventListener("change", consent);
  consent();
  byId("start").onclick = acts.toggle;
  byId("pause").onclick = acts.pause;
  byId("new").onclick = acts.anew;
  takeFiles(acts.play);
  listDevices();
  navigator.mediaDevices?.addEventListener("devicechange", listDevices);
  let written = "";
  listen(earshot, {
    state: ({ state }) => show(state),
    ready: listDevices, // by now their names may be known
    frame({ at_ms }) {
      const time = clock(at_ms);
      if (time !== written) byId("clock").textContent = written = time;
    },
  });
}

const STATES = {
  idle: "Not listening",
  connecting: "Connecting … allow the microphone if the browser asks",
  listening: "Listening",
  paused: "Paused: nothing is heard",
  stopping: "Finishing …",
};

function show(state) {
  byId("state").textContent = STATES[state];
  const [start, pause] = [byId("start"), byId("pause")];
  start.textContent = state === "idle" ? "Start" : "Stop";
  start.disabled = state === "stopping";
  pause.textContent = state === "paused" ? "Go on" : "Pause";
  pause.disabled = state !== "listening" && state !== "paused";
}

/** Keep the picker in step with what is plugged in; a chosen device that is gone stays chosen and comes back. */
async function listDevices() {
  const picker = byId("device");
  const wanted = picker.value || recalled().device || "";
  const found = (await microphones()).filter(({ deviceId }) => deviceId && deviceId !== "default");
  const options = found.map(({ label, deviceId }, i) => new Option(label || `Microphone ${i + 1}`, deviceId));
  if (wanted && !found.some(({ deviceId }) => deviceId === wanted)) {
    options.push(new Option("Chosen microphone (not plugged in)", wanted));
  }
  picker.replaceChildren(new Option("Default microphone", ""), ...options);
  picker.value = wanted;
}

function takeFiles(play) {
  const input = byId("file");
  input.onchange = () => {
    if (input.files?.[0]) play(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  };
  const page = document.documentElement;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    page.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || page.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    page.classList.remove("dropping");
    if (event.dataTransfer?.files[0]) play(event.dataTransfer.files[0]);
  });
}

function consent() {
  const sound = byId("record").checked;
  const what = sound ? "what you say, its sound" : "what you say, but not its sound";
  byId("consent").textContent = `Kept on this server until you erase it: ${what}, and the figures about your voice.`;
}

/** @returns {Record<string, any>} */
function recalled() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}");
  } catch {
    return {}; // somebody else's entry under our name
  }
}

/** Where a control holds what was set. @param {string} id */
function held(id) {
  return byId(id).type === "checkbox" ? "checked" : "value";
}

function recall() {
  const settings = recalled();
  for (const id of SETTINGS.filter((id) => id in settings)) byId(id)[held(id)] = settings[id];
}

function remember() {
  const values = SETTINGS.map((id) => [id, byId(id)[held(id)]]);
  localStorage.setItem(REMEMBERED, JSON.stringify(Object.fromEntries(values)));
}
