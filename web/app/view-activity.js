// One activity: its figures, its line, its recording, its zones, what it says, and what is missing and why.
import { figure, h, replace } from './dom.js';
import { get } from './api.js';
import { clock, number, timeText, weekdayText } from './format.js';
import { guarded } from './problem-box.js';
import { insightPart } from './part-insight.js';
import { streamsPart } from './part-streams.js';
import { tempoText } from './part-list.js';
import { drawMap } from './route-map.js';
import { zoneBars } from './zone-bars.js';
import { family, methodText, metricText, reasonText, sentence, sportText } from './words.js';

const MAX_LAPS = 200;   // a pool swim may have thousands of lengths
const known = (value) => value !== null && value !== undefined;

/** The service counts one leg on foot, as devices do; people speak of steps. */
function cadenceText(sport, value) {
  if (sport === 'run') return `${number(2 * value)} steps/min`;
  return `${number(value)} ${sport === 'swim' ? 'strokes/min' : 'rpm'}`;
}

function keyFigures(activity, format) {
  const metrics = activity.metrics ?? {};
  const display = activity.display ?? {};
  const sport = family(activity);
  const unit = (value, text, digits = 0) => known(value) && `${number(value, digits)} ${text}`;
  const rows = [
    ['Distance', activity.distance > 0 && (display.distance ?? format.distance(activity.distance))],
    ['Moving time', display.moving_time ?? clock(activity.moving_time), activity.elapsed_time > activity.moving_time + 5 && `${clock(activity.elapsed_time)} elapsed`],
    [sport === 'ride' || sport === 'other' ? 'Speed' : 'Pace', tempoText(activity, format) !== '–' && tempoText(activity, format),
      sport === 'run' && known(metrics.grade_adjusted_pace) && `${format.pace(metrics.grade_adjusted_pace)} on the flat`],
    ['Heart rate', unit(activity.average_heartrate, 'bpm'), known(activity.max_heartrate) && `highest ${number(activity.max_heartrate)}`],
    ['Climbing', known(activity.total_elevation_gain) && (display.elevation_gain ?? format.height(activity.total_elevation_gain))],
    ['Power', unit(activity.average_watts, 'W'), known(metrics.np) && `normalized ${number(metrics.np)} W`],
    ['Training load', known(metrics.training_load) && number(metrics.training_load), methodText(metrics.training_load_method)],
    ['Intensity', known(metrics.intensity) && number(metrics.intensity, 2)],
    ['Energy', unit(metrics.calories, 'kcal'), known(activity.kilojoules) && `${number(activity.kilojoules)} kJ of work`],
    ['Cadence', known(activity.average_cadence) && (cadenceText(sport, activity.average_cadence))],
    ['Efficiency', known(metrics.efficiency_score) && `${number(metrics.efficiency_score)} %`],
    ['Decoupling', known(metrics.decoupling) && `${number(metrics.decoupling, 1)} %`],
  ];
  return h('dl', { class: 'figures tight' }, rows.filter(([, value]) => value).map(([label, value, note]) => h('div', null,
    h('dt', null, label), h('dd', null, figure(value), note && h('span', { class: 'change' }, note)))));
}

function place(activity) {
  return [activity.location_city, activity.location_state, activity.location_country].filter(Boolean).join(', ');
}

function heading(activity) {
  const origin = [sportText(activity.sport_type), place(activity)].filter(Boolean).join(' · ');
  const fromStrava = activity.source === 'strava_api' && activity.strava_url;
  return h('div', { class: 'page-head' },
    h('div', null,
      h('p', { class: 'crumb' }, h('a', { href: '#/' }, '← All training')),
      h('h1', null, activity.name || 'Untitled'),
      h('p', { class: 'window-note' }, h('time', { datetime: activity.start_date_local }, `${weekdayText(activity.start_date_local.slice(0, 10))}, ${timeText(activity.start_date_local)}`), ` · ${origin}`)),
    h('p', { class: 'origin' },
      fromStrava && h('a', { class: 'view-on', href: activity.strava_url, rel: 'noopener noreferrer', target: '_blank' }, 'View on Strava'),
      activity.attribution && h('span', { class: 'muted small' }, activity.attribution),
      activity.source === 'file' && activity.file?.name && h('span', { class: 'muted small' }, `From the file ${activity.file.name}`)));
}

