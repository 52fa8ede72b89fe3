// One bar a week of distance, time, load or climbing, with the straight-line trend in words.
import { h, replace, segmented } from './dom.js';
import { get } from './api.js';
import { axis, bars, color, draw } from './charts.js';
import { dayText, daySeconds, number, shortDay, span } from './format.js';
import { guarded } from './problem-box.js';

const METRICS = [
  { value: 'distance', label: 'Distance' }, { value: 'moving_time', label: 'Time' },
  { value: 'training_load', label: 'Load' }, { value: 'elevation_gain', label: 'Climbing' },
];
let chosen = 'distance';

function reading(metric, format) {
  const whole = (value) => number(Math.round(value));
  return {
    distance: { axis: (v) => whole(format.toLength(v)), text: format.total, unit: format.lengthUnit },
    moving_time: { axis: (v) => number(v / 3600, v % 3600 ? 1 : 0), text: span, unit: 'h', step: 3600 },
    training_load: { axis: whole, text: whole, unit: '' },
    elevation_gain: { axis: (v) => whole(format.toHeight(v)), text: format.height, unit: format.heightUnit },
  }[metric];
}

/** Labels stand under bars: every week while they fit, then every second, third … one, counted from the last. */
const weekAxis = (count) => ({
  ...axis(),
  splits: (chart) => {
    const step = Math.ceil((count * 56) / chart.bbox.width * devicePixelRatio);
    return chart.data[0].filter((_, index) => (count - 1 - index) % step === 0);
  },
  values: (chart, splits) => splits.map(shortDay),
});

function trendText(trend, read) {
  if (!trend || trend.direction === 'insufficient_data' || trend.slope_per_week === null) return 'Too few weeks for a trend.';
  const signed = (value) => `${value < 0 ? '−' : '+'}${read.text(Math.abs(value))}`;
  const interval = trend.ci95?.length === 2 ? ` (95 %: ${signed(trend.ci95[0])} to ${signed(trend.ci95[1])})` : '';
  if (trend.direction === 'stable') return `No clear trend: ${signed(trend.slope_per_week)} a week${interval}.`;
  return `${trend.slope_per_week > 0 ? 'Rising' : 'Falling'}: ${signed(trend.slope_per_week)} a week${interval}.`;
}

export function volumePart({ format, signal }, range) {
  const content = h('div', { class: 'part-body' });
  const load = () => guarded(content, async () => {
    const read = reading(chosen, format);
    const answer = await get('/analytics/trends', { metric: chosen, bucket: 'week', from: range.from, to: range.to }, signal);
    const { points } = answer;
    const now = h('p', { class: 'plot-reading' });
    const host = h('div', { class: 'plot' });
    const show = (index) => {
      const point = points[index ?? points.length - 1];
      replace(now, h('strong', null, read.text(point?.value ?? 0)), point ? ` in the week of ${dayText(point.date)}` : '', point?.n ? ` · ${number(point.n)} ${point.n === 1 ? 'activity' : 'activities'}` : '');
    };
    replace(content, now, h('div', { role: 'img', 'aria-label': `Weekly ${chosen.replace('_', ' ')}. ${trendText(answer.trend, read)}` }, host),
      h('p', { class: 'muted small' }, trendText(answer.trend, read)));
    show(null);
    if (points.length === 0) return;
    const increments = chosen === 'moving_time' ? [0.5, 1, 2, 3, 4, 5, 10, 20].map((hours) => hours * 3600)
      : chosen === 'distance' ? [1, 2, 5, 10, 20, 25, 50, 100, 200, 500].map((n) => n / format.toLength(1))
        : chosen === 'elevation_gain' ? [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000].map((n) => n / format.toHeight(1)) : undefined;
    draw(host, {
      height: 190,
      hooks: { setCursor: [(chart) => show(chart.cursor.idx)] },
      scales: { x: { time: true, range: (u, min, max) => [min - 4 * 86400, max + 4 * 86400] }, y: { range: (u, min, max) => [0, max > 0 ? max * 1.08 : 1] } },
      axes: [weekAxis(points.length), axis({ size: 40, space: 36, ...(increments && { incrs: increments }), values: (u, splits) => splits.map((v) => `${read.axis(v)}`) })],
      series: [{}, { fill: color('--accent', 0.85), width: 0, paths: bars(0.72, 34), points: { show: false } }],
    }, [points.map((point) => daySeconds(point.date)), points.map((point) => point.value ?? 0)]);
  });
  load();
  return h('section', { class: 'card', id: 'volume', 'aria-labelledby': 'volume-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'volume-title' }, 'Week by week'),
      segmented('What the bars show', METRICS, chosen, (value) => { chosen = value; load(); })),
    content);
}
