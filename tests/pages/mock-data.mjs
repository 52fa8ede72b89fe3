// One made-up athlete for the double: sixty weeks of runs, rides and swims from a fixed seed, and what hangs on each activity.
// The streams of an activity are made from its own seed when they are asked for, so that they are the same each time.

const DAY = 86400000;

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

const hex = (n) => n.toString(16).padStart(24, '0');
const pad = (n) => String(n).padStart(2, '0');
const clock = (s) => (s >= 3600 ? `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}` : `${Math.floor(s / 60)}:${pad(s % 60)}`);

function encodePolyline(points) {
  let text = '';
  let last = [0, 0];
  for (const point of points) {
    const now = point.map((value) => Math.round(value * 1e5));
    for (let axis = 0; axis < 2; axis++) {
      let value = (now[axis] - last[axis]) << 1;
      if (value < 0) value = ~value;
      while (value >= 32) {
        text += String.fromCharCode((32 | (value & 31)) + 63);
        value >>= 5;
      }
      text += String.fromCharCode(value + 63);
    }
    last = now;
  }
  return text;
}

/** A closed wandering line of about the given length, as [lat, lng]. */
function loop(seed, length, count) {
  const next = random(seed);
  const waves = Array.from({ length: 6 }, (_, k) => [(next() - 0.5) / (k + 1), next() * 6.283]);
  const radius = (length / 6.9) * 1;
  return Array.from({ length: count }, (_, i) => {
    const angle = (i / (count - 1)) * 6.28318;
    const r = radius * (0.75 + 0.5 * waves.reduce((sum, [a, p], k) => sum + a * Math.sin((k + 1) * angle + p), 0) / 1.2);
    return [45.899 + (r * Math.sin(angle)) / 111195, 6.129 + (r * Math.cos(angle)) / (111195 * 0.696)];
  });
}

const SPORTS = {
  Run: { speed: 2.95, heart: 148, names: ['Morning run along the lake', 'Easy run', 'Tempo run: 3 × 10 min', 'Long run', 'Evening run'], climb: 9 },
  TrailRun: { speed: 2.3, heart: 152, names: ['Semnoz trail', 'Ridge run'], climb: 45 },
  Ride: { speed: 7.6, heart: 136, names: ['Around the lake', 'Col de la Forclaz', 'Recovery spin', 'Group ride'], climb: 12 },
  Swim: { speed: 0.86, heart: 132, names: ['Pool swim: 10 × 200 m', 'Technique swim'], climb: 0 },
  WeightTraining: { speed: 0, heart: 104, names: ['Strength'], climb: 0 },
};