function mapPart({ format, signal }, activity, map) {
  const host = h('div', { class: 'map', role: 'img', 'aria-label': 'The line of this activity' });
  const card = h('section', { class: 'card map-card', id: 'map', 'aria-label': 'Map' }, host);
  guarded(card, async () => {
    const feature = await get(`/activities/${activity.id}/map`, undefined, signal);
    if (!feature.geometry || feature.geometry.coordinates.length === 0) {
      card.remove();
      return;
    }
    const drawn = await drawMap(host, feature.geometry, format.imperial);
    map.point = drawn.point;
    signal.addEventListener('abort', () => drawn.destroy(), { once: true });
  });
  return card;
}

function zonesPart(activity) {
  const zones = activity.metrics?.heart_rate_zones ?? [];
  if (!zones.some((zone) => zone.time > 0)) return null;
  return h('section', { class: 'card', 'aria-labelledby': 'azones-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'azones-title' }, 'Heart-rate zones')), zoneBars(zones, { exact: true }));
}

function table(title, head, rows) {
  if (rows.length === 0) return null;
  return h('section', { class: 'card' }, h('div', { class: 'card-head' }, h('h2', null, title)),
    h('div', { class: 'table-scroll' }, h('table', null,
      h('thead', null, h('tr', null, head.map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', null, rows.map((row) => h('tr', null, row.map((text) => h('td', { class: 'num' }, text ?? '–'))))))));
}

function lapsPart(activity, format) {
  const laps = activity.laps ?? [];
  if (laps.length < 2) return null;
  const tempo = (lap) => tempoText({ ...lap, sport_type: activity.sport_type, display: lap.display,
    metrics: { pace: lap.distance > 0 ? (lap.moving_time * 1000) / lap.distance : null, pace_100m: lap.distance > 0 ? (lap.moving_time * 100) / lap.distance : null } }, format);
  return table(laps.length > MAX_LAPS ? `Laps, the first ${MAX_LAPS} of ${number(laps.length)}` : 'Laps', ['#', 'Distance', 'Time', family(activity) === 'ride' ? 'Speed' : 'Pace', 'Heart rate'], laps.slice(0, MAX_LAPS).map((lap, index) => [
    number(lap.lap_index ?? index + 1), format.distance(lap.distance), clock(lap.moving_time), tempo(lap), known(lap.average_heartrate) ? `${number(lap.average_heartrate)} bpm` : null]));
}

function bestPart(activity, format) {
  return table('Best efforts', ['Over', 'Time'], (activity.best_efforts ?? []).map((one) => [
    one.name ?? format.distance(one.distance), clock(one.time)]));
}

function missingPart(activity) {
  // What a sport does not have is no lack of this activity.
  const absent = Object.entries(activity.absent ?? {}).filter(([, reason]) => reason !== 'not_applicable');
  if (absent.length === 0) return null;
  return h('section', { class: 'card', id: 'absent', 'aria-labelledby': 'absent-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'absent-title' }, 'Not available')),
    h('ul', { class: 'absent' }, absent.map(([metric, reason]) => h('li', null, h('b', null, sentence(metricText(metric))), `: ${reasonText(reason)}.`))));
}

export function activityView(context, id) {
  const body = h('div', { class: 'stack' }, h('p', { class: 'waiting' }, 'Loading…'));
  guarded(body, async () => {
    const activity = await get(`/activities/${id}`, undefined, context.signal);
    const map = { point() {} };
    const { format } = context;
    context.setTitle(activity.name);
    replace(body, heading(activity),
      h('section', { class: 'card', 'aria-label': 'Key figures', id: 'figures' }, keyFigures(activity, format)),
      h('div', { class: 'with-side mixed' },
        h('div', { class: 'stack' }, mapPart(context, activity, map), streamsPart(context, activity, map), lapsPart(activity, format)),
        h('div', { class: 'stack' }, insightPart(context, activity), zonesPart(activity), bestPart(activity, format), missingPart(activity))));
  });
  return body;
}
