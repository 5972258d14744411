/** Bar charts that are tables: readable with or without seeing the bars. */

import { make } from "./dom.js";

/**
 * @param {string} title
 * @param {[string, number][]} entries
 */
export function bars(title, entries) {
  const most = Math.max(1, ...entries.map(([, count]) => count));
  const row = ([name, count]) => {
    const bar = make("i");
    bar.style.width = `${(100 * count) / most}%`;
    return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, make("span", { className: "bar" }, bar)),
      make("td", { className: "figure" }, String(count)));
  };
  return make("table", { className: "bars" }, make("caption", {}, title), make("tbody", {}, ...entries.map(row)));
}

/**
 * Count values by the class they fall into.
 * @param {number[]} values
 * @param {number[]} edges ascending; the last class is open
 * @param {(edge: number) => string} name
 * @returns {[string, number][]}
 */
export function histogram(values, edges, name) {
  return edges.map((edge, i) => {
    const next = edges[i + 1] ?? Infinity;
    const label = next === Infinity ? `${name(edge)} or more` : `${name(edge)} – ${name(next)}`;
    return [label, values.filter((value) => value >= edge && value < next).length];
  });
}
