// Goes through the pages in Chromium as an athlete does and looks at what is really drawn.
//
//   URL=http://127.0.0.1:8000 node run.mjs     against a running service whose consent page answers by itself (stravaai demo)
//   DIST=…/web/dist node run.mjs               against the double in mock.mjs, which serves these assets
//
// SCREENSHOTS names a folder for pictures, CHROMIUM the browser (/usr/bin/chromium). The last line is "N passed, N failed".
// Nothing here sleeps for a fixed time: every wait is for something that the page shows.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startMock } from './mock.mjs';

const SHOTS = process.env.SCREENSHOTS ?? '';
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const API = '/api/v1';
const LONG_AGO_DAYS = 28;

if (!process.env.URL && !process.env.DIST) {
  console.error('run.mjs: set URL to a running demo, or DIST to the built assets');
  process.exit(2);
}
if (SHOTS) mkdirSync(SHOTS, { recursive: true });
const mock = process.env.URL ? null : await startMock({ dist: process.env.DIST });
const base = new URL(process.env.URL ?? mock.url).origin;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });

let passed = 0;
let failed = 0;
async function check(promise, body) {
  try {
    await body();
    passed++;
    console.log(`ok - ${promise}`);
  } catch (error) {
    failed++;
    console.log(`not ok - ${promise}\n    ${String(error.stack ?? error).split('\n').slice(0, 6).join('\n    ')}`);
  }
}

// -- What must never happen on any page, gathered over the whole run --------------------------------------------------------
const complaints = [];
const requested = [];
function watch(page) {
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    requested.push(request.url());
    // Only a navigation (the consent page) may leave the service.
    if (!request.isNavigationRequest() && !request.url().startsWith('data:') && new URL(request.url()).origin !== base) complaints.push(`other host: ${request.url()}`);
  });
  page.on('requestfailed', (request) => {
    // A view that is left takes its questions back; that is the page's own doing and no failure.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  page.on('response', (response) => { if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`); });
}
async function open(options, path = '/') {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  watch(page);
  await page.goto(base + path);
  return page;
}

// -- Looking at what is drawn ------------------------------------------------------------------------------------------------
/** Pixels of the canvases under a selector that are neither empty nor grey. */
const colouredPixels = (page, selector) => page.evaluate((where) => {
  let count = 0;
  for (const canvas of document.querySelectorAll(`${where} canvas`)) {
    if (canvas.width === 0 || canvas.height === 0) continue;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] > 40 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60) count++;
    }
  }
  return count;
}, selector);
async function isDrawn(page, selector, least) {
  await page.waitForSelector(`${selector} canvas`);
  await page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))));
  const count = await colouredPixels(page, selector);
  assert.ok(count >= least, `${selector}: ${count} coloured pixels, wanted ${least}`);
}
const texts = (page, selector) => page.locator(selector).allInnerTexts();
const hrefs = (page) => page.locator('#activities a.row').evaluateAll((rows) => rows.map((row) => row.getAttribute('href')));
const ask = (page, path) => page.evaluate(async (url) => (await fetch(url)).json(), path);
async function noOverflow(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `content is ${content} px wide in a window of ${window}`);
  const cut = await page.evaluate(() => [...document.querySelectorAll('main .figure, main .cell, main h1, main .key-value')]
    .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline').map((one) => one.textContent));
  assert.deepEqual(cut, [], 'figures that do not fit their place');
}
const shot = async (page, name) => { if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true }); };
const dashboardReady = async (page) => {
  await page.waitForSelector('#totals .figure');
  await page.waitForSelector('#activities a.row');
  await page.waitForSelector('#fitness canvas');
  await page.waitForSelector('#zones .part-body > :first-child');
};
const activityReady = async (page) => {
  await page.waitForSelector('#figures .figure');
  await page.waitForSelector('.insight-title');
  await page.waitForSelector('#streams .panel canvas');
};

