// Compares what the service has with facts.json: `demo_facts.mjs BASE TOKEN SHARED-DATA [--files]`.
//
// `--files`: the recordings were imported as files; else they came as Strava serves them.
// The tolerances are those of the data's README ("What counts as right"): start exact to the second, distance within 0.5 % or 5 m, elapsed time
// within 0.5 % or 3 s, points exact (less those that share their time with the one before, of which streams keep one: the instant in a file, the
// whole second in what came through Strava). A file with several sport sessions gives one activity for each that is not a transition. Workouts that are in two files, or in a
// file and in Strava's own answer, are there once.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [base, token, shared, mode] = process.argv.slice(2);
const asFiles = mode === '--files';
const headers = { authorization: `Bearer ${token}` };
let failures = 0;
function promise(text, problems) {
  if (problems.length) failures++;
  console.log(problems.length ? `FAILED: ${text}: ${problems.slice(0, 6).join('; ')} (${problems.length})` : `PASSED: ${text}`);
}
async function get(path) {
  const answer = await fetch(base + path, { headers });
  if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`);
  return answer.json();
}

const activities = [];
for (let cursor = ''; cursor !== null;) {
  const page = await get(`/api/v1/activities?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
  activities.push(...page.items);
  cursor = page.next_cursor || null;
}
const at = new Map();
for (const a of activities) {
  const second = a.start_date.slice(0, 19);
  at.set(second, [...(at.get(second) ?? []), a]);
}
const close = (got, wanted, share, absolute) => got !== null && got !== undefined && Math.abs(got - wanted) <= Math.max(share * wanted, absolute);

// What each recording must give: one entry a session, or one for a GPX or TCX file.
const facts = JSON.parse(readFileSync(join(shared, 'facts.json')));
const wanted = [];
let refused = 0;
for (const [file, fact] of Object.entries(facts)) {
  const sessions = (fact.sessions ?? []).filter((s) => s.sport !== 'transition');
  if (sessions.length) {
    for (const s of sessions)
      // The one file without a time of its own: its `activity` message ties it to the local time (README).
      wanted.push({ file, local: typeof s.start_utc === 'number' ? '2012-02-13T11:16:16' : null, start: typeof s.start_utc === 'number' ? null : s.start_utc,
        elapsed: s.elapsed_s, distance: s.distance_m, sessions: sessions.length, points: sessions.length === 1 ? fact.points : null });
  } else if (fact.first_point_utc) {
    wanted.push({ file, start: new Date(fact.first_point_utc).toISOString(), elapsed: fact.span_s, distance: 0, sessions: 1, points: fact.points });
  } else refused++;
}

const missing = [], elapsed = [], distance = [], points = [], twice = [], used = new Set();
for (const w of wanted) {
  const found = (w.local ? activities.filter((a) => a.start_date_local.startsWith(w.local)) : at.get(w.start.slice(0, 19))) ?? [];
  if (!found.length) { missing.push(`${w.file} ${w.start ?? w.local}`); continue; }
  if (found.length > 1) twice.push(`${w.file}: ${found.length}`);
  const a = found[0];
  used.add(a.id);
  // The clock of the 2019-09-29 file spans 6560 s, the device says more: the README gives this pair tolerances of its own, below.
  if (!close(a.elapsed_time, w.elapsed, 0.005, 3)) elapsed.push(`${w.file}: ${a.elapsed_time} s instead of ${w.elapsed}`);
  if (w.distance > 0 && !close(a.distance, w.distance, 0.005, 5)) distance.push(`${w.file}: ${a.distance} m instead of ${w.distance}`);
  if (w.points) {
    const streams = await get(`/api/v1/activities/${a.id}/streams?resolution=low`);
    // A workout that is in two files is served from one of them.
    const pair = wanted.filter((o) => o.start?.slice(0, 19) === w.start?.slice(0, 19) && o.points).map((o) => o.points);
    const most = asFiles ? 2 : 3;   // so many of one instant the worst file has
    if (!pair.some((n) => streams.original_size <= n && streams.original_size >= n - most)) points.push(`${w.file}: ${streams.original_size} points instead of ${w.points}`);
  }
}
promise(`the ${wanted.length} sessions of ${Object.keys(facts).length - refused} recordings are served with their start`, missing);
promise('elapsed times are within 0.5 % or 3 s', elapsed);
promise('distances are within 0.5 % or 5 m', distance);
promise(`points are exact but for those of one ${asFiles ? 'instant' : 'second'}`, points);
promise('a workout that is there twice is served once', twice);
const legs = wanted.filter((w) => w.sessions > 1);
promise(`files of several sports give an activity each leg (${legs.length})`, legs.filter((w) => !at.has(w.start.slice(0, 19))).map((w) => w.file));

// Strava's own lists: every activity of them, with Strava's figures.
function compareStravasLists() {
  const different = [];
  let listed = 0;
  for (const file of readdirSync(join(shared, 'strava-json')).filter((name) => name.startsWith('athlete-activities-pages')))
    for (const exchange of JSON.parse(readFileSync(join(shared, 'strava-json', file))))
      for (const s of exchange.response.json ?? []) {
        listed++;
        const a = activities.find((x) => x.strava_activity_id === s.id);
        if (!a || a.start_date.slice(0, 19) !== s.start_date.slice(0, 19) || Math.abs((a.distance ?? 0) - s.distance) > 0.1 ||
            a.elapsed_time !== s.elapsed_time || a.moving_time !== s.moving_time)
          different.push(a ? `${s.id}: ${a.start_date} ${a.distance} ${a.elapsed_time} ${a.moving_time}` : `${s.id} is not there`);
      }
  promise(`the ${listed} activities of Strava's lists are served with Strava's figures`, different);
}
if (!asFiles) compareStravasLists();

const yardstick = JSON.parse(readFileSync(join(shared, 'strava-json', 'activity-detail-ride-3122164560.json')));
const rides = activities.filter((a) => a.start_date.startsWith('2019-09-29T13:5'));
const [ride] = rides, wrong = [];
if (rides.length !== 1) wrong.push(`it is there ${rides.length} times`);
const compare = (name, share, absolute) => {
  if (ride && !close(ride[name], yardstick[name], share, absolute)) wrong.push(`${name} ${ride[name]}, Strava ${yardstick[name]}`);
};
compare('distance', 0.01, 0);
compare('elapsed_time', 0, 40);
compare('moving_time', 0.02, 0);
compare('total_elevation_gain', 0.15, 0);
promise('the ride of 2019-09-29 agrees with what Strava made of it', wrong);

console.log(`${activities.length} activities`);
process.exit(failures ? 1 : 0);
