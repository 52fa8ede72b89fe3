// Compares what the service has with what the simulator has: `compare_with_simulator.mjs BASE TOKEN SIMULATOR`.
//
// Every activity of the simulator's first athlete must be there exactly once, by Strava's id, with the same start, distance and elapsed time, with
// metrics, and with as many points in its streams; and nothing else may be there. One line a promise.
const [base, token, simulator] = process.argv.slice(2);
let failures = 0;
function promise(text, problems) {
  if (problems.length) failures++;
  console.log(problems.length ? `FAILED: ${text}: ${problems.slice(0, 5).join('; ')} (${problems.length})` : `PASSED: ${text}`);
}
async function json(url, options) {
  const answer = await fetch(url, options);
  return { status: answer.status, body: await answer.json().catch(() => null) };
}

async function simulatorToken() {
  const back = 'http://127.0.0.1/back';
  const query = `client_id=1&redirect_uri=${encodeURIComponent(back)}&response_type=code&scope=read,activity:read_all,profile:read_all`;
  const consent = await fetch(`${simulator}/oauth/authorize?${query}`, { redirect: 'manual' });
  const code = new URL(consent.headers.get('location')).searchParams.get('code');
  const form = new URLSearchParams({ client_id: '1', client_secret: 'secret', code, grant_type: 'authorization_code' });
  return (await json(`${simulator}/oauth/token`, { method: 'POST', body: form })).body.access_token;
}

async function simulatorActivities(headers) {
  const all = [];
  for (let page = 1; ; page++) {
    const { body } = await json(`${simulator}/api/v3/athlete/activities?per_page=200&page=${page}`, { headers });
    if (!body.length) return all;
    all.push(...body);
  }
}

async function ours(headers) {
  const all = [];
  let cursor = '';
  do {
    const { status, body } = await json(`${base}/api/v1/activities?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`, { headers });
    if (status !== 200) throw new Error(`list answers ${status}`);
    all.push(...body.items);
    cursor = body.next_cursor;
  } while (cursor);
  return all;
}

const longest = (columns) => Math.max(0, ...columns.filter(Array.isArray).map((column) => column.length));

const mine = { authorization: `Bearer ${token}` };
const theirs = { authorization: `Bearer ${await simulatorToken()}` };
const [wanted, found] = [await simulatorActivities(theirs), await ours(mine)];
const byId = new Map();
for (const a of found) byId.set(a.strava_activity_id, [...(byId.get(a.strava_activity_id) ?? []), a]);

promise(`all ${wanted.length} activities of the simulator are there`, wanted.filter((w) => !byId.has(w.id)).map((w) => w.id));
promise('each is there once', [...byId].filter(([, list]) => list.length > 1).map(([id]) => id));
promise('nothing else is there', found.filter((a) => !wanted.some((w) => w.id === a.strava_activity_id)).map((a) => a.id));

const different = [], bare = [], streams = [];
let points = 0, withStreams = 0;
for (const w of wanted) {
  const a = byId.get(w.id)?.[0];
  if (!a) continue;
  if (Date.parse(a.start_date) !== Date.parse(w.start_date) || Math.abs((a.distance ?? 0) - (w.distance ?? 0)) > 0.1 || a.elapsed_time !== w.elapsed_time)
    different.push(`${w.id}: ${a.start_date} ${a.distance} ${a.elapsed_time} instead of ${w.start_date} ${w.distance} ${w.elapsed_time}`);
  if (!a.metrics || a.metrics.training_load_method === undefined || (a.metrics.training_load === null && !a.absent.training_load)) bare.push(w.id);
  const keys = 'time,latlng,distance,altitude,velocity_smooth,heartrate,cadence,watts,temp,moving,grade_smooth';
  const there = await json(`${simulator}/api/v3/activities/${w.id}/streams?keys=${keys}&key_by_type=true`, { headers: theirs });
  const length = there.status === 200 ? longest(Object.values(there.body).map((s) => s?.data)) : 0;
  const here = await json(`${base}/api/v1/activities/${a.id}/streams?resolution=full`, { headers: mine });
  const got = here.status === 200 ? longest(Object.values(here.body.series)) : 0;
  if (here.status !== 200 || got !== length || here.body.original_size !== length) streams.push(`${w.id}: ${got} points instead of ${length} (${here.status})`);
  withStreams += length > 0;
  points += got;
}
promise('start, distance and elapsed time are those of the simulator', different);
promise('each has its metrics, or the reason why not', bare);
promise(`streams are complete (${withStreams} activities, ${points} points)`, streams);
process.exit(failures ? 1 : 0);
