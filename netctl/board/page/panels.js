// The cards of the page: each keeps its charts, and sets them by what is known now.

import {ink, legend, spanTicks} from "./chart.js";
import {DASHES, Lines, MOST, colourOf} from "./lines.js";
import {Bands, Heat, shade, stateColour} from "./rows.js";
import {Bars} from "./bars.js";
import {Ground} from "./map.js";
import {SIGNS} from "./table.js";
import {at, made, say, show} from "./dom.js";
import {bytes, figure, span} from "./words.js";
import {inOrder} from "./model.js";

// Who is drawn in front: the one that is chosen, then those with most, in the order of names, at most MOST.
function inFront(names, worth, chosen) {
  const best = [...names].sort((a, b) => (worth(b) ?? -1) - (worth(a) ?? -1)).slice(0, MOST);
  if (chosen !== null && names.includes(chosen) && !best.includes(chosen)) best[MOST - 1] = chosen;
  return new Map(inOrder(best).map((name, number) => [name, number]));
}

function namesLegend(host, front, others) {
  const entries = [...front].map(([text, number]) => ({text, colour: colourOf(number), dash: DASHES[number]}));
  if (others > 0) entries.push({text: `${others} others: least, middle, most`, colour: ink("back")});
  legend(host, entries);
}

export class Scores {
  constructor() {
    this.charts = new Map();
    at("log").addEventListener("change", () => this.draw());
  }

  set(model, chosen) { Object.assign(this, {model, chosen}); this.draw(); }

  draw() {
    if (!this.model) return;
    const judged = this.model.of("judged");
    show(at("scores-empty"), judged.length === 0);
    show(at("scores-tools"), judged.length > 0);
    const validators = inOrder(new Set(judged.map(({key}) => key[0])));
    const miners = inOrder(new Set(judged.map(({key}) => key[1])));
    const worth = (miner) => Math.max(...judged.filter(({key}) => key[1] === miner).map((series) => series.latest(0) ?? 0));
    const worths = new Map(miners.map((miner) => [miner, worth(miner)]));
    const front = inFront(miners, (miner) => worths.get(miner), this.chosen);
    this.#lay(validators);
    for (const validator of validators) {
      const mine = judged.filter(({key}) => key[0] === validator);
      const {score, credibility} = this.charts.get(validator);
      const rows = (column) => mine.map((series) => ({
        name: series.key[1], series, front: front.get(series.key[1]) ?? null, value: (columns, place) => columns[column][place],
      })).sort((a, b) => (a.front ?? 99) - (b.front ?? 99));
      score.logarithmic = at("log").checked;
      score.set(this.model, rows(0), this.chosen);
      credibility.set(this.model, rows(1), this.chosen);
    }
    namesLegend(at("scores-legend"), front, miners.length - front.size);
  }

  #lay(validators) {
    if (validators.join("\n") === [...this.charts.keys()].join("\n")) return;
    for (const {score, credibility} of this.charts.values()) { score.remove(); credibility.remove(); }
    const host = at("scores-charts");
    host.replaceChildren();
    this.charts = new Map(validators.map((validator) => {
      const boxes = ["score", "credibility"].map((what) => {
        const figureBox = made("figure", {}, made("figcaption", {text: `${validator}: ${what}`}));
        host.append(figureBox);
        return figureBox;
      });
      return [validator, {
        score: new Lines(boxes[0], {title: `Score by ${validator}`, write: figure}),
        credibility: new Lines(boxes[1], {title: `Credibility by ${validator}`, write: figure, ceiling: 1.02}),
      }];
    }));
  }
}

export class Samples {
  constructor(choose) {
    this.chart = new Heat(at("heat-chart"), {height: 40, tallest: 28});
    this.chart.choose = choose;
  }

