// Fitness, fatigue and form day by day: two exponentially weighted means of the daily load (42 and 7 days) and their difference.
import { h, replace } from './dom.js';
import { get } from './api.js';
import { axis, bars, color, dayAxis, draw } from './charts.js';
import { dayText, daySeconds, number } from './format.js';
import { guarded } from './problem-box.js';

const whole = (value) => (value === null || value === undefined ? '–' : number(Math.round(value)));
const signed = (value) => (value === null || value === undefined ? '–' : `${value > 0 ? '+' : value < 0 ? '−' : ''}${number(Math.abs(Math.round(value)))}`);

function formWord({ tsb, warming_up: warmingUp }) {
  if (warmingUp) return 'Fitness is still warming up: it takes 42 days of data.';
  if (tsb === null || tsb === undefined) return '';
  if (tsb > 20) return 'Very rested; fitness is fading.';
  if (tsb > 5) return 'Fresh.';
  if (tsb >= -10) return 'Balanced.';
  if (tsb >= -30) return 'Building: tired, as training makes you.';
  return 'Heavily loaded: plan recovery.';
}

function legend() {
  const make = (name, label, hint, mark) => {
    const value = h('span', { class: 'key-value' }, '–');
    return { value, element: h('div', { class: 'key' }, h('span', { class: `key-mark ${mark}` }), h('span', { class: 'key-label' }, label, h('small', null, hint)), value) };
  };
  const keys = {
    ctl: make('ctl', 'Fitness', 'CTL, 42 days', 'mark-fitness'), atl: make('atl', 'Fatigue', 'ATL, 7 days', 'mark-fatigue'),
    tsb: make('tsb', 'Form', 'TSB', 'mark-form'), load: make('load', 'Load', 'that day', 'mark-load'),
  };
  const day = h('p', { class: 'key-day' });
  const word = h('p', { class: 'muted small key-word' });
  return {
    element: h('div', { class: 'keys' }, day, Object.values(keys).map((key) => key.element), word),
    show(point) {
      replace(day, dayText(point.date));
      keys.ctl.value.textContent = whole(point.ctl);
      keys.atl.value.textContent = whole(point.atl);
      keys.tsb.value.textContent = signed(point.tsb);
      keys.load.value.textContent = whole(point.load);
      word.textContent = formWord(point);
    },
  };
}

/** Fitness and fatigue over the days, the load as faint bars at their feet. */
function drawLoad(host, points, onMove) {
  const column = (member) => points.map((point) => point[member] ?? null);
  return draw(host, {
    height: 210,
    cursor: { sync: { key: 'fitness' } },
    hooks: { setCursor: [(chart) => onMove(chart.cursor.idx)] },
    scales: { x: { time: true }, y: { range: (u, min, max) => [0, Math.max(10, max * 1.08)] }, load: { range: (u, min, max) => [0, Math.max(10, max * 3)] } },
    axes: [{ ...dayAxis(), size: 8, values: (u, splits) => splits.map(() => '') }, axis({ size: 34, space: 40 })],
    series: [{},
      { scale: 'load', fill: color('--load'), width: 0, paths: bars(0.7, 12), points: { show: false } },
      { scale: 'y', stroke: color('--fitness'), fill: color('--fitness', 0.1), width: 2.25, points: { show: false } },
      { scale: 'y', stroke: color('--fatigue'), width: 1.5, points: { show: false } }],
  }, [points.map((point) => daySeconds(point.date)), column('load'), column('ctl'), column('atl')]);
}

function drawForm(host, points, onMove) {
  const tsb = points.map((point) => point.tsb ?? null);
  const part = (keep) => tsb.map((value) => (value !== null && keep(value) ? value : null));
  const reach = Math.max(10, ...tsb.map((value) => Math.abs(value ?? 0)));
  const bar = (name) => ({ fill: color(name), width: 0, paths: bars(0.7, 12), points: { show: false } });
  return draw(host, {
    height: 110,
    cursor: { sync: { key: 'fitness' } },
    hooks: { setCursor: [(chart) => onMove(chart.cursor.idx)] },
    scales: { x: { time: true }, y: { range: () => [-reach * 1.1, reach * 1.1] } },
    axes: [dayAxis(), axis({ size: 34, space: 28 })],
    series: [{}, bar('--fresh'), bar('--tired')],
  }, [points.map((point) => daySeconds(point.date)), part((value) => value >= 0), part((value) => value < 0)]);
}

export function fitnessPart({ signal }, range) {
  const content = h('div', { class: 'part-body' });
  guarded(content, async () => {
    const answer = await get('/analytics/fitness', { from: range.from, to: range.to }, signal);
    const { points } = answer;
    if (points.length === 0) {
      replace(content, h('p', { class: 'muted' }, 'No training load in this time.'));
      return;
    }
    const last = points[points.length - 1];
    const keys = legend();
    const show = (index) => keys.show(index === null || index === undefined ? last : points[index] ?? last);
    const top = h('div', { class: 'plot' });
    const bottom = h('div', { class: 'plot' });
    const label = `Fitness ${whole(last.ctl)}, fatigue ${whole(last.atl)}, form ${signed(last.tsb)} on ${dayText(last.date)}`;
    replace(content, h('div', { class: 'fitness' }, h('div', { class: 'plots', role: 'img', 'aria-label': label }, top, bottom), keys.element));
    show(null);
    drawLoad(top, points, show);
    drawForm(bottom, points, show);
  });
  return h('section', { class: 'card', id: 'fitness', 'aria-labelledby': 'fitness-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'fitness-title' }, 'Fitness, fatigue and form')), content);
}