// -- Signed out ----------------------------------------------------------------------------------------------------------------
const page = await open({ viewport: DESKTOP, colorScheme: 'light' });
await check('a visitor sees what is collected and how to withdraw before connecting', async () => {
  await page.waitForSelector('a.connect');
  assert.equal(await page.locator('a.connect').getAttribute('href'), `${API}/auth/strava/authorize?redirect_uri=/`);
  assert.equal(await page.locator('a.connect').innerText(), 'Connect with Strava');
  assert.equal(await page.locator('a.connect').evaluate((link) => getComputedStyle(link).backgroundColor), 'rgb(252, 82, 0)');
  const consent = await page.locator('.consent').innerText();
  for (const word of ['What is read', 'What for', 'How long', 'How to withdraw', 'erased']) assert.ok(consent.includes(word), word);
  await shot(page, 'welcome-1280-light');
});
await check('nothing of an athlete is asked for while nobody is signed in', async () => {
  assert.deepEqual(requested.filter((url) => new URL(url).pathname.startsWith(API)), []);
});
await check('the icon is our own and the browser does not look for another', async () => {
  const icon = await page.request.get(`${base}/assets/favicon.svg`);
  assert.equal(icon.status(), 200);
  assert.match(icon.headers()['content-type'], /^image\/svg\+xml/);
  assert.ok(!requested.some((url) => url.endsWith('/favicon.ico')));
});
await check('the page forbids inline script and style', async () => {
  const policy = (await page.request.get(base)).headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.ok(!policy.includes('unsafe-inline') && !policy.includes('unsafe-eval'), policy);
});

// -- Signed in -----------------------------------------------------------------------------------------------------------------
await check('Connect signs the athlete in and shows the dashboard', async () => {
  await page.click('a.connect');
  await page.waitForURL(`${base}/`);
  await dashboardReady(page);
  const user = await ask(page, `${API}/auth/user`);
  assert.equal(await page.locator('.who-name').innerText(), user.name || user.username);
  assert.equal(await page.evaluate(() => document.cookie), '', 'the session is not readable by scripts');
});
await check('the notice of the service is shown, or none where it has none', async () => {
  const { notice } = await ask(page, '/version');
  assert.equal(await page.locator('#notice').isVisible(), notice !== null);
  if (notice !== null) assert.equal(await page.locator('#notice').innerText(), notice);
});
await check('the page opens on the last active weeks and says so when they are long ago', async () => {
  const all = await ask(page, `${API}/analytics/summary?period=all`);
  const days = (Date.parse(all.to) - Date.parse(all.last_active_day)) / 86400000;
  const note = await page.locator('#window').innerText();
  const shown = await page.locator('#window time').getAttribute('datetime');
  assert.match(note, days > LONG_AGO_DAYS ? /^Last activity: .*, showing the 12 weeks up to it\.$/ : /^The last 12 weeks, to /);
  assert.equal(shown, days > LONG_AGO_DAYS ? all.last_active_day : all.to);
});
await check('totals are the figures of the service and change with the period', async () => {
  assert.equal(await page.locator('#totals .figure').count(), 6);
  await page.getByRole('button', { name: 'All time' }).click();
  const all = await ask(page, `${API}/analytics/summary?period=all`);
  const count = page.locator('#totals dl > div').filter({ hasText: 'Activities' }).locator('.figure');
  await page.waitForFunction(([n]) => [...document.querySelectorAll('#totals dl > div')].some((one) => one.textContent.startsWith(`Activities${n}`)), [all.count.toLocaleString('en-GB')]);
  assert.equal(await count.innerText(), all.count.toLocaleString('en-GB'));
  for (const name of ['Week', 'Month', 'Year']) {
    const answer = page.waitForResponse((response) => response.url().includes(`period=${name.toLowerCase()}`));
    await page.locator('#totals').getByRole('button', { name, exact: true }).click();
    assert.equal((await answer).status(), 200);
  }
});
await check('fitness, form and weekly volume are drawn', async () => {
  await isDrawn(page, '#fitness', 400);
  await isDrawn(page, '#volume', 200);
  const [fitness, fatigue, form] = await texts(page, '#fitness .key-value');
  for (const value of [fitness, fatigue, form]) assert.match(value, /^[+−]?\d/);
});
await check('every measure of the weekly bars and every span can be chosen', async () => {
  for (const name of ['Time', 'Load', 'Climbing', 'Distance']) {
    await page.locator('#volume').getByRole('button', { name }).click();
    await page.waitForSelector('#volume canvas');
  }
  for (const name of ['1 year', '6 months', '12 weeks']) {
    const answer = page.waitForResponse((response) => response.url().includes('/analytics/fitness'));
    await page.locator('.page-head').getByRole('button', { name }).click();
    assert.equal((await answer).status(), 200);
    await page.waitForSelector('#fitness canvas');
  }
});
await check('heart-rate zones are shares of the whole', async () => {
  const zones = await texts(page, '#zones .zone-share');
  if (zones.length === 0) assert.match(await page.locator('#zones').innerText(), /No heart rate/);
  else assert.ok(Math.abs(zones.map((text) => parseFloat(text)).reduce((a, b) => a + b, 0) - 100) <= zones.length, zones.join(' '));
});
await check('the list pages without repeating and says when it is whole', async () => {
  const first = await hrefs(page);
  assert.ok(first.length > 0);
  const more = page.getByRole('button', { name: 'Show more' });
  if (await more.isVisible()) {
    await more.click();
    await page.waitForFunction((n) => document.querySelectorAll('#activities a.row').length > n, first.length);
  }
  const all = await hrefs(page);
  assert.equal(new Set(all).size, all.length);
});
await check('search and sport narrow the list, and an empty result says so', async () => {
  const name = (await page.locator('#activities a.row b').first().innerText()).slice(0, 8).trim();
  const answered = (what) => page.waitForResponse((response) => response.url().includes('/activities?') && response.url().includes(what));
  let answer = answered('q=');
  await page.fill('#search', name);
  await answer;
  await page.waitForFunction((q) => [...document.querySelectorAll('#activities a.row b')].every((one) => one.textContent.toLowerCase().includes(q)), name.toLowerCase());
  answer = answered('q=zzzz');
  await page.fill('#search', 'zzzz-no-such-name');
  await answer;
  await page.getByText('Nothing matches.').waitFor();
  await page.fill('#search', '');
  await page.waitForSelector('#activities a.row');
  const sport = await page.locator('#sport option').nth(1).getAttribute('value');
  answer = answered('sport_type=');
  await page.selectOption('#sport', sport);
  const { items } = await (await answer).json();
  assert.ok(items.length > 0 && items.every((one) => one.sport_type === sport));
  await page.selectOption('#sport', '');
  await dashboardReady(page);
});
await check('a sync can be started and is followed to its end', async () => {
  await page.click('#sync-now');
  await page.waitForSelector('#sync-state .sync-running, #sync-state .sync-queued, #sync-state .sync-done');
  await page.waitForSelector('#sync-state .sync-done', { timeout: 120000 });
  await page.waitForFunction(() => !document.querySelector('#sync-now').disabled);
  await dashboardReady(page);
});
await check('a recording that cannot be read is refused by name and reason', async () => {
  await page.setInputFiles('#file', { name: 'broken.fit', mimeType: 'application/octet-stream', buffer: Buffer.from('this is not a recording') });
  await page.waitForSelector('#import .failures');
  assert.match(await page.locator('#import .failures').innerText(), /^broken\.fit: \S/);
});
await check('a recording that can be read is taken in, or known already', async () => {
  const points = Array.from({ length: 120 }, (_, i) => `<trkpt lat="${(45.9 + i * 0.0001).toFixed(6)}" lon="6.12"><ele>450</ele><time>${new Date(Date.UTC(2016, 2, 5, 8, 0, i * 5)).toISOString()}</time></trkpt>`);
  const gpx = `<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="page test" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>Page test</name><type>running</type><trkseg>${points.join('')}</trkseg></trk></gpx>`;
  await page.setInputFiles('#file', { name: 'page-test.gpx', mimeType: 'application/gpx+xml', buffer: Buffer.from(gpx) });
  await page.waitForSelector('#import .import-line a');
  assert.match(await page.locator('#import .import-line').innerText(), /^1 (new|already here)/);
});
await shot(page, 'dashboard-1280-light');