  set(model, chosen) {
    const names = inOrder(model.of("checked").map(({key}) => key[0]));
    show(at("heat-empty"), names.length === 0);
    show(this.chart.box, names.length > 0);
    show(at("heat-legend"), names.length > 0);
    this.chart.set(model, names, chosen);
    legend(at("heat-legend"), [
      {text: "all refuted", colour: shade(0)}, {text: "half", colour: shade(0.5)}, {text: "all confirmed", colour: shade(1)},
      {text: "mostly not looked up: the API did not answer", colour: ink("hatch"), hatch: true}, {text: "no samples", colour: ink("bare")},
    ]);
  }
}

export class States {
  constructor(choose) {
    this.chart = new Bands(at("states-chart"), {height: 40});
    this.chart.choose = choose;
  }

  set(model, chosen, order) {
    const names = [...order, ...inOrder([...model.lives.keys()].filter((name) => !order.includes(name)))].filter((name) => model.lives.has(name));
    show(at("states-empty"), names.length === 0);
    show(this.chart.box, names.length > 0);
    this.chart.set(model, names, chosen);
    const seen = new Set([...model.lives.values()].flat().map(([, state]) => state));
    legend(at("states-legend"), Object.keys(SIGNS).filter((state) => seen.has(state)).map((state) => (
      {text: state, colour: stateColour(state), hatch: ["exited", "killed", "backoff"].includes(state)})).concat(
      names.length ? [{text: "▲ started again"}] : []));
  }
}

export class Cadence {
  constructor() {
    this.chart = new Lines(at("cadence-chart"), {title: "Time between two verdicts on one miner", write: span, ticks: spanTicks});
  }

  set(model, periods) {
    const gaps = model.of("gaps").sort((a, b) => inOrder([a.key[0], b.key[0]])[0] === a.key[0] ? -1 : 1);
    show(at("cadence-empty"), gaps.length === 0);
    show(this.chart.box, gaps.length > 0);
    const rows = gaps.flatMap((series, number) => [
      {name: series.key[0], series, front: number % MOST, value: ([count, seconds], at) => count[at] ? seconds[at] / count[at] : null},
      {name: `${series.key[0]}, longest`, series, front: number % MOST, thin: true, value: ([, , longest], at) => longest[at]},
    ]);
    const known = gaps.map(({key}) => periods[key[0]]).filter(Boolean);
    this.chart.mark = known.length ? Math.max(...known) : null;
    this.chart.set(model, rows);
    legend(at("cadence-legend"), gaps.map(({key}, number) => ({text: `${key[0]}, mean`, colour: colourOf(number), dash: DASHES[number % MOST]})).concat(
      gaps.length ? [{text: "longest", colour: ink("soft"), dash: [2, 2], thin: true}] : [],
      known.length ? [{text: `the period that is set, ${span(this.chart.mark)}`, colour: ink("soft"), dash: [1, 3]}] : []));
  }
}

export class Calls {
  constructor() { this.chart = new Bars(at("calls-chart"), {height: 150}); }

  set(model) {
    const roles = model.of("calls");
    show(this.chart.box, roles.length > 0);
    show(at("calls-empty"), roles.length === 0);
    this.chart.set(model);
    legend(at("calls-legend"), roles.map(({key}, number) => ({text: `${key[0]}s`, colour: ink(`c${number}`)})).concat(
      roles.length ? [{text: "refused", colour: ink("soft"), hatch: true}] : []));
  }

  limits(told) {
    say(at("calls-title"), told.api ? `Calls of ${told.api}` : "API calls");
    say(at("calls-why"), told.why ?? (told.real ? "" : "Nothing leaves this machine: these are the calls that stand-ins would have made."));
    show(at("calls-why"), Boolean(at("calls-why").textContent));
    const uses = told.why ? [] : [...told.keys.map((key) => ({name: `key ${key.place}${key.reference ? ` (${key.reference})` : ""}`, ...key})), ...(told.keys.length === 1 && told.total.limit === null ? [] : [{name: "all", ...told.total}])];
    at("limits").replaceChildren(...uses.map((use) => limit(use, told.scale)));
  }
}

