// Puts the page together: what is told goes to who draws it.

import {afterPaint, themeChanged} from "./chart.js";
import {at, mark, say, show} from "./dom.js";
import {Cadence, Calls, Coverage, Resources, Samples, Scores, States} from "./panels.js";
import {exact} from "./words.js";
import {listen} from "./stream.js";
import {Model} from "./model.js";
import {Table} from "./table.js";

const state = {chosen: null, problem: null, health: null, ground: null, calls: null};
const model = new Model();
const table = new Table(choose);
const scores = new Scores(), samples = new Samples(choose), states = new States(choose);
const cadence = new Cadence(), calls = new Calls(), coverage = new Coverage(), resources = new Resources();

function choose(name) {
  state.chosen = state.chosen === name ? null : name;
  table.chosen(state.chosen);
  draw(new Set(["judged", "gaps", "checked", "calls", "used", "lives"]));
  if (state.ground) coverage.set(state.ground, state.chosen);
}

function draw(changed) {
  if (changed.has("judged")) scores.set(model, state.chosen);
  if (changed.has("checked")) samples.set(model, state.chosen);
  if (changed.has("lives")) states.set(model, state.chosen, state.health?.neurons.map((neuron) => neuron.name) ?? []);
  if (changed.has("gaps")) cadence.set(model, state.calls?.period_s ?? {});
  if (changed.has("calls")) calls.set(model);
  if (changed.has("used")) { resources.set(model, state.chosen); table.used(model); }
}

const take = {
  health(told) {
    const first = state.health === null, turned = state.health?.live !== told.live;
    state.health = told;
    document.title = `${told.fleet} - netctl`;
    say(at("fleet"), told.fleet);
    const where = [];
    if (told.netuid !== null) where.push(`subnet ${told.netuid} on ${told.network}`);
    if (told.block !== null) where.push(`block ${told.block}`);
    if (told.sampled_at !== null) where.push(`sampled at ${exact(told.sampled_at)}`);
    say(at("where"), where.join(", "));
    const troubled = told.neurons.filter((neuron) => neuron.problem).length;
    say(at("verdict"), !told.live ? "not sampled now" : told.ok ? "all well"
      : troubled ? `${troubled} of ${told.neurons.length} with a problem` : "the supervisor has a problem");
    mark(at("verdict"), "data-ok", String(told.ok));
    table.take(told);
    table.chosen(state.chosen);
    if (first && model.known) draw(new Set(["lives"]));
    if (turned && model.known) table.used(model);
    notice();
  },

  board(told) {
    if ("problem" in told) state.problem = told.problem;
    draw(model.take(told));
    notice();
  },

  coverage(told) {
    state.ground = told;
    coverage.set(told, state.chosen);
  },

  calls(told) {
    state.calls = told;
    calls.limits(told);
    draw(new Set(["gaps"]));
  },
};

function notice() {
  const lines = [state.health?.why, state.health?.supervisor?.problem, state.problem].filter(Boolean);
  say(at("notice"), lines.join("\n"));
  show(at("notice"), lines.length > 0);
}

const LINKS = {live: "live", lost: "connection lost, trying again", closed: "not connected: is netctl dashboard still running?"};
function link(how) {
  say(at("link"), LINKS[how]);
  mark(at("link"), "data-link", how);
}

// How long it takes from a message to its picture, for who looks into it with the browser's own tools.
function timed(name, takeIt) {
  return async (told, since) => {
    takeIt(told);
    await afterPaint();
    const measure = `netctl ${name}${told.whole ? " whole" : ""}`;
    performance.clearMeasures(measure);
    performance.measure(measure, {start: since, end: performance.now()});
  };
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.chosen !== null) choose(state.chosen);
});

const THEMES = ["auto", "light", "dark"];
at("theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "auto") + 1) % THEMES.length];
  document.documentElement.dataset.theme = next;
  say(at("theme"), `Theme: ${next}`);
  redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
function redraw() {
  themeChanged();
  draw(new Set(["judged", "gaps", "checked", "calls", "used", "lives"]));
  if (state.ground) coverage.set(state.ground, state.chosen);
}

listen(Object.fromEntries(Object.entries(take).map(([name, takeIt]) => [name, timed(name, takeIt)])), link);