// -- One activity --------------------------------------------------------------------------------------------------------------
// One with samples: what only came as a summary has heart rate and a position, but nothing to draw.
const { items: candidates } = await ask(page, `${API}/activities?has=gps,heartrate&sort=start_date&limit=50`);
let activity = candidates[0];
for (const one of candidates) {
  const { series } = await ask(page, `${API}/activities/${one.id}/streams?keys=latlng,heartrate&resolution=low`);
  if (series.latlng && series.heartrate) { activity = one; break; }
}
await check('an activity opens from the list by keyboard', async () => {
  await page.locator('#activities a.row').first().focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#figures .figure');
  assert.match(await page.evaluate(() => location.hash), /^#\/activity\/[0-9a-f]{24}$/);
});
await check('its name, figures and origin are those of the service', async () => {
  await page.evaluate((id) => { location.hash = `#/activity/${id}`; }, activity.id);
  await page.locator('h1', { hasText: activity.name }).waitFor();
  await activityReady(page);
  const figures = (await texts(page, '#figures .figure')).map((text) => text.replace(/\s+/g, ' '));
  assert.ok(figures.includes(activity.display.distance.replace(/\s+/g, ' ')), `${activity.display.distance} in ${figures}`);
  assert.equal(await page.locator('.view-on').count(), activity.source === 'strava_api' && activity.strava_url ? 1 : 0);
  if (activity.attribution) assert.ok((await page.locator('.origin').innerText()).includes(activity.attribution));
});
await check('"View on Strava" leads to the activity there, and Strava is named', async () => {
  const { items } = await ask(page, `${API}/activities?limit=200`);
  const fromStrava = items.find((one) => one.source === 'strava_api' && one.strava_url);
  if (!fromStrava) return;
  await page.evaluate((id) => { location.hash = `#/activity/${id}`; }, fromStrava.id);
  await page.waitForSelector(`.view-on[href="${fromStrava.strava_url}"]`);
  assert.equal(await page.locator('.view-on').innerText(), 'View on Strava');
  await page.evaluate((id) => { location.hash = `#/activity/${id}`; }, activity.id);
  await page.locator('h1', { hasText: activity.name }).waitFor();
  await activityReady(page);
});
await check('the line of the activity is drawn, with a scale', async () => {
  await isDrawn(page, '#map', 150);
  assert.match(await page.locator('#map .leaflet-control-scale-line').innerText(), /^[\d.]+ (m|km|ft|mi)$/);
});
await check('the heart rate is drawn and read at the cursor', async () => {
  await isDrawn(page, '#plot-heartrate', 200);
  const values = [];
  for (const x of [120, 220, 320, 420, 520]) {
    await page.hover('#plot-heartrate .u-over', { position: { x, y: 60 } });
    await page.waitForFunction(() => /\d/.test(document.querySelector('.plot-time').textContent));
    values.push(await page.evaluate(() => document.querySelector('#plot-heartrate').closest('.panel').querySelector('b').textContent));
  }
  // A place may lie in a hole of the recording, where nothing is shown; not all of them.
  assert.ok(values.some((text) => /^\d+ bpm$/.test(text)) && values.every((text) => /^(\d+ bpm)?$/.test(text)), values.join(', '));
  assert.match(await page.locator('.plot-time').innerText(), /^\d+:\d\d/);
});
await check('the insight has a title, findings with evidence, and says how it was made', async () => {
  for (const selector of ['.insight-title', '.insight-summary', '.finding p', '.made-by']) assert.match((await texts(page, selector))[0], /\S/);
  const findings = await page.locator('.finding').count();
  assert.ok(findings >= 1);
  assert.ok(await page.locator('.finding .evidence b').count() >= 1, 'evidence');
  const insight = (await ask(page, `${API}/insights?kind=activity&activity_id=${activity.id}&limit=1`)).items[0];
  assert.equal(await page.locator('.insight-title').innerText(), insight.title);
  if (insight.provider === 'rules') assert.equal((await texts(page, '.made-by'))[0], 'Computed from your data');
  assert.equal(findings, insight.findings.length);
  assert.deepEqual(await texts(page, '.finding > p'), insight.findings.map((one) => one.text), 'sentences are shown as text, whatever they hold');
});
await check('what is not available is explained in words', async () => {
  const { absent } = await ask(page, `${API}/activities/${activity.id}`);
  const rows = await texts(page, '.absent li');
  assert.equal(rows.length, Object.values(absent).filter((reason) => reason !== 'not_applicable').length, 'what the sport does not have is no lack');
  for (const row of rows) assert.match(row, /^[^_]+: [^_]+\.$/);
});
await shot(page, 'activity-1280-light');
await check('an activity that is not there is said plainly', async () => {
  const before = complaints.length;
  await page.evaluate(() => { location.hash = '#/activity/ffffffffffffffffffffffff'; });
  await page.waitForSelector('main .problem');
  assert.match(await page.locator('main .problem').innerText(), /Request id: \S+/);
  await page.goto(`${base}/#/`);
  await dashboardReady(page);
  // This one question is meant to fail: its traces do not count below.
  const traces = complaints.splice(before);
  assert.ok(traces.every((one) => /404/.test(one)), traces.join('\n'));
});

// -- Other sizes and colours -----------------------------------------------------------------------------------------------------
const storageState = await page.context().storageState();
for (const [name, viewport, colorScheme] of [['1280-dark', DESKTOP, 'dark'], ['768-light', { width: 768, height: 1024 }, 'light'], ['390-light', PHONE, 'light'], ['390-dark', PHONE, 'dark']]) {
  await check(`everything fits and is drawn at ${name}`, async () => {
    const other = await open({ viewport, colorScheme, storageState });
    await dashboardReady(other);
    await isDrawn(other, '#fitness', 200);
    await noOverflow(other);
    await shot(other, `dashboard-${name}`);
    await other.goto(`${base}/#/activity/${activity.id}`);
    await activityReady(other);
    await isDrawn(other, '#map', 100);
    await isDrawn(other, '#plot-heartrate', 100);
    await noOverflow(other);
    await shot(other, `activity-${name}`);
    await other.context().close();
  });
}
await check('the first page fits a phone', async () => {
  const other = await open({ viewport: PHONE, colorScheme: 'dark' });
  await other.waitForSelector('a.connect');
  await noOverflow(other);
  await shot(other, 'welcome-390-dark');
  await other.context().close();
});
await check('the skip link takes the keyboard past the header', async () => {
  await page.reload();
  await dashboardReady(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});

// -- Documentation and leaving ---------------------------------------------------------------------------------------------------
await check('the API documentation works under the same policy', async () => {
  const docs = await open({ viewport: DESKTOP }, '/docs');
  await docs.waitForSelector('.opblock');
  await docs.locator('.opblock-summary').first().click();
  await docs.waitForSelector('.opblock.is-open .responses-wrapper');
  await shot(docs, 'docs-1280');
  await docs.context().close();
});
await check('signing out ends the session and shows the first page again', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForSelector('a.connect');
  await page.reload();
  await page.waitForSelector('a.connect');
});
// -- What only the double can be brought to ------------------------------------------------------------------------------------------
if (mock) {
  const signIn = async (url) => {
    const context = await browser.newContext({ viewport: PHONE });
    const other = await context.newPage();
    other.setDefaultTimeout(20000);
    other.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`); });
    await other.goto(url);
    await other.click('a.connect');
    return other;
  };
  await check('a new athlete sees an empty page fill when the first sync ends', async () => {
    const fresh = await startMock({ dist: process.env.DIST, empty: true });
    const other = await signIn(fresh.url);
    await other.getByRole('heading', { name: 'No activities yet' }).waitFor();
    await noOverflow(other);
    await shot(other, 'empty-390-light');
    await other.click('#sync-now');
    await other.waitForSelector('#sync-state progress[value]');
    await shot(other, 'syncing-390-light');
    await dashboardReady(other);
    await other.context().close();
    await fresh.stop();
  });
  await check('recent training ends today, and imperial units are kept to', async () => {
    const recent = await startMock({ dist: process.env.DIST, recent: true, imperial: true, notice: null });
    const other = await signIn(recent.url);
    await dashboardReady(other);
    assert.match(await other.locator('#window').innerText(), /^The last 12 weeks, to /);
    assert.equal(await other.locator('#notice').isVisible(), false);
    assert.match((await texts(other, '#totals .figure'))[0], /mi$/);
    assert.match((await texts(other, '#totals .figure'))[2], /ft$/);
    await other.context().close();
    await recent.stop();
  });
  await check('a session that ended elsewhere leads back to the first page', async () => {
    const other = await signIn(mock.url);
    await dashboardReady(other);
    const before = complaints.length;
    await other.context().clearCookies();
    await other.locator('#totals').getByRole('button', { name: 'Week', exact: true }).click();
    await other.waitForSelector('a.connect');
    const traces = complaints.splice(before);
    assert.ok(traces.every((one) => /401/.test(one)), traces.join('\n'));
    await other.context().close();
  });
  await check('disconnecting asks first, then ends the session', async () => {
    const other = await signIn(mock.url);
    await dashboardReady(other);
    await other.getByRole('button', { name: 'Disconnect from Strava…' }).click();
    await shot(other, 'disconnect-390-light');
    await other.getByRole('button', { name: 'Keep the connection' }).click();
    await other.locator('dialog').waitFor({ state: 'detached' });
    await other.getByRole('button', { name: 'Disconnect from Strava…' }).click();
    const answer = other.waitForRequest((request) => request.url().endsWith('/auth/logout'));
    await other.getByRole('button', { name: 'Disconnect', exact: true }).click();
    assert.deepEqual((await answer).postDataJSON(), { everywhere: true, deauthorize: true });
    await other.waitForSelector('a.connect');
    await other.context().close();
  });
}

await check('no error on the console, no failed request, no other host', () => assert.deepEqual([...new Set(complaints)], []));

await browser.close();
await mock?.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
