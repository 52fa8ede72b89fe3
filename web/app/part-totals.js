// Totals of the weeks that the charts show, or of a calendar week, month, year or everything, with the change against the time before.
import { figure, h, replace, segmented } from './dom.js';
import { get } from './api.js';
import { dayText, number, span } from './format.js';
import { guarded } from './problem-box.js';
import { sportText } from './words.js';

const PERIODS = [{ value: 'week', label: 'Week' }, { value: 'month', label: 'Month' }, { value: 'year', label: 'Year' }, { value: 'all', label: 'All time' }];
let chosen = 'window';

function changeText(change, worded) {
  if (!change || change.absolute === null || change.absolute === undefined) return null;
  if (change.absolute === 0) return h('span', { class: 'change' }, 'unchanged');
  const up = change.absolute > 0;
  const amount = change.percentage === null || change.percentage === undefined || Math.abs(change.percentage) > 999
    ? `${up ? '+' : '−'}${worded(Math.abs(change.absolute))}`
    : `${number(Math.abs(change.percentage))} %`;
  return h('span', { class: 'change' }, h('span', { class: up ? 'up' : 'down', 'aria-hidden': 'true' }, up ? '▲' : '▼'),
    h('span', { class: 'unseen' }, up ? 'up' : 'down'), ` ${amount}`);
}

function figures(summary, format) {
  const whole = (value) => number(Math.round(value));
  const rows = [
    ['Distance', 'distance', format.total], ['Moving time', 'moving_time', span], ['Climbing', 'elevation_gain', format.height],
    ['Training load', 'training_load', whole], ['Activities', 'count', whole], ['Active days', 'active_days', whole],
  ];
  return h('dl', { class: 'figures' }, rows.map(([label, member, worded]) => h('div', null,
    h('dt', null, label),
    h('dd', null, figure(summary[member] === null || summary[member] === undefined ? '–' : worded(summary[member])), changeText(summary.change?.[member], worded)))));
}

function sports(summary, format) {
  const items = (summary.by_sport ?? []).filter((one) => one.count > 0);
  if (items.length < 2) return null;
  return h('ul', { class: 'chips', 'aria-label': 'By sport' }, items.map((one) => h('li', null,
    h('strong', null, sportText(one.sport_type)), ` ${one.distance > 0 ? format.total(one.distance) : span(one.moving_time)} · ${number(one.count)}×`)));
}

export function totalsPart({ format, signal }, range, label, everything) {
  const content = h('div', { class: 'part-body' });
  const days = h('span', { class: 'muted small' });

  const load = () => guarded(content, async () => {
    const asked = chosen === 'window' ? { from: range.from } : { period: chosen };
    const summary = chosen === 'all' ? everything : await get('/analytics/summary', { ...asked, to: range.to, compare: 'previous' }, signal);
    const compared = chosen === 'window' ? ', against as long before' : chosen === 'all' ? '' : `, against the ${chosen} before`;
    replace(days, `${dayText(summary.from)} – ${dayText(summary.to)}${summary.change ? compared : ''}`);
    replace(content, figures(summary, format), sports(summary, format));
  });
  load();
  return h('section', { class: 'card', id: 'totals', 'aria-labelledby': 'totals-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'totals-title' }, 'Totals'), days,
      segmented('Period of the totals', [{ value: 'window', label }, ...PERIODS], chosen, (value) => { chosen = value; load(); })),
    content);
}
