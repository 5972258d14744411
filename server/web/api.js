/** The server's HTTP port. */

import { EarshotError } from "./earshot/trouble.js";

const TOKEN = "earshot.token";

/** A refusal or failure: `status` 0 where nobody answered. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The token, kept until the tab is closed; null where none was given. */
export function token() {
  return sessionStorage.getItem(TOKEN);
}

/** @param {string} value */
export function useToken(value) {
  sessionStorage.setItem(TOKEN, value);
}

/**
 * Ask the server. Throws ApiError.
 * @param {string} path
 * @param {{method?: string, body?: any, keepalive?: boolean}} [asked] `body` goes as JSON
 * @returns {Promise<Response>}
 */
export async function request(path, { method = "GET", body, keepalive = false } = {}) {
  const headers = new Headers();
  if (token()) headers.set("Authorization", `Bearer ${token()}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const response = await fetch(path, { method, headers, keepalive, body: body && JSON.stringify(body) }).catch(() => {
    throw new ApiError(0, new EarshotError("unreachable").message);
  });
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({ error: undefined }));
  throw new ApiError(response.status, error?.message ?? response.statusText);
}

/**
 * Ask for JSON. Throws ApiError.
 * @param {string} path
 * @param {{method?: string, body?: any}} [asked]
 * @returns {Promise<any>}
 */
export async function ask(path, asked) {
  const response = await request(path, asked);
  return response.json();
}
