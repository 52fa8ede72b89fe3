// The activities, newest first, page by page. The service pages by cursor, so nothing is shown twice when new ones arrive meanwhile.
import { add, announce, h, replace } from './dom.js';
import { get } from './api.js';
import { clock, number, timeText, weekdayText } from './format.js';
import { guarded, problemBox } from './problem-box.js';
import { thumbnail } from './polyline.js';
import { family, sportText } from './words.js';

const PAGE = 20;
const SORTS = [['-start_date', 'Newest'], ['start_date', 'Oldest'], ['-distance', 'Longest'], ['-moving_time', 'Most time'], ['-training_load', 'Hardest'], ['-total_elevation_gain', 'Most climbing']];
const HEAD = [['Distance', 'c-distance'], ['Time', 'c-time'], ['Pace, speed', 'c-tempo'], ['Heart rate', 'c-heart'], ['Climbing', 'c-climb'], ['Load', 'c-load']];
const filter = { q: '', sport_type: '', sort: '-start_date' };   // kept while the page is open

const known = (value) => value !== null && value !== undefined;

/** Pace for those who run and swim, speed for those who ride. */
export function tempoText(activity, format) {
  const display = activity.display ?? {};
  switch (family(activity)) {
    case 'run': return display.pace ?? format.pace(activity.metrics?.pace);
    case 'swim': return display.pace ?? format.swimPace(activity.metrics?.pace_100m);
    default: return display.speed ?? (activity.average_speed > 0 ? format.speed(activity.average_speed) : '–');
  }
}

function row(activity, format) {
  const cell = (text, label, name) => h('span', { class: `cell num ${name}${text === '–' ? ' cell-none' : ''}` }, h('span', { class: 'unseen' }, `${label} `), text);
  const distance = activity.distance > 0 ? activity.display?.distance ?? format.distance(activity.distance) : '–';
  return h('li', null, h('a', { class: 'row', href: `#/activity/${activity.id}` },
    thumbnail(activity.map?.summary_polyline, family(activity)),
    h('span', { class: 'row-name' }, h('b', null, activity.name || 'Untitled'),
      h('small', null, `${weekdayText(activity.start_date_local.slice(0, 10))}, ${timeText(activity.start_date_local)} · ${sportText(activity.sport_type)}`)),
    h('span', { class: 'cells' }, cell(distance, 'distance', 'c-distance'),
      cell(activity.display?.moving_time ?? clock(activity.moving_time), 'time', 'c-time'),
      cell(tempoText(activity, format), family(activity) === 'ride' ? 'speed' : 'pace', 'c-tempo'),
      cell(known(activity.average_heartrate) ? `${number(activity.average_heartrate)} bpm` : '–', 'heart rate', 'c-heart'),
      cell(known(activity.total_elevation_gain) ? activity.display?.elevation_gain ?? format.height(activity.total_elevation_gain) : '–', 'climbing', 'c-climb'),
      cell(known(activity.metrics?.training_load) ? number(activity.metrics.training_load) : '–', 'load', 'c-load'))));
}

function controls(sports, onChange) {
  let timer = 0;
  const change = (member, wait) => (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => { filter[member] = event.target.value.trim(); onChange(); }, wait);
  };
  const choice = (value, label, chosen) => h('option', { value, selected: value === chosen }, label);
  return h('div', { class: 'controls' },
    h('input', { type: 'search', id: 'search', placeholder: 'Search', 'aria-label': 'Search activities by name', value: filter.q, maxlength: 100, oninput: change('q', 300) }),
    h('select', { id: 'sport', 'aria-label': 'Sport', onchange: change('sport_type', 0) },
      choice('', 'All sports', filter.sport_type), sports.map((sport) => choice(sport, sportText(sport), filter.sport_type))),
    h('select', { 'aria-label': 'Order', onchange: change('sort', 0) }, SORTS.map(([value, label]) => choice(value, label, filter.sort))));
}

export function listPart({ format, signal }, everything) {
  const list = h('ol', { class: 'rows' });
  const state = h('p', { class: 'muted list-state' });
  const more = h('button', { type: 'button', class: 'button', hidden: true }, 'Show more');
  const head = h('div', { class: 'row row-head', 'aria-hidden': 'true' }, h('span'), h('span', null, 'Activity'),
    h('span', { class: 'cells' }, HEAD.map(([label, name]) => h('span', { class: `cell ${name}` }, label))));
  const content = h('div', { class: 'part-body' }, head, list, state, more);
  let cursor = null;
  let turn = 0;   // a slow answer to an older question is dropped

  async function page(fresh) {
    const mine = ++turn;
    const answer = await get('/activities', { limit: PAGE, cursor: fresh ? null : cursor, ...filter }, signal);
    if (mine !== turn) return;
    if (fresh) list.replaceChildren();
    add(list, answer.items.map((activity) => row(activity, format)));
    cursor = answer.next_cursor;
    more.hidden = !cursor;
    const shown = list.children.length;
    state.textContent = shown === 0 ? 'Nothing matches.' : cursor ? '' : `All ${number(shown)} shown.`;
    announce(shown === 0 ? 'No activity matches' : `${shown} activities shown`);
  }
  const fresh = () => guarded(content, async () => {
    await page(true);
    if (!content.contains(list)) replace(content, head, list, state, more);
  });
  more.addEventListener('click', async () => {
    more.disabled = true;
    try {
      const before = list.children.length;
      await page(false);
      list.children[before]?.querySelector('a').focus({ preventScroll: true });
    } catch (error) {
      if (error.name !== 'AbortError') state.replaceChildren(problemBox(error));
    }
    more.disabled = false;
  });
  fresh();
  const sports = (everything.by_sport ?? []).map((one) => one.sport_type).filter(Boolean);
  return h('section', { class: 'card', id: 'activities', 'aria-labelledby': 'list-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'list-title' }, 'Activities'), controls(sports, fresh)), content);
}
