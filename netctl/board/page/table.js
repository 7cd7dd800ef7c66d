// The health of every neuron: one row each, its cells changed in place.

import {amount, bytes, share, span} from "./words.js";
import {ink} from "./chart.js";
import {at, made, mark, say, show} from "./dom.js";

// A sign beside the word, for those who tell no colours apart.
export const SIGNS = {
  running: "●", starting: "◐", backoff: "◔", stopped: "■", exited: "✕", killed: "✕", missing: "○", unknown: "?",
};

const POINTS = 45;

const COLUMNS = [
  ["name", "neuron", ""],
  ["role", "role", ""],
  ["uid", "uid", "number"],
  ["state", "state", ""],
  ["ready", "ready", ""],
  ["up", "up", "number"],
  ["restarts", "restarts", "number"],
  ["cpu", "cpu", "number"],
  ["spark", "cpu over time", ""],
  ["memory", "memory", "number"],
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
    this.live = health.live;
    show(at("table-empty"), health.neurons.length === 0);
    const names = health.neurons.map((neuron) => neuron.name);
    if (names.join("\n") !== [...this.rows.keys()].join("\n")) this.#lay(names);
    for (const neuron of health.neurons) this.#fill(this.rows.get(neuron.name), neuron);
  }

  chosen(name) {
    for (const [of, row] of this.rows) mark(row.button, "aria-pressed", String(of === name));
  }

  // What each uses: figures of now, and a small picture of its processor over time.
  used(model) {
    for (const [name, row] of this.rows) {
      const series = model.one("used", name);
      if (!series) continue;
      const fresh = this.live && (model.last - series.slots[series.end]) * model.width < 120, of = series.latest(1);
      say(row.cells.cpu, fresh && of > 0 ? share(series.latest(0) / of) : "-");
      say(row.cells.memory, fresh ? bytes(series.latest(2)) : "-");
      this.#spark(row, model, series);
    }
  }

  // Few points, for it is small.
  #spark(row, model, {slots, columns: [seconds, of]}) {
    const canvas = row.spark ??= made("canvas", {class: "spark", width: "180", height: "32", "aria-hidden": "true"});
    if (!canvas.isConnected) row.cells.spark.replaceChildren(canvas);
    const pen = row.pen ??= canvas.getContext("2d"), points = [];
    const all = model.last - model.first + 1, fold = Math.max(1, Math.ceil(all / POINTS));
    let most = 0.05;
    for (let at = 0; at < slots.length;) {
      const cell = Math.floor(slots[at] / fold);
      let spent = 0, time = 0;
      for (; at < slots.length && Math.floor(slots[at] / fold) === cell; at++) { spent += seconds[at]; time += of[at]; }
      if (time <= 0) continue;
      most = Math.max(most, spent / time);
      points.push([((cell + 0.5) * fold - model.first) / all * 180, spent / time]);
    }
    pen.clearRect(0, 0, 180, 32);
    pen.strokeStyle = ink("c0");
    pen.lineWidth = 2;
    pen.beginPath();
    points.forEach(([x, value], at) => pen[at ? "lineTo" : "moveTo"](x, 30 - value / most * 28));
    pen.stroke();
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
    say(row.cells.state, this.live ? `${SIGNS[neuron.state] ?? "?"} ${neuron.state}` : `was ${neuron.state}`);
    mark(row.cells.state, "data-state", this.live ? neuron.state : "was");
    say(row.cells.ready, neuron.ready === null ? "-" : neuron.ready ? "yes" : "no");
    say(row.cells.up, span(neuron.uptime_s));
    say(row.cells.restarts, String(neuron.restarts ?? "-"));
    say(row.cells.balance, amount(neuron.balance_tao));
    say(row.cells.stake, amount(neuron.stake_tao));
    say(row.cells.problem, neuron.problem ?? "-");
    mark(row.element, "class", neuron.problem ? "troubled" : "");
  }
}