function limit(use, scale) {
  const part = use.limit === null ? null : use.used / use.limit;
  const bar = made("meter", {min: "0", max: "1", low: "0.8", high: "0.95", optimum: "0", value: String(Math.min(1, part ?? 0)), "aria-label": `${use.name}: used of its limit`});
  show(bar, part !== null);
  const pace = `${figure(use.a_day)} a day${scale !== 1 ? " of the neurons' own time" : ""}`;
  const told = part === null ? `${figure(use.used)} calls, ${pace}; no limit is known`
    : `${figure(use.used)} of ${figure(use.limit)} in ${span(use.per_s)}, ${pace}: ${use.verdict}${use.runs_out_in_s === null ? "" : ` in ${span(use.runs_out_in_s)}`}`;
  return made("li", {"data-verdict": use.verdict}, made("b", {text: use.name}), bar, made("span", {text: told}));
}

export class Coverage {
  constructor() { this.chart = new Ground(at("map-chart"), {}); }

  set(told, chosen) {
    show(at("map-empty"), Boolean(told.why));
    show(this.chart.box, !told.why);
    if (told.why) { say(at("map-empty"), told.why); say(at("map-told"), ""); at("map-legend").replaceChildren(); return; }
    this.chart.set(told, chosen);
    const mine = told.miners.find((miner) => miner.name === this.chart.chosen);
    const tiers = told.tiers.map((tier) => `${tier.name} ${tier.held}/${tier.zipcodes}`).join(", ");
    const lost = told.miners.filter((miner) => miner.problem).map((miner) => `${miner.name}: its database ${miner.problem}`);
    say(at("map-told"), mine ? `${mine.name} holds ${mine.zipcodes} of ${told.zipcodes} zipcodes, ${figure(mine.entities)} entities${mine.validated === null ? "" : `; ${mine.validated} zipcodes were good when asked for`}.`
      : `Somebody holds ${told.zipcodes - told.gaps} of ${told.zipcodes} zipcodes${tiers ? ` (${tiers})` : ""}; nobody ${told.gaps}.${lost.length ? ` ${lost.slice(0, 3).join("; ")}` : ""}`);
    const many = told.miners.length;
    legend(at("map-legend"), mine ? [
      {text: `${mine.name} holds it`, colour: ink("m3")}, {text: "only others do", colour: ink("m1")}, {text: "nobody does", colour: ink("gap")}, {text: "□ premium"},
    ] : [
      {text: "one miner holds it", colour: ink("m1")}, ...(many > 2 ? [{text: "several", colour: ink("m2")}] : []),
      ...(many > 1 ? [{text: `all ${many}`, colour: ink("m3")}] : []), {text: "nobody", colour: ink("gap")}, {text: "□ premium"},
    ]);
  }
}

export class Resources {
  constructor() {
    this.cpu = new Lines(at("cpu-chart"), {title: "Processor use", write: figure});
    this.memory = new Lines(at("memory-chart"), {title: "Memory", write: bytes, left: 62});
  }

  set(model, chosen) {
    const used = model.of("used"), names = used.map(({key}) => key[0]);
    show(at("resources-empty"), used.length === 0);
    for (const chart of [this.cpu, this.memory]) show(chart.box, used.length > 0);
    const latest = new Map(used.map((series) => [series.key[0], series.latest(2)]));
    const front = inFront(names, (name) => latest.get(name), chosen);
    const rows = (value) => used.map((series) => ({name: series.key[0], series, front: front.get(series.key[0]) ?? null, value}))
      .sort((a, b) => (a.front ?? 99) - (b.front ?? 99));
    this.cpu.set(model, rows(cpuOf), chosen);
    this.memory.set(model, rows((columns, at) => columns[2][at]), chosen);
    const now = used.filter((series) => (model.last - series.slots.at(-1)) * model.width < 120);
    say(at("resources-told"), now.length ? `All ${now.length} that run: ${figure(now.reduce((all, series) => all + (cpuOf(series.columns, series.end) ?? 0), 0))} cores, ${bytes(now.reduce((all, series) => all + series.latest(2), 0))}.` : "");
    namesLegend(at("resources-legend"), front, names.length - front.size);
  }
}

export function cpuOf([seconds, of], at) { return of[at] > 0 ? seconds[at] / of[at] : null; }