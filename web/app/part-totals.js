// Totals of a week, a month, a year or everything, with the change against the period before.
import { h, replace, segmented } from './dom.js';
import { get } from './api.js';
import { dayText, number, span } from './format.js';
import { guarded } from './problem-box.js';
import { sportText } from './words.js';

const PERIODS = [{ value: 'week', label: 'Week' }, { value: 'month', label: 'Month' }, { value: 'year', label: 'Year' }, { value: 'all', label: 'All time' }];
let chosen = 'month';

function changeText(change, worded, period) {
  if (!change || change.absolute === null || change.absolute === undefined) return null;
  if (change.absolute === 0) return h('span', { class: 'change' }, `same as the ${period} before`);
  const up = change.absolute > 0;
  const amount = change.percentage === null || change.percentage === undefined || Math.abs(change.percentage) > 999
    ? `${up ? '+' : '−'}${worded(Math.abs(change.absolute))}`
    : `${number(Math.abs(change.percentage))} %`;
  return h('span', { class: 'change' }, h('span', { class: up ? 'up' : 'down', 'aria-hidden': 'true' }, up ? '▲' : '▼'),
    h('span', { class: 'unseen' }, up ? 'up' : 'down'), ` ${amount} vs ${period} before`);
}

function figures(summary, format, period) {
  const whole = (value) => number(Math.round(value));
  const rows = [
    ['Distance', 'distance', format.total], ['Moving time', 'moving_time', span], ['Climbing', 'elevation_gain', format.height],
    ['Training load', 'training_load', whole], ['Activities', 'count', whole], ['Active days', 'active_days', whole],
  ];
  return h('dl', { class: 'figures' }, rows.map(([label, member, worded]) => h('div', null,
    h('dt', null, label),
    h('dd', null, h('span', { class: 'figure' }, summary[member] === null || summary[member] === undefined ? '–' : worded(summary[member])),
      period !== 'all' && changeText(summary.change?.[member], worded, period)))));
}

function sports(summary, format) {
  const items = (summary.by_sport ?? []).filter((one) => one.count > 0);
  if (items.length < 2) return null;
  return h('ul', { class: 'chips', 'aria-label': 'By sport' }, items.map((one) => h('li', null,
    h('strong', null, sportText(one.sport_type)), ` ${one.distance > 0 ? format.total(one.distance) : span(one.moving_time)} · ${number(one.count)}×`)));
}

export function totalsPart({ format, signal }, end, everything) {
  const content = h('div', { class: 'part-body' });
  const days = h('span', { class: 'muted small' });

  const load = () => guarded(content, async () => {
    const summary = chosen === 'all' ? everything : await get('/analytics/summary', { period: chosen, to: end, compare: 'previous' }, signal);
    replace(days, `${dayText(summary.from)} – ${dayText(summary.to)}`);
    replace(content, figures(summary, format, chosen), sports(summary, format));
  });
  load();
  return h('section', { class: 'card', id: 'totals', 'aria-labelledby': 'totals-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'totals-title' }, 'Totals'), days,
      segmented('Period of the totals', PERIODS, chosen, (value) => { chosen = value; load(); })),
    content);
}
