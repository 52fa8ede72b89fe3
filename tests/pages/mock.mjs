// A double of the service for the page tests: answers the API's shapes with seeded, plausible training and serves the assets under the
// real content security policy. It knows nothing the contract does not say; where the page would rest on a member that the
// service does not have, a test against the double would pass and the one against the service would fail, so both are run.
//
//   node mock.mjs DIST [--port N] [--recent] [--empty] [--imperial]
//
// --recent puts the last activity on yesterday; otherwise it lies years back, as old recordings do. --empty: nothing until the first sync.
import { createServer } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeAthlete } from './mock-data.mjs';

const DAY = 86400000;
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8' };

const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const instant = (ms) => new Date(ms).toISOString().slice(0, 19) + 'Z';
const newId = () => randomBytes(12).toString('hex');

function loadAssets(folder) {
  const assets = new Map();
  for (const name of readdirSync(folder)) {
    const path = name === 'index.html' ? '/' : name === 'docs.html' ? '/docs' : `/assets/${name}`;
    assets.set(path, { type: TYPES[extname(name)], data: readFileSync(join(folder, name)) });
  }
  return assets;
}

class Failure extends Error {
  constructor(status, type, title, detail, errors) {
    super(title);
    Object.assign(this, { status, type, title, detail, errors });
  }
}

