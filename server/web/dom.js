/** Making elements, finding those of index.html, hearing events. */

/** The element of that id, which index.html has. @param {string} id @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Act on events by their type, each act given the event's `detail`.
 * @param {EventTarget} target
 * @param {Record<string, (detail: any) => void>} acts
 */
export function listen(target, acts) {
  for (const [type, act] of Object.entries(acts)) {
    target.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail));
  }
}

/**
 * Make an element: `make("p", {className: "quiet"}, "text", child)`. Text is never parsed as HTML.
 * @param {string} tag
 * @param {Record<string, any>} [properties] `data` and `aria` hold maps of attributes
 * @param {...(Node | string | number | null | undefined)} children
 * @returns {any}
 */
export function make(tag, { data = {}, aria = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(data)) element.dataset[name] = String(value);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, String(value));
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * Make a button.
 * @param {string} text
 * @param {(event: Event) => void} onclick
 * @param {Record<string, any>} [properties] as of `make`
 */
export function button(text, onclick, properties = {}) {
  return make("button", { type: "button", onclick, ...properties }, text);
}

/**
 * Make a description list of names and values.
 * @param {[string | Node, string][]} pairs
 */
export function pairs(pairs) {
  return make("dl", {}, ...pairs.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}