function makeActivity(n, at, sport, imperial) {
  const next = random(n * 7919 + 13);
  const kind = SPORTS[sport];
  const gps = kind.speed > 1;
  const moving = Math.round({ Run: 2200 + next() * 3600, TrailRun: 4200 + next() * 4000, Ride: 4000 + next() * 9000, Swim: 1700 + next() * 1400, WeightTraining: 2400 + next() * 900 }[sport]);
  const speed = kind.speed * (0.93 + next() * 0.14);
  const distance = Math.round(speed * moving * 10) / 10;
  const heart = sport === 'Swim' && next() < 0.6 || next() < 0.07 ? null : Math.round(kind.heart + (next() - 0.5) * 18);
  const hours = moving / 3600;
  const load = heart ? Math.round(hours * (heart / 150) ** 2 * 74) : sport === 'WeightTraining' ? null : Math.round(hours * 55);
  const shares = heart ? [0.06, 0.5 - (heart - 140) / 90, 0.27, 0.13 + (heart - 140) / 120, 0.04].map((share) => Math.max(0.01, share)) : null;
  const whole = shares?.reduce((a, b) => a + b, 0);
  const pace = distance > 0 ? (moving / distance) * 1000 : null;
  const unit = imperial ? 1609.344 : 1000;
  const start = new Date(at).toISOString().slice(0, 19);
  const elapsed = moving + Math.round(next() * 500);
  const fromFile = next() < 0.5;
  const climb = gps ? Math.round((distance / 1000) * kind.climb * (0.6 + next() * 0.8)) : null;
  const polyline = gps ? encodePolyline(loop(n, distance, 120)) : null;
  return {
    id: hex(0x650000000000 + n), strava_activity_id: fromFile ? null : 9000000000 + n, name: kind.names[Math.floor(next() * kind.names.length)], type: sport === 'TrailRun' ? 'Run' : sport, sport_type: sport,
    distance, moving_time: moving, elapsed_time: elapsed, total_elevation_gain: climb,
    average_speed: speed, max_speed: speed * 1.5, average_heartrate: heart, max_heartrate: heart ? heart + 22 : null, average_cadence: sport === 'Run' ? 86 : sport === 'Ride' ? 84 : null,
    average_watts: sport === 'Ride' ? 178 : null, device_watts: sport === 'Ride', weighted_average_watts: sport === 'Ride' ? 194 : null, kilojoules: sport === 'Ride' ? Math.round(moving * 0.178) : null,
    start_date: `${start}Z`, start_date_local: start, timezone: 'Europe/Paris', location_city: gps ? 'Annecy' : null, location_state: null, location_country: gps ? 'France' : null,
    start_latlng: gps ? loop(n, distance, 120)[0] : [], trainer: false, commute: false, gear_id: null, map: { summary_polyline: polyline, resource_state: 2 },
    metrics: {
      pace, pace_100m: sport === 'Swim' ? pace / 10 : null, heart_rate_zones: shares ? shares.map((share, i) => ({ zone: i + 1, time: Math.round((share / whole) * moving), percentage: (share / whole) * 100 })) : [],
      calories: Math.round(hours * 640), efficiency_score: heart && gps ? Math.round(96 + next() * 8) : null, training_load: load, training_load_method: load === null ? 'none' : sport === 'Ride' ? 'power' : heart ? 'heart_rate' : sport === 'Swim' ? 'swim' : 'pace',
      intensity: load === null ? null : Math.sqrt(load / hours / 100), variability_index: sport === 'Ride' ? 1.09 : null, decoupling: heart && moving > 2400 && gps ? Math.round((next() * 9 - 1) * 10) / 10 : null,
      grade_adjusted_pace: gps && sport !== 'Ride' ? pace * 0.97 : null, np: sport === 'Ride' ? 194 : null,
    },
    source: fromFile ? 'file' : 'strava_api', sources: [{ key: fromFile ? `file:${hex(n)}#0` : `strava:${9000000000 + n}`, kind: fromFile ? 'file' : 'strava_api', fetched_at: `${start}Z`, expires_at: null }],
    expires_at: null, quality: { flags: [] },
    absent: { ...(heart ? {} : { average_heartrate: 'no_hr', heart_rate_zones: 'no_hr', efficiency_score: 'no_hr', decoupling: 'no_hr' }), ...(sport === 'Ride' ? {} : { np: 'no_power' }), ...(heart && moving <= 2400 ? { decoupling: 'too_short' } : {}) },
    display: {
      distance: distance > 0 ? `${(distance / unit).toFixed(2)} ${imperial ? 'mi' : 'km'}` : null, moving_time: clock(moving), elapsed_time: clock(elapsed),
      pace: sport === 'Swim' ? `${clock(Math.round(pace / 10))} /100 m` : pace === null || sport === 'Ride' ? null : `${clock(Math.round((pace * unit) / 1000))} /${imperial ? 'mi' : 'km'}`,
      speed: distance > 0 ? `${((speed * 3600) / unit).toFixed(1)} ${imperial ? 'mph' : 'km/h'}` : null,
      elevation_gain: gps ? `${Math.round((climb) / (imperial ? 0.3048 : 1))} ${imperial ? 'ft' : 'm'}` : null,
      heart_rate: heart ? `${heart} bpm` : null, power: sport === 'Ride' ? '178 W' : null, calories: `${Math.round(hours * 640)} kcal`, training_load: load === null ? null : String(load),
    },
    attribution: fromFile ? null : 'Powered by Strava', strava_url: fromFile ? null : `https://www.strava.com/activities/${9000000000 + n}`, notes: null, file: fromFile ? { name: `${start.slice(0, 10)}-${sport.toLowerCase()}.fit`, session: 0 } : null,
    created_at: `${start}Z`, updated_at: `${start}Z`,
    laps: gps && sport !== 'Ride' ? Array.from({ length: Math.floor(distance / 1000) }, (_, i) => ({ lap_index: i + 1, distance: 1000, moving_time: Math.round(pace * (0.95 + next() * 0.1)), elapsed_time: Math.round(pace), average_speed: speed, average_heartrate: heart && heart + Math.round((next() - 0.5) * 12) })) : [],
    best_efforts: sport === 'Run' ? [[1000, 0.9, '1k'], [1609.344, 0.92, '1 mile'], [5000, 0.97, '5k']].filter(([d]) => d < distance).map(([d, f, name]) => ({ name, distance: d, time: Math.round((pace * d * f) / 1000), pace: pace * f, start: 60, origin: 'computed' })) : [],
  };
}

