// The overview. It opens on the last active weeks: the service says which day the data ends, and when that is long ago the windows end
// there too, and the page says so, instead of showing three empty months.
import { h, replace, segmented } from './dom.js';
import { get } from './api.js';
import { addDays, dayText, daysBetween, daySeconds } from './format.js';
import { guarded } from './problem-box.js';
import { totalsPart } from './part-totals.js';
import { fitnessPart } from './part-fitness.js';
import { volumePart } from './part-volume.js';
import { zonesPart } from './part-zones.js';
import { listPart } from './part-list.js';
import { syncPart } from './part-sync.js';
import { importPart } from './part-import.js';

const LONG_AGO_DAYS = 28;
const RANGES = [{ value: '12', label: '12 weeks' }, { value: '26', label: '6 months' }, { value: '52', label: '1 year' }];
let chosenWeeks = '12';   // kept while the page is open, so that coming back from an activity finds the same view

/** Whole ISO weeks, the last one being that of `to`. */
function windowOf(weeks, to) {
  const weekday = (new Date(daySeconds(to) * 1000).getUTCDay() + 6) % 7;
  return { from: addDays(to, -weekday - 7 * (weeks - 1)), to };
}

function windowText(range, weeks) {
  const choice = RANGES.find((one) => one.value === String(weeks)).label;
  const span = weeks === 12 ? 'the 12 weeks' : weeks === 26 ? 'the 6 months' : 'the year';
  if (range.longAgo) return ['Last activity: ', h('time', { datetime: range.last }, dayText(range.last)), `, showing ${span} up to it.`];
  return [`The last ${choice === '1 year' ? 'year' : choice}, to `, h('time', { datetime: range.to }, dayText(range.to)), '.'];
}

export function dashboardView(context) {
  const { signal } = context;
  const body = h('div', { class: 'stack' }, h('p', { class: 'waiting' }, 'Loading…'));
  let empty = true;
  // A long first sync fills an empty page as it goes; a page that shows something is left in peace until the end.
  const side = { sync: syncPart(context, (ended) => (ended || empty) && load()), files: importPart(context, () => load()) };

  async function load() {
    const everything = await get('/analytics/summary', { period: 'all' }, signal);
    empty = !everything.last_active_day;
    if (empty) {
      replace(body, h('section', { class: 'card empty' },
        h('h1', null, 'No activities yet'),
        h('p', null, 'They appear here as the sync brings them in. You can also import files from your watch or a Strava export.')),
      h('div', { class: 'columns' }, side.sync.element, side.files.element));
      return;
    }
    const last = everything.last_active_day;
    const longAgo = daysBetween(last, everything.to) > LONG_AGO_DAYS;
    show(everything, { last, longAgo, end: longAgo ? last : everything.to });
  }

  function show(everything, { last, longAgo, end }) {
    const note = h('p', { class: longAgo ? 'window-note long-ago' : 'window-note', id: 'window' });
    const charts = h('div', { class: 'stack' });
    const draw = () => {
      const weeks = Number(chosenWeeks);
      const range = { ...windowOf(weeks, end), last, longAgo };
      replace(note, windowText(range, weeks));
      replace(charts, totalsPart(context, range, RANGES.find((one) => one.value === chosenWeeks).label, everything), fitnessPart(context, range), h('div', { class: 'columns' }, volumePart(context, range), zonesPart(context, range)));
    };
    draw();
    replace(body,
      h('div', { class: 'page-head' }, h('div', null, h('h1', null, 'Training'), note),
        segmented('Time shown in the charts', RANGES, chosenWeeks, (value) => { chosenWeeks = value; draw(); })),
      charts,
      h('div', { class: 'with-side side-first' }, listPart(context, everything), h('div', { class: 'stack side' }, side.sync.element, side.files.element)));
  }

  guarded(body, async () => {
    await load();
    side.sync.watch();
  });
  return body;
}