function known(query, names) {
  const extra = [...query.keys()].filter((name) => !names.includes(name));
  if (extra.length > 0) throw new Failure(422, '/problems/invalid', 'The request is not valid', 'A query parameter is unknown', extra.map((name) => ({ pointer: `?${name}`, code: 'unknown', message: 'is not a parameter of this route' })));
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The answers under /api/v1 of one athlete. */
function makeApi(athlete, options) {
  const state = { sync: null, jobs: new Map(), insights: [], shown: options.empty ? 0 : athlete.activities.length };
  const visible = () => athlete.activities.slice(athlete.activities.length - state.shown);
  const byId = (id) => {
    const activity = visible().find((one) => one.id === id);
    if (!activity) throw new Failure(404, '/problems/not-found', 'There is no such activity', `No activity ${id}`);
    return activity;
  };
  const lastDay = () => visible()[0]?.start_date_local.slice(0, 10) ?? null;
  const today = () => day(Date.now());
  const inRange = (from, to, sport) => visible().filter((one) => {
    const on = one.start_date_local.slice(0, 10);
    return on >= from && on <= to && (!sport || one.sport_type === sport);
  });
  const envelope = (from, to, list, has = () => true, reason = 'no_hr') => {
    const inputs = list.filter(has).length;
    return {
      from, to, last_active_day: lastDay(),
      data_quality: { activities: list.length, with_inputs: inputs, share: list.length ? inputs / list.length : 0, missing: inputs < list.length ? [{ reason, count: list.length - inputs }] : [] },
      computed_at: athlete.committed,
    };
  };

  const sum = (list, pick) => list.reduce((total, one) => total + (pick(one) ?? 0), 0);
  function totals(list) {
    const distance = sum(list, (one) => one.distance);
    const moving = sum(list, (one) => one.moving_time);
    const hearts = list.filter((one) => one.average_heartrate !== null);
    const beats = sum(hearts, (one) => one.average_heartrate * one.moving_time);
    return {
      count: list.length, distance, moving_time: moving, elapsed_time: sum(list, (one) => one.elapsed_time), elevation_gain: sum(list, (one) => one.total_elevation_gain),
      training_load: sum(list, (one) => one.metrics.training_load), average_pace: distance > 0 ? (moving / distance) * 1000 : null, average_speed: moving > 0 ? distance / moving : null,
      average_heartrate: hearts.length ? beats / sum(hearts, (one) => one.moving_time) : null, calories: sum(list, (one) => one.metrics.calories),
      active_days: new Set(list.map((one) => one.start_date_local.slice(0, 10))).size,
    };
  }

  function summary(query) {
    known(query, ['from', 'to', 'sport_type', 'period', 'compare']);
    if (query.has('from') && query.has('period')) throw new Failure(422, '/problems/invalid', 'The request is not valid', 'from and period exclude each other');
    const to = query.get('to') ?? today();
    const period = query.has('from') ? 'window' : query.get('period') ?? 'week';
    const at = new Date(`${to}T00:00:00Z`);
    const first = { week: at.getTime() - ((at.getUTCDay() + 6) % 7) * DAY, month: Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1), year: Date.UTC(at.getUTCFullYear(), 0, 1), window: Date.parse(query.get('from')) }[period];
    const from = period === 'all' ? visible().at(-1)?.start_date_local.slice(0, 10) ?? to : day(first);
    const list = inRange(from, to, query.get('sport_type'));
    const now = totals(list);
    const length = new Date(`${to}T00:00:00Z`).getTime() - new Date(`${from}T00:00:00Z`).getTime();
    const previousFrom = { week: first - 7 * DAY, month: Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - 1, 1), year: Date.UTC(at.getUTCFullYear() - 1, 0, 1), window: first - length - DAY, all: 0 }[period];
    const before = totals(period === 'all' ? [] : inRange(day(previousFrom), day(previousFrom + length), query.get('sport_type')));
    const change = Object.fromEntries(Object.keys(now).map((name) => {
      const absolute = now[name] === null || before[name] === null ? null : now[name] - before[name];
      return [name, { absolute, percentage: absolute === null || before[name] === 0 ? null : (absolute / before[name]) * 100 }];
    }));
    const longest = [...list].sort((a, b) => b.distance - a.distance)[0];
    return {
      ...envelope(from, to, list), ...now, longest: longest ? { activity_id: longest.id, distance: longest.distance, moving_time: longest.moving_time } : null,
      change: query.get('compare') === 'previous' ? change : null,
      by_sport: [...new Set(list.map((one) => one.sport_type))].map((sport) => ({ sport_type: sport, ...totals(list.filter((one) => one.sport_type === sport)) })).sort((a, b) => b.count - a.count),
    };
  }

  function fitness(query) {
    known(query, ['from', 'to', 'sport_type']);
    const to = query.get('to') ?? today();
    const from = query.get('from') ?? day(Date.parse(to) - 179 * DAY);
    const points = [];
    let [ctl, atl] = [0, 0];
    const start = visible().length ? Date.parse(visible().at(-1).start_date_local.slice(0, 10)) : Date.parse(from);
    const loads = new Map();
    for (const one of visible()) loads.set(one.start_date_local.slice(0, 10), (loads.get(one.start_date_local.slice(0, 10)) ?? 0) + (one.metrics.training_load ?? 0));
    for (let at = Math.min(start, Date.parse(from)); at <= Date.parse(to); at += DAY) {
      const date = day(at);
      const load = loads.get(date) ?? 0;
      const tsb = ctl - atl;
      ctl += (load - ctl) * (1 - Math.exp(-1 / 42));
      atl += (load - atl) * (1 - Math.exp(-1 / 7));
      if (date >= from) points.push({ date, load, ctl, atl, tsb, ramp_rate: null, monotony: null, strain: null, acwr: null, warming_up: at < start + 42 * DAY, projected: false });
    }
    return { ...envelope(from, to, inRange(from, to)), points, today: points.at(-1), forecast: [] };
  }

  const METRIC = { distance: ['m', (one) => one.distance], moving_time: ['s', (one) => one.moving_time], training_load: ['load', (one) => one.metrics.training_load], elevation_gain: ['m', (one) => one.total_elevation_gain] };
  function trends(query) {
    known(query, ['metric', 'bucket', 'smooth', 'from', 'to', 'sport_type']);
    const [unit, pick] = METRIC[query.get('metric') ?? 'distance'];
    const to = query.get('to') ?? today();
    const monday = (text) => Date.parse(text) - ((new Date(text).getUTCDay() + 6) % 7) * DAY;
    const from = query.get('from') ?? day(monday(to) - 25 * 7 * DAY);
    const points = [];
    for (let at = monday(from); at <= Date.parse(to); at += 7 * DAY) {
      const list = inRange(day(Math.max(at, Date.parse(from))), day(Math.min(at + 6 * DAY, Date.parse(to))));
      points.push({ date: day(at), value: sum(list, pick), n: list.length });
    }
    const n = points.length;
    const mean = sum(points, (p) => p.value) / n;
    const slope = points.reduce((t, p, i) => t + (i - (n - 1) / 2) * (p.value - mean), 0) / points.reduce((t, p, i) => t + (i - (n - 1) / 2) ** 2, 0);
    const trend = { direction: n < 5 ? 'insufficient_data' : slope > 0 ? 'improving' : 'declining', slope_per_week: slope, ci95: [slope - Math.abs(slope) * 0.7, slope + Math.abs(slope) * 0.7], p_value: 0.02, method: 'ols', n };
    return { ...envelope(from, to, inRange(from, to)), metric: query.get('metric') ?? 'distance', unit, points, trend, change_points: [] };
  }

  function zones(query) {
    known(query, ['kind', 'from', 'to', 'sport_type']);
    const to = query.get('to') ?? today();
    const from = query.get('from') ?? day(Date.parse(to) - 89 * DAY);
    const list = inRange(from, to);
    const time = [0, 0, 0, 0, 0];
    for (const one of list) for (const zone of one.metrics.heart_rate_zones ?? []) time[zone.zone - 1] += zone.time;
    const all = time.reduce((a, b) => a + b, 0);
    const edges = [[null, 114], [114, 133], [133, 152], [152, 171], [171, null]];
    const names = ['Recovery', 'Endurance', 'Tempo', 'Threshold', 'Maximum'];
    return {
      ...envelope(from, to, list, (one) => one.average_heartrate !== null), zones: time.map((t, i) => ({ zone: i + 1, name: names[i], min: edges[i][0], max: edges[i][1], time: t, percentage: all ? (t / all) * 100 : 0 })),
      polarization_index: all ? 1.83 : null, source: 'estimated',
    };
  }

  function page(query) {
    known(query, ['sport_type', 'type', 'after', 'before', 'q', 'min_distance', 'max_distance', 'min_duration', 'has', 'sort', 'limit', 'cursor']);
    const limit = Number(query.get('limit') ?? 30);
    const sort = query.get('sort') ?? '-start_date';
    const name = sort.replace('-', '');
    const value = (one) => (name === 'training_load' ? one.metrics.training_load : one[name]);
    const has = { heartrate: (one) => one.average_heartrate !== null, power: (one) => one.average_watts !== null, gps: (one) => one.map.summary_polyline !== null };
    const wanted = (query.get('has') ?? '').split(',').filter(Boolean);
    const items = visible().filter((one) => wanted.every((name) => has[name](one)) && (!query.get('sport_type') || query.getAll('sport_type').includes(one.sport_type)) && (!query.get('q') || one.name.toLowerCase().includes(query.get('q').toLowerCase())))
      .sort((a, b) => (value(a) === null) - (value(b) === null) || (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (sort.startsWith('-') ? -1 : 1));
    const at = query.get('cursor') ? Number(Buffer.from(query.get('cursor'), 'base64url').toString()) : 0;
    const end = at + limit;
    return { items: items.slice(at, end).map((one) => ({ ...one, laps: undefined, best_efforts: undefined })), next_cursor: end < items.length ? Buffer.from(String(end)).toString('base64url') : null };
  }

  function streams(activity, query) {
    known(query, ['keys', 'resolution']);
    const all = athlete.streams(activity);
    const size = all ? all.time.length : 0;
    const target = { low: 100, medium: 1000, high: 10000 }[query.get('resolution') ?? 'medium'] ?? size;
    const step = Math.max(1, Math.ceil(size / target));
    const keys = (query.get('keys') ?? 'time').split(',');
    return { keys, original_size: size, series: Object.fromEntries(keys.map((key) => [key, all?.[key]?.filter((_, i) => i % step === 0) ?? null])) };
  }

  const blank = { status: 'idle', job_id: null, fetched: null, total_estimate: null, percentage: null, started_at: null, finished_at: null, error: null, rate_limited_until: null };
  function syncState() {
    if (!state.sync) return options.empty ? blank : { ...blank, status: 'done', job_id: athlete.job, fetched: state.shown, total_estimate: state.shown, percentage: 100, started_at: athlete.committed, finished_at: athlete.committed };
    const { job_id: id, at } = state.sync;
    const share = Math.min(1, (Date.now() - at) / 2500);
    const total = athlete.activities.length;
    state.shown = Math.max(state.shown, Math.floor(total * share));
    return { ...blank, status: share < 1 ? 'running' : 'done', job_id: id, fetched: Math.floor(total * share), total_estimate: total, percentage: Math.round(share * 100), started_at: instant(at), finished_at: share < 1 ? null : instant(at + 2500) };
  }

  const job = (kind) => ({ id: newId(), kind, status: 'queued', progress: { done: 0, total: 1, percentage: 0 }, result: null, error: null, rate_limited_until: null, created_at: instant(Date.now()), started_at: null, finished_at: null });
  function importFile(buffer) {
    const text = buffer.toString('latin1');
    const name = /filename="([^"]*)"/.exec(text)?.[1] ?? 'file';
    const made = job('import');
    const good = /<gpx|<TrainingCenterDatabase|\.FIT/.test(text);
    state.jobs.set(made.id, { made, at: Date.now(), result: good
      ? { created: 0, updated: 0, duplicates: 1, failed: [], activity_ids: [athlete.activities[0].id] }
      : { created: 0, updated: 0, duplicates: 0, failed: [{ name, reason: 'unknown_format', detail: 'neither FIT, GPX, TCX nor an archive' }], activity_ids: [] } });
    return made;
  }
  function jobState(id) {
    const entry = state.jobs.get(id);
    if (!entry) throw new Failure(404, '/problems/not-found', 'There is no such job', '');
    if (Date.now() - entry.at < 700) return { ...entry.made, status: 'running', started_at: entry.made.created_at, progress: { done: 0, total: 1, percentage: 40 } };
    return { ...entry.made, status: 'done', started_at: entry.made.created_at, finished_at: instant(entry.at + 700), progress: { done: 1, total: 1, percentage: 100 }, result: entry.result };
  }

  function askInsight(body) {
    const earlier = state.insights.find((one) => one.activity_id === body.activity_id);
    if (earlier) return { status: 200, body: earlier };
    const made = athlete.insight(byId(body.activity_id));
    state.insights.push(made);
    return { status: 201, body: made };
  }

  return async function answer(method, path, query, request) {
    const [, what, id, sub] = path.match(/^\/([a-z-]+(?:\/[a-z]+)?)(?:\/([0-9a-f]{24}))?(?:\/([a-z]+))?$/) ?? [];
    switch (`${method} ${what}${id ? '/:id' : ''}${sub ? `/${sub}` : ''}`) {
      case 'GET auth/user': return { body: athlete.profile };
      case 'GET analytics/summary': return { body: summary(query) };
      case 'GET analytics/fitness': return { body: fitness(query) };
      case 'GET analytics/trends': return { body: trends(query) };
      case 'GET analytics/zones': return { body: zones(query) };
      case 'GET activities': return { body: page(query) };
      case 'GET activities/:id': return { body: byId(id) };
      case 'GET activities/:id/streams': return { body: streams(byId(id), query) };
      case 'GET activities/:id/map': return { type: 'application/geo+json', body: athlete.map(byId(id)) };
      case 'GET activities/sync': return { body: syncState() };
      case 'POST activities/sync': {
        state.sync = { job_id: newId(), at: Date.now() };
        return { status: 202, location: `/api/v1/jobs/${state.sync.job_id}`, body: { ...job('sync'), id: state.sync.job_id } };
      }
      case 'POST activities/import': {
        const made = importFile(await bodyOf(request));
        return { status: 202, location: `/api/v1/jobs/${made.id}`, body: made };
      }
      case 'GET jobs/:id': return { body: jobState(id) };
      case 'GET insights': known(query, ['kind', 'activity_id', 'min_score', 'limit', 'cursor']); return { body: { items: state.insights.filter((one) => one.activity_id === query.get('activity_id')), next_cursor: null } };
      case 'POST insights': return askInsight(JSON.parse(await bodyOf(request)));
      default: throw new Failure(404, '/problems/not-found', 'There is no such path', path);
    }
  };
}

