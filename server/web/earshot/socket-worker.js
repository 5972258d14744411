/** The worker: audio comes in from a microphone's worklet or a paced recording, and leaves by the line. */

import { Line } from "./line.js";
import { Pace } from "./pace.js";

/** @type {Line} */
let line;
/** @type {Pace | undefined} */
let pace;

/** @type {import("./line.js").Tell} */
const tell = (type, detail) => postMessage([type, detail]);

onmessage = ({ data }) => {
  if (data.open) line = new Line(data.open, tell);
  if (data.start) line.start(data.start);
  if (data.from) data.from.onmessage = (/** @type {MessageEvent} */ event) => captured(event.data);
  if (data.sound) play(data.sound);
  if (data.pause !== undefined) pauseSound(data.pause);
  if (data.trace !== undefined) line.trace = data.trace;
  if (data.say) line.say(data.say);
  if (data.stop) endSound();
};

/** @param {{pcm?: Int16Array, pause?: boolean, end?: boolean, gaps?: number}} message */
function captured({ pcm, pause, end, gaps = 0 }) {
  if (pcm) line.hear(pcm);
  if (pause) line.say({ type: "finalize" });
  if (end) finish(gaps);
}

/** @param {import("./sound-file.js").Sound} sound */
function play(sound) {
  pace = new Pace(sound, (frame) => line.hear(frame), () => finish(0));
  pace.go();
}

/** @param {boolean} pause */
function pauseSound(pause) {
  pace?.halt();
  if (pause) line.say({ type: "finalize" });
  else pace?.go();
}

function endSound() {
  pace?.halt();
  finish(0);
}

/** @param {number} gaps samples that the browser skipped */
function finish(gaps) {
  tell("end", { gaps });
  line.say({ type: "stop" });
}
