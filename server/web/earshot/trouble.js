/**
 * What can go wrong between a voice and the server, in words that say what to do about it.
 *
 * Every `EarshotError` has a `code` for programs and a `message` that may be shown as it is.
 */

/** @type {Record<string, string>} */
const WORDS = {
  insecure:
    "Browsers give the microphone to secure pages only. Open this one at http://localhost or over https.",
  not_allowed: "The microphone was not allowed. Start again and choose “Allow” when the browser asks.",
  blocked:
    "The microphone is blocked for this site. Click the icon left of the address, allow it, then try again.",
  no_device: "No microphone was found. Plug one in, then try again. A sound file works without one.",
  device_busy: "The microphone can't be opened: another program may be using it. Close that, then try again.",
  device_lost: "The microphone is gone: it was unplugged or switched off. What you said until then is kept.",
  unreadable: "That file can't be read as sound. WAV always works; MP3, Ogg and FLAC work in most browsers.",
  too_long: "That sound file is longer than an hour. Split it, or send it with python -m server.client.",
  unreachable: "The server can't be reached. Is it running? Start it with “make run”.",
  busy: "All places at the server are taken. Try again in a moment.",
  refused: "The server is there but didn't take the connection. Try again in a moment.",
  declined: "The server can't start like that.",
  unauthorised: "This server asks for a token.",
  cancelled: "Starting was cancelled.",
  closed: "The server ended the session.",
  no_answer: "The server did not confirm the end within ten seconds. The conversation shows what it kept.",
  lost: "The connection broke and could not be mended. What the server had heard is kept.",
  too_slow: "The connection is too slow for live sound.",
};

/** An error with a `code`, one of the keys above. */
export class EarshotError extends Error {
  /**
   * @param {string} code
   * @param {string} [details] what the server or the browser says
   */
  constructor(code, details = "") {
    super(details ? `${WORDS[code]} (${details})` : WORDS[code]);
    this.name = "EarshotError";
    this.code = code;
  }
}

/** @param {import("./line.js").Closed} closed */
export function whyClosed({ code, reason, opened, fatal }) {
  if (!opened) return new EarshotError("unreachable");
  return code === 1006 && !fatal ? new EarshotError("lost") : new EarshotError("closed", reason);
}

/**
 * Translate what `getUserMedia` throws.
 * @param {DOMException} error
 * @returns {Promise<EarshotError>}
 */
export async function microphoneTrouble(error) {
  switch (error.name) {
    case "NotAllowedError":
      return new EarshotError((await permission()) === "denied" ? "blocked" : "not_allowed");
    case "SecurityError":
      return new EarshotError("blocked");
    case "NotFoundError":
    case "OverconstrainedError":
      return new EarshotError("no_device");
    default:
      return new EarshotError("device_busy", error.message || error.name);
  }
}

/** Not every browser can be asked about the microphone; then nothing is known. */
async function permission() {
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state;
  } catch {
    return "prompt";
  }
}
