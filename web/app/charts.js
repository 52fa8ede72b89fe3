// What all charts share: a uPlot that follows the width of its place and takes its colours from the style sheet, so light and dark
// are decided in one file. x is seconds; calendar days are seconds of their UTC midnight and are written as UTC.
import uPlot from './uplot.js';
import { token } from './dom.js';
import { clock, monthText, monthYearText, shortDay } from './format.js';

const DAY = 86400;
const open = new Set();

export const color = (name, alpha) => {
  const value = token(name);
  return alpha === undefined ? value : value + Math.round(alpha * 255).toString(16).padStart(2, '0');
};
const font = () => `11px ${token('--font')}`;

/** Days along the x axis: "3 Apr" while they are few, months otherwise, the year where it turns. */
export const dayAxis = () => ({
  ...axis(),
  space: 56,
  incrs: [DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30.4375 * DAY, 91.3125 * DAY, 365.25 * DAY],
  splits: (u, _, min, max, increment) => {
    if (increment >= 28 * DAY) return monthStarts(min, max, Math.max(1, Math.round(increment / (30.4375 * DAY))));
    const splits = [];
    for (let at = Math.ceil(min / DAY) * DAY; at <= max; at += increment) splits.push(at);
    return splits;
  },
  values: (u, splits, _, __, increment) => splits.map((at) => {
    if (increment < 28 * DAY) return shortDay(at);
    return new Date(at * 1000).getUTCMonth() === 0 ? monthYearText(at) : monthText(at);
  }),
});

function monthStarts(min, max, step) {
  const first = new Date(min * 1000);
  const starts = [];
  for (let month = Math.ceil(first.getUTCMonth() / step) * step; ; month += step) {
    const at = Date.UTC(first.getUTCFullYear(), month, 1) / 1000;
    if (at > max) return starts;
    if (at >= min) starts.push(at);
  }
}

export const clockAxis = () => ({
  ...axis(),
  space: 64,
  incrs: [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800],
  values: (u, splits) => splits.map((at) => (at >= 3600 ? clock(at) : `${Math.round(at / 60)}′`)),
});

export function axis(extra) {
  return {
    stroke: color('--muted'), font: font(), gap: 4, size: 22,
    grid: { stroke: color('--line'), width: 1 }, ticks: { show: false }, ...extra,
  };
}

/** Draws into `host`; gives {destroy}. `options` are uPlot's; the width is the host's. */
export function draw(host, options, data) {
  const width = () => Math.max(120, Math.floor(host.clientWidth));
  const chart = new uPlot({
    width: width(), legend: { show: false }, padding: [8, 8, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    ...options,
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, ...options.cursor },
  }, data, host);
  const watcher = new ResizeObserver(() => {
    if (width() !== chart.width) chart.setSize({ width: width(), height: options.height });
  });
  watcher.observe(host);
  const handle = { chart, destroy() { watcher.disconnect(); open.delete(handle); chart.destroy(); } };
  open.add(handle);
  return handle;
}

/** Called when a view is left. */
export function destroyAll() {
  for (const handle of [...open]) handle.destroy();
}

export const bars = (fraction, widest = 40) => uPlot.paths.bars({ size: [fraction, widest], radius: 0.15 });
