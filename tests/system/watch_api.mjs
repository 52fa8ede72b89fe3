// Reads the API while the service is killed and started: `watch_api.mjs BASE TOKEN STOP-FILE`.
//
// A connection that breaks is what a kill looks like from outside and counts for nothing; an answer that came must be whole: 200, no activity twice,
// every member that a workout always has, streams of equal length where the activity says that it has some. Ends when STOP-FILE appears.
import { existsSync } from 'node:fs';

const [base, token, stopFile] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}` };
const problems = [];
let answers = 0, broken = 0, activities = 0, streams = 0;

const problem = (text) => { if (problems.length < 20) problems.push(text); };

async function get(path) {
  let status, body;
  try {
    const answer = await fetch(base + path, { headers, signal: AbortSignal.timeout(15000) });
    status = answer.status;
    body = await answer.json();
  } catch {
    broken++;
    await new Promise((go) => setTimeout(go, 20));
    return null;
  }
  answers++;
  return { status, body };
}

function checkActivity(a) {
  activities++;
  for (const name of ['id', 'strava_activity_id', 'name', 'sport_type', 'start_date', 'start_date_local', 'source'])
    if (a[name] === null || a[name] === undefined || a[name] === '') problem(`${a.id}: no ${name}`);
  if (!a.metrics || !a.quality || !a.absent || !Array.isArray(a.sources) || a.sources.length === 0) problem(`${a.id}: not derived`);
}

async function checkStreams(items) {
  const candidates = items.filter((a) => !a.quality.flags.includes('no_streams'));
  if (!candidates.length) return;
  const a = candidates[Math.floor(Math.random() * candidates.length)];
  const answer = await get(`/api/v1/activities/${a.id}/streams?resolution=full`);
  if (!answer) return;
  if (answer.status !== 200) return problem(`${a.id}: streams answer ${answer.status}`);
  const lengths = new Set(Object.values(answer.body.series).filter(Array.isArray).map((column) => column.length));
  streams++;
  if (lengths.size !== 1 || !lengths.has(answer.body.original_size)) problem(`${a.id}: ${lengths.size} lengths of streams`);
}

while (!existsSync(stopFile)) {
  const seen = new Set();
  let cursor = '';
  do {
    const page = await get(`/api/v1/activities?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    if (!page) break;
    if (page.status !== 200) { problem(`list answers ${page.status}: ${JSON.stringify(page.body).slice(0, 200)}`); break; }
    for (const a of page.body.items) {
      if (seen.has(a.id)) problem(`${a.id} is listed twice`);
      seen.add(a.id);
      checkActivity(a);
    }
    await checkStreams(page.body.items);
    cursor = page.body.next_cursor;
  } while (cursor && !existsSync(stopFile));
  await new Promise((go) => setTimeout(go, 50));
}
for (const text of problems) console.log(`not whole: ${text}`);
const sum = `${answers} answers, ${activities} activities, ${streams} streams, ${broken} broken connections`;
console.log(`${problems.length || !activities ? 'broken' : 'whole'}: ${sum}`);
process.exit(problems.length ? 1 : 0);
