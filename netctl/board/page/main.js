// Puts the page together: what is told goes to who draws it.

import {at, mark, say, show} from "./dom.js";
import {exact} from "./words.js";
import {listen} from "./stream.js";
import {Table} from "./table.js";

const state = {chosen: null, problem: null, health: null};
const table = new Table(choose);

function choose(name) {
  state.chosen = state.chosen === name ? null : name;
  table.chosen(state.chosen);
}

function takeHealth(health) {
  state.health = health;
  document.title = `${health.fleet} - netctl`;
  say(at("fleet"), health.fleet);
  const where = [];
  if (health.netuid !== null) where.push(`subnet ${health.netuid} on ${health.network}`);
  if (health.block !== null) where.push(`block ${health.block}`);
  if (health.sampled_at !== null) where.push(`sampled at ${exact(health.sampled_at)}`);
  say(at("where"), where.join(", "));
  const troubled = health.neurons.filter((neuron) => neuron.problem).length;
  const verdict = !health.live ? "not sampled now" : health.ok ? "all well"
    : troubled ? `${troubled} of ${health.neurons.length} with a problem` : "the supervisor has a problem";
  say(at("verdict"), verdict);
  mark(at("verdict"), "data-ok", String(health.ok));
  table.take(health);
  table.chosen(state.chosen);
  notice();
}

function takeBoard(board) {
  if ("problem" in board) state.problem = board.problem;
  notice();
}

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

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.chosen !== null) choose(state.chosen);
});

const THEMES = ["auto", "light", "dark"];
at("theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "auto") + 1) % THEMES.length];
  document.documentElement.dataset.theme = next;
  say(at("theme"), `Theme: ${next}`);
});

listen({health: takeHealth, board: takeBoard}, link);