function makeStreams(activity, n) {
  if (activity.sport_type === 'WeightTraining' && activity.average_heartrate === null) return null;
  const next = random(n * 31 + 7);
  const size = activity.moving_time;
  const gps = activity.map.summary_polyline !== null;
  const route = gps ? loop(n, activity.distance, size) : null;
  const hill = (i) => Math.sin((i / size) * 9 + n) + 0.4 * Math.sin((i / size) * 31);
  let heart = 95;
  let noise = 0;
  const series = { time: [], distance: [], latlng: gps ? [] : null, altitude: gps ? [] : null, velocity_smooth: activity.distance > 0 ? [] : null, heartrate: activity.average_heartrate ? [] : null, watts: activity.average_watts ? [] : null };
  for (let i = 0; i < size; i++) {
    noise = noise * 0.985 + (next() - 0.5) * 0.5;
    const effort = 1 + 0.06 * hill(i) + noise * 0.03 + (Math.floor(i / 600) % 3 === 2 ? 0.06 : 0);
    heart += ((activity.average_heartrate ?? 0) * (0.5 + 0.5 * effort) - heart) / 40;
    series.time.push(i);
    series.distance.push((activity.distance * i) / size);
    series.latlng?.push(route[i]);
    series.altitude?.push(480 + 60 * hill(i) + noise);
    series.velocity_smooth?.push(i % 1900 > 1870 ? 0 : Math.max(0, activity.average_speed * (2 - effort + noise * 0.04)));
    series.heartrate?.push(i > 900 && i < 960 ? null : Math.round(heart));
    series.watts?.push(Math.max(0, Math.round(178 * effort + (next() - 0.5) * 60)));
  }
  return series;
}

const OPENAPI = {
  openapi: '3.1.0', info: { title: 'Training API', version: '0.1.0', description: 'What the double shows of the document.' }, servers: [{ url: '/' }],
  paths: { '/api/v1/activities': { get: { operationId: 'listActivities', tags: ['activities'], summary: 'The activities', parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 200, default: 30 } }],
    responses: { 200: { description: 'A page', content: { 'application/json': { schema: { $ref: '#/components/schemas/ActivityList' }, example: { items: [], next_cursor: null } } } } } } } },
  components: { schemas: { ActivityList: { type: 'object', properties: { items: { type: 'array', items: { type: 'object' } }, next_cursor: { type: ['string', 'null'] } } } }, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
};

