// Calls over time, one bar for each stretch, stacked by role; what was refused lies hatched on top.

import {Chart, hatched, ink, ticks} from "./chart.js";
import {day, figure} from "./words.js";

const COLUMNS = 72;

export class Bars extends Chart {
  set(model) {
    this.model = model;
    const sums = model.of("calls").map((series) => `${series.key[0]}s ${figure(series.sum(0))}`);
    this.tell(`Calls over time: ${sums.join(", ") || "none"}`);
    this.stale();
  }

  draw(pen) {
    const {model} = this;
    this.fold = Math.max(1, Math.ceil((model.last - model.first + 1) / COLUMNS));
    this.cells = new Map();
    const roles = model.of("calls");
    roles.forEach((series, role) => series.slots.forEach((slot, at) => {
      const cell = Math.floor(slot / this.fold);
      if (!this.cells.has(cell)) this.cells.set(cell, roles.map(() => [0, 0]));
      const held = this.cells.get(cell)[role];
      held[0] += series.columns[0][at];
      held[1] += series.columns[1][at];
    }));
    const most = Math.max(1, ...[...this.cells.values()].map((parts) => parts.reduce((all, [calls]) => all + calls, 0)));
    const y = (value) => this.top + (1 - value / (most * 1.05)) * this.plotHeight;
    this.timeAxis(pen);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillStyle = ink("soft");
    pen.strokeStyle = ink("edge");
    pen.beginPath();
    for (const value of ticks(0, most, 4)) {
      pen.fillText(figure(value), this.left - 6, y(value));
      pen.moveTo(this.left, Math.round(y(value)) + 0.5);
      pen.lineTo(this.width - this.right, Math.round(y(value)) + 0.5);
    }
    pen.stroke();
    for (const [cell, parts] of this.cells) {
      const from = Math.round(Math.max(this.left, this.x(cell * this.fold * model.width)));
      const to = Math.round(Math.min(this.width - this.right, this.x((cell + 1) * this.fold * model.width)));
      let low = 0;
      parts.forEach(([calls, refused], role) => {
        pen.fillStyle = ink(`c${role}`);
        pen.fillRect(from, y(low + calls), Math.max(1, to - from - 1), y(low) - y(low + calls));
        if (refused) {
          pen.fillStyle = hatched(pen, ink("card"));
          pen.fillRect(from, y(low + calls), Math.max(1, to - from - 1), y(low + calls - refused) - y(low + calls));
        }
        low += calls;
      });
    }
  }

  reading(x) {
    const cell = Math.floor(this.time(x) / this.model.width / this.fold);
    const parts = this.cells?.get(cell) ?? [];
    const from = cell * this.fold * this.model.width;
    const lines = [[`${day(from)}, ${Math.round(this.fold * this.model.width)} s`]];
    this.model.of("calls").forEach((series, role) => {
      const [calls, refused] = parts[role] ?? [0, 0];
      lines.push([`${series.key[0]}s  ${figure(calls)}${refused ? `, ${figure(refused)} refused` : ""}`, ink(`c${role}`)]);
    });
    return lines;
  }
}
