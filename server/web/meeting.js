/** Meeting the server: who is there, what it hears with, whether it wants a token. */

import { alarm, calm } from "./alerts.js";
import { ask, token, useToken } from "./api.js";
import { button, byId, make } from "./dom.js";
import { EarshotError } from "./earshot/earshot.js";

/**
 * Learn who serves us, however long that takes.
 * @returns {Promise<{url: string, silence_ms: number, record: boolean}>} `url` of the voice port
 */
export async function meet() {
  for (;;) {
    try {
      const { recognizer, voice_url, ...found } = await ask("/api/server");
      calm();
      describe(recognizer);
      return { ...found, url: `${voice_url}/v1/stream` };
    } catch (error) {
      byId("server").textContent = "No server";
      await (error.status === 401 ? askToken(error.message) : askAgain(error));
    }
  }
}

/**
 * A browser doesn't say why a socket was refused; the HTTP port knows whether the server is there at all.
 * @param {EarshotError} error
 * @returns {Promise<EarshotError>}
 */
export async function explained(error) {
  if (error.code !== "unreachable") return error;
  return ask("/api/server").then(({ sessions, max_sessions }) => {
    return sessions < max_sessions ? new EarshotError("refused") : new EarshotError("busy", `${sessions} of ${max_sessions}`);
  }, () => error);
}

/** @param {import("./api.js").ApiError} error @returns {Promise<void>} resolves when it is worth another try */
function askAgain({ status, message }) {
  return new Promise((resolve) => {
    const again = button("Try again", () => resolve());
    alarm("server", status ? `The server refuses this page: ${message}` : message, again);
  });
}

/** @param {string} why @returns {Promise<void>} */
function askToken(why) {
  return new Promise((resolve) => {
    const field = make("input", { type: "password", autocomplete: "off", required: true });
    const form = make("form", { className: "row" }, make("label", {}, "Token ", field), make("button", {}, "Use it"));
    form.onsubmit = (event) => {
      event.preventDefault();
      useToken(field.value.trim());
      resolve();
    };
    const refused = token() ? `That token was refused: ${why}.` : new EarshotError("unauthorised").message;
    alarm("token", `${refused} Its operator has it.`, form);
  });
}

function describe({ engine, model, language, demo, note }) {
  byId("server").textContent = `Server ready · ${engine} · model ${model} · ${language}`;
  byId("demo").hidden = !(demo && note);
  byId("demo").textContent = note ?? "";
}