/** An athlete whose last activity begins at `end` (milliseconds). */
export function makeAthlete(end, imperial) {
  const activities = [];
  const numbers = new Map();
  const next = random(20231102);
  let n = 1;
  for (let week = 60; week >= 0; week--) {
    const rest = week % 4 === 0;
    for (const [offset, sport] of [[6, 'Run'], [5, 'Swim'], [4, 'Run'], [3, 'WeightTraining'], [2, 'Ride'], [1, 'TrailRun'], [0, 'Run']]) {
      if (offset > 0 && next() < (rest ? 0.55 : 0.22) || week > 24 && week < 28) continue;
      const activity = makeActivity(n, end - (week * 7 + offset) * DAY, sport, imperial);
      numbers.set(activity.id, n++);
      activities.unshift(activity);
    }
  }
  const committed = `${new Date(end + DAY).toISOString().slice(0, 10)}T06:00:00Z`;
  const profile = {
    id: hex(0x640000000001), strava_id: 1234567, username: 'lea', name: 'Léa Martin', firstname: 'Léa', lastname: 'Martin', email: null, age: 36, birth_year: 1987, weight: 58, city: 'Annecy', country: 'France', milestones: [],
    preferences: { units: imperial ? 'imperial' : 'metric', timezone: 'Europe/Paris', notifications: true, language: 'en' }, max_heartrate: 189, resting_heartrate: 47, threshold_heartrate: 168, ftp: 215, threshold_pace: 272, css_pace_100m: 108,
    sex: 'female', profile_complete: true, strava_status: 'connected', strava_connected: true, scopes: ['activity:read', 'activity:read_all'], last_activity_sync: committed, created_at: committed, updated_at: committed,
    parameters: { max_heartrate: { value: 189, source: 'estimated', since: '2022-01-01' } },
  };
  let insights = 0;
  return {
    activities, profile, committed, job: hex(0x660000000001), openapi: OPENAPI,
    streams: (activity) => makeStreams(activity, numbers.get(activity.id)),
    map: (activity) => ({
      type: 'Feature', properties: { activity_id: activity.id, name: activity.name },
      geometry: activity.map.summary_polyline === null ? null : { type: 'LineString', coordinates: loop(numbers.get(activity.id), activity.distance, 600).map(([lat, lng]) => [lng, lat]) },
    }),
    insight: (activity) => ({
      id: hex(0x670000000000 + ++insights), kind: 'activity', activity_id: activity.id, milestone_id: null, status: 'done', title: 'A steady run, harder than most of the last month',
      summary: `${activity.display.distance} in ${activity.display.moving_time}, with the load in the upper fifth of your last 28 days. The second half cost more heartbeats than the first.`,
      findings: [
        { text: 'The training load was well above your usual day.', severity: 'warning', evidence: [{ metric: 'training_load', value: activity.metrics.training_load, unit: null, ref: `activity:${activity.id}` }, { metric: 'average_of_28_days', value: 51.4, unit: null, ref: 'window:28' }] },
        { text: 'Heart rate drifted while the pace held, <b>which</b> points to heat or a fast start.', severity: 'info', evidence: [{ metric: 'decoupling', value: 6.2, unit: '%', ref: `activity:${activity.id}` }, { metric: 'pace', value: activity.metrics.pace, unit: 's/km', ref: `activity:${activity.id}` }] },
        { text: 'Form is on the tired side of balanced.', severity: 'info', evidence: [{ metric: 'tsb', value: -12.4, unit: null, ref: 'day' }] },
      ],
      recommendations: [{ text: 'Keep the next session easy, 40 to 50 minutes in zone 2.', rationale: 'The load of this week is already above the week before, and form is negative.', when: 'tomorrow', intensity: 'easy' }],
      sport_type: activity.sport_type, provider: 'rules', model: null, prompt_version: 'rules-1', fallback_reason: null, quality: { score: 1, grounded: true, claims: 5, claims_supported: 5, checks: [] },
      usage: { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, cost_usd: 0, latency_ms: 1 }, feedback: null, language: 'en', created_at: new Date().toISOString().slice(0, 19) + 'Z',
    }),
  };
}