/** Starts the double; gives {url, stop}. */
export async function startMock({ dist, port = 0, recent = false, empty = false, imperial = false, notice = 'Generated data: this athlete does not exist.' }) {
  const assets = loadAssets(dist);
  const options = { recent, empty, imperial };
  const athlete = makeAthlete(recent ? Date.now() - DAY : Date.UTC(2023, 4, 2, 7), imperial);
  const sessions = new Map();

  async function serve(request, response) {
    const url = new URL(request.url, 'http://localhost');
    const path = url.pathname;
    const common = { 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer', 'Cross-Origin-Resource-Policy': 'same-origin', 'X-Request-Id': newId() };
    const json = (status, body, headers = {}) => response.writeHead(status, { ...common, 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'", 'Content-Type': 'application/json', 'Cache-Control': 'private, no-cache', ...headers }).end(JSON.stringify(body));
    const problem = (failure) => json(failure.status, { type: failure.type, title: failure.title, status: failure.status, detail: failure.detail ?? '', instance: path, request_id: common['X-Request-Id'], ...(failure.errors && { errors: failure.errors }) }, { 'Content-Type': 'application/problem+json' });
    const see = (location, headers) => response.writeHead(303, { ...common, Location: location, 'Cache-Control': 'no-store', ...headers }).end();

    const asset = request.method === 'GET' && assets.get(path);
    if (asset) {
      const html = asset.type.startsWith('text/html');
      response.writeHead(200, { ...common, 'Content-Security-Policy': html ? CSP : "default-src 'none'; frame-ancestors 'none'", 'Content-Type': asset.type, 'Cache-Control': 'no-cache', ETag: `"${createHash('sha256').update(asset.data).digest('hex').slice(0, 32)}"` }).end(asset.data);
      return;
    }
    if (path === '/version') return void json(200, { version: '0.1.0', commit: 'unknown', libraries: {}, notice });
    if (path === '/openapi.json') return void json(200, athlete.openapi);
    const session = /stravaai_session=([0-9a-f]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (path === '/api/v1/auth/strava/authorize') return void see('/mock-strava/consent', { 'Set-Cookie': `stravaai_state=${newId()}; HttpOnly; SameSite=Lax; Path=/` });
    if (path === '/mock-strava/consent') return void see('/api/v1/auth/strava/callback?code=1&state=1&scope=read');
    if (path === '/api/v1/auth/strava/callback') {
      const made = newId();
      sessions.set(made, makeApi(athlete, options));
      return void see('/', { 'Set-Cookie': `stravaai_session=${made}; HttpOnly; SameSite=Lax; Path=/` });
    }
    if (!path.startsWith('/api/v1/')) return void problem(new Failure(404, '/problems/not-found', 'There is no such path', path));
    const api = sessions.get(session);
    if (!api) return void problem(new Failure(401, '/problems/unauthorized', 'Sign in first', 'No session'));
    if (request.method !== 'GET' && request.headers['sec-fetch-site'] !== 'same-origin') return void problem(new Failure(403, '/problems/cross-site', 'This call must come from the page', ''));
    if (path === '/api/v1/auth/logout') {
      sessions.delete(session);
      return void json(200, { success: true }, { 'Set-Cookie': 'stravaai_session=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/', 'Cache-Control': 'no-store' });
    }
    try {
      const { status = 200, body, location, type } = await api(request.method, path.slice('/api/v1'.length), url.searchParams, request);
      json(status, body, { ...(location && { Location: location }), ...(type && { 'Content-Type': type }) });
    } catch (failure) {
      if (!(failure instanceof Failure)) console.error(failure);
      problem(failure instanceof Failure ? failure : new Failure(500, '/problems/internal', 'The double failed', failure.message));
    }
  }

  const server = createServer((request, response) => { serve(request, response); });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [dist, ...flags] = process.argv.slice(2);
  if (!dist) {
    console.error('usage: node mock.mjs DIST [--port N] [--recent] [--empty] [--imperial]');
    process.exit(2);
  }
  const has = (flag) => flags.includes(flag);
  const mock = await startMock({ dist, port: has('--port') ? Number(flags[flags.indexOf('--port') + 1]) : 0, recent: has('--recent'), empty: has('--empty'), imperial: has('--imperial') });
  console.log(mock.url);
}
