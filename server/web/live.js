/** The live panel: the strip, and the same in words. */

import { Cursor } from "./cursor.js";
import { byId, listen } from "./dom.js";
import { Strip } from "./strip.js";
import { Timeline } from "./timeline.js";
import { figure, pitch, voicing } from "./wording.js";

/** Milliseconds between two changes of the figures: faster can't be read. */
const READABLE = 200;

/** Milliseconds between two drawings where motion is unwelcome. */
const STILL = 1000;

/** @param {import("./earshot/earshot.js").Earshot} earshot */
export function livePanel(earshot) {
  const timeline = new Timeline();
  const strip = new Strip(byId("strip"));
  const cursor = new Cursor(strip, timeline);
  const calmly = matchMedia("(prefers-reduced-motion: reduce)");
  let [drawn, written, changed] = [0, 0, true];

  listen(earshot, {
    state: ({ state }) => state === "connecting" && timeline.clear(),
    ready: ({ silence_ms }) => (timeline.window = silence_ms),
    frame(frame) {
      timeline.addFrame(frame);
      changed = true;
    },
    voice: (voice) => timeline.addVoice(voice),
    speech_started: ({ origin_ms, at_ms }) => (timeline.since = origin_ms + at_ms),
  });

  function tick(now) {
    requestAnimationFrame(tick); // which a hidden page isn't given
    if ((changed && now - drawn > (calmly.matches ? STILL : 0)) || strip.stale) {
      strip.draw(timeline);
      cursor.draw();
      drawn = now;
      changed = false;
    }
    if (now - written > READABLE) {
      write(timeline, earshot.state === "listening");
      say("cursor", cursor.text);
      written = now;
    }
  }
  requestAnimationFrame(tick);
  return { timeline, strip };
}

function write(timeline, listening) {
  const { speech, silence } = timeline.latest;
  const summary = timeline.pitchSummary;
  say("pitch-now", voicing(listening ? timeline.pitchNow : undefined));
  say("pitch-median", summary ? pitch(summary.hz) : "–");
  say("pitch-range", summary ? figure(summary.range, 1, "semitones") : "–");
  const open = listening && silence > 0;
  say("voice-now", !listening ? "–" : speech ? "speaking" : open ? "pausing" : "silent");
  byId("countdown").value = open ? silence / timeline.window : 0;
  const seconds = (ms) => (ms / 1000).toFixed(1);
  say("countdown-text", open ? `${seconds(silence)} of ${seconds(timeline.window)} s silence` : "–");
}

function say(id, text) {
  const place = byId(id);
  if (place.textContent !== text) place.textContent = text;
}
