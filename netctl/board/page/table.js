// The health of every neuron: one row each, its cells changed in place.

import {amount, span} from "./words.js";
import {at, made, mark, say, show} from "./dom.js";

// A sign beside the word, for those who tell no colours apart.
export const SIGNS = {
  running: "●", starting: "◐", backoff: "◔", stopped: "■", exited: "✕", killed: "✕", missing: "○", unknown: "?",
};

const COLUMNS = [
  ["name", "neuron", ""],
  ["role", "role", ""],
  ["uid", "uid", "number"],
  ["state", "state", ""],
  ["ready", "ready", ""],
  ["up", "up", "number"],
  ["restarts", "restarts", "number"],
  ["balance", "balance", "number"],
  ["stake", "stake", "number"],
  ["problem", "problem", "problem"],
];

export class Table {
  constructor(choose) {
    this.choose = choose;
    this.rows = new Map();
    at("heads").replaceChildren(...COLUMNS.map(([, text, kind]) => made("th", {class: kind, scope: "col", text})));
  }

  take(health) {
    show(at("table-empty"), health.neurons.length === 0);
    const names = health.neurons.map((neuron) => neuron.name);
    if (names.join("\n") !== [...this.rows.keys()].join("\n")) this.#lay(names);
    for (const neuron of health.neurons) this.#fill(this.rows.get(neuron.name), neuron);
  }

  chosen(name) {
    for (const [of, row] of this.rows) mark(row.button, "aria-pressed", String(of === name));
  }

  #lay(names) {
    this.rows = new Map(names.map((name) => [name, this.rows.get(name) ?? this.#row(name)]));
    at("rows").replaceChildren(...[...this.rows.values()].map((row) => row.element));
  }

  #row(name) {
    const button = made("button", {type: "button", class: "pick", text: name, "aria-pressed": "false", onclick: () => this.choose(name)});
    const cells = {};
    const element = made("tr", {}, made("th", {scope: "row"}, button));
    for (const [key, , kind] of COLUMNS.slice(1)) element.append(cells[key] = made("td", {class: kind}));
    return {element, button, cells};
  }

  #fill(row, neuron) {
    say(row.cells.role, neuron.role ?? "-");
    say(row.cells.uid, neuron.uid === null ? "-" : String(neuron.uid));
    say(row.cells.state, `${SIGNS[neuron.state] ?? "?"} ${neuron.state}`);
    mark(row.cells.state, "data-state", neuron.state);
    say(row.cells.ready, neuron.ready === null ? "-" : neuron.ready ? "yes" : "no");
    say(row.cells.up, span(neuron.uptime_s));
    say(row.cells.restarts, String(neuron.restarts ?? "-"));
    say(row.cells.balance, amount(neuron.balance_tao));
    say(row.cells.stake, amount(neuron.stake_tao));
    say(row.cells.problem, neuron.problem ?? "-");
    mark(row.element, "class", neuron.problem ? "troubled" : "");
  }
}
