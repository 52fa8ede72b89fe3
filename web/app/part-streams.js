// The recording second by second: heart rate, pace or speed, power and altitude under each other on one time axis, with one cursor that also
// moves the mark on the map. Absent samples are holes in the line, never a line drawn across.
import { h, replace } from './dom.js';
import { get } from './api.js';
import { axis, clockAxis, color, draw } from './charts.js';
import { clock, number } from './format.js';
import { guarded } from './problem-box.js';
import { family } from './words.js';
import { tempoText } from './part-list.js';

const KEYS = 'time,distance,latlng,altitude,velocity_smooth,heartrate,watts';
const known = (value) => value !== null && value !== undefined;
const STANDING = 0.5;    // m/s: slower than this a pace is a wall of noise
const DRIFTING = 0.2;
const PACE_STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1200];

/** Panels hold what is shown, in the reader's units, so that the axis finds round numbers in them. */
function tempoPanel(speeds, sport, activity, format) {
  const shared = { id: 'tempo', mean: tempoText(activity, format), color: '--tempo', height: 130 };
  if (sport === 'ride' || sport === 'other') {
    const values = speeds.map((v) => (known(v) ? format.toSpeed(v) : null));
    return { ...shared, label: 'Speed', values, text: (v) => `${number(v, 1)} ${format.speedUnit}`, axis: (v) => number(v), floor: 0 };
  }
  const swim = sport === 'swim';
  const slowest = swim ? DRIFTING : STANDING;
  const values = speeds.map((v) => (!known(v) || v < slowest ? null : swim ? format.toSwimPace(100 / v) : format.toPace(1000 / v)));
  return { ...shared, label: 'Pace', values, text: (v) => `${clock(v)} ${swim ? format.swimUnit : `/${format.lengthUnit}`}`, axis: clock, turned: true, trim: true, increments: PACE_STEPS };
}

function panels(series, activity, format) {
  const sport = family(activity);
  const list = [];
  const any = (values) => Array.isArray(values) && values.some(known);
  if (any(series.heartrate)) {
    list.push({ id: 'heartrate', label: 'Heart rate', mean: activity.average_heartrate, values: series.heartrate, text: (v) => `${number(v)} bpm`, axis: (v) => number(v), color: '--heart', height: 170, fill: 0.08, pad: 0.1 });
  }
  if (any(series.velocity_smooth)) list.push(tempoPanel(series.velocity_smooth, sport, activity, format));
  if (any(series.watts)) list.push({ id: 'power', label: 'Power', mean: activity.average_watts, values: series.watts, text: (v) => `${number(v)} W`, axis: (v) => number(v), color: '--power', height: 130, floor: 0 });
  if (any(series.altitude)) list.push({ id: 'altitude', label: 'Altitude', values: series.altitude.map((v) => (known(v) ? format.toHeight(v) : null)), text: (v) => `${number(v)} ${format.heightUnit}`, axis: (v) => number(v), color: '--altitude', height: 110, fill: 0.25, pad: 0.15 });
  return list;
}

/** The scale of a panel: a pace's slowest twentieth is cut off, or one stop at a crossing would flatten the rest. */
function rangeOf(panel) {
  const sorted = panel.values.filter(known).sort((a, b) => a - b);
  if (sorted.length === 0) return [0, 1];
  let [low, high] = [sorted[0], sorted[sorted.length - 1]];
  if (panel.trim) high = Math.min(high, sorted[Math.floor(sorted.length * 0.95)] * 1.15);
  if (panel.floor !== undefined) low = panel.floor;
  const pad = Math.max((high - low) * (panel.pad ?? 0.08), 1);
  return [panel.floor !== undefined ? low : low - pad, high + pad];
}

const meanText = ({ mean, text }) => (!known(mean) || mean === '–' ? '' : `average ${typeof mean === 'string' ? mean : text(mean)}`);

function drawPanel(host, panel, times, last, onMove) {
  const [low, high] = rangeOf(panel);
  return draw(host, {
    height: panel.height,
    padding: [10, 8, 0, 0],
    cursor: { sync: { key: 'streams' } },
    hooks: { setCursor: [(chart) => onMove(chart.cursor.idx)] },
    scales: { x: { time: false }, y: { range: () => [low, high], dir: panel.turned ? -1 : 1 } },
    axes: [last ? clockAxis() : { ...clockAxis(), size: 6, values: (u, splits) => splits.map(() => '') }, axis({ size: 44, space: 30, ...(panel.increments && { incrs: panel.increments }), values: (u, splits) => splits.map(panel.axis) })],
    series: [{}, { stroke: color(panel.color), width: 1.4, fill: panel.fill && color(panel.color, panel.fill), points: { show: false }, spanGaps: false }],
  }, [times, panel.values.map((v) => v ?? null)]);
}

function show(content, answer, activity, format, map) {
  const { series } = answer;
  const list = answer.original_size > 0 && series.time ? panels(series, activity, format) : [];
  if (list.length === 0) {
    replace(content, h('p', { class: 'muted' }, 'There is no second-by-second recording of this activity.'));
    return;
  }
  const now = h('span', { class: 'num' });
  const parts = list.map((panel) => ({ panel, value: h('b', { class: 'num' }), mean: h('span', { class: 'num panel-mean' }, meanText(panel)), host: h('div', { class: 'plot', id: `plot-${panel.id}` }) }));
  const onMove = (index) => {
    const at = index === null || index === undefined ? null : index;
    now.textContent = at === null ? '' : `${clock(series.time[at])}${known(series.distance?.[at]) ? ` · ${format.distance(series.distance[at])}` : ''}`;
    for (const part of parts) {
      const value = at === null ? null : part.panel.values[at];
      part.value.textContent = known(value) ? part.panel.text(value) : '';
      part.mean.hidden = at !== null;
    }
    map.point(at === null ? null : series.latlng?.[at]);
  };
  replace(content, h('p', { class: 'plot-time' }, now), parts.map(({ panel, value, mean, host }) => h('div', { class: 'panel' },
    h('p', { class: 'panel-head' }, h('span', { class: `key-mark mark-${panel.id}` }), panel.label, value, mean), h('div', { role: 'img', 'aria-label': `${panel.label} over time` }, host))));
  parts.forEach(({ panel, host }, index) => drawPanel(host, panel, series.time, index === parts.length - 1, onMove));
}

/** `map.point(latlng)` marks a place. */
export function streamsPart({ format, signal }, activity, map) {
  const content = h('div', { class: 'part-body' });
  guarded(content, async () => {
    show(content, await get(`/activities/${activity.id}/streams`, { keys: KEYS, resolution: 'medium' }, signal), activity, format, map);
  });
  return h('section', { class: 'card', id: 'streams', 'aria-labelledby': 'streams-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'streams-title' }, 'Recording')), content);
}
