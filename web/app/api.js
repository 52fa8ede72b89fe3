// The one place that talks to the service. The session is a cookie that scripts cannot read; a browser adds it by itself, and the
// service checks that unsafe calls come from this page (Sec-Fetch-Site), so there is no token to handle here.

const BASE = '/api/v1';

/** A problem document (RFC 9457), or the lack of any answer, as an error. */
export class Problem extends Error {
  constructor(status, document, requestId, retryAfter) {
    super(document.title ?? `Answer ${status}`);
    this.status = status;
    this.title = this.message;
    this.detail = document.detail ?? '';
    this.errors = document.errors ?? [];
    this.requestId = document.request_id ?? requestId ?? '';
    this.retryAfter = retryAfter;
  }
}

async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // Not JSON: a proxy's page, say. The status is all there is to tell.
  }
  const retryAfter = Number(response.headers.get('Retry-After')) || 0;
  return new Problem(response.status, body, response.headers.get('X-Request-Id'), retryAfter);
}

async function send(method, path, { query, json, form, signal } = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') url.searchParams.append(name, value);
  }
  const headers = { Accept: 'application/json' };
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(url, { method, headers, signal, credentials: 'same-origin', body: json !== undefined ? JSON.stringify(json) : form });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, { title: 'The service does not answer', detail: 'Is it running, and are you online? Nothing was changed.' });
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.status === 401) window.dispatchEvent(new Event('signed-out'));
    throw problem;
  }
  return { response, body: response.status === 204 ? null : await response.json() };
}

export const get = async (path, query, signal) => (await send('GET', BASE + path, { query, signal })).body;
export const post = async (path, json) => (await send('POST', BASE + path, { json })).body;

// Sync, import and insights are limited to 30 a minute, 3 of them at once. Leafing through activities would run into that, so the page
// keeps to it by itself: a fourth call waits a moment instead of being refused.
const BURST = 3;
const REFILL_MS = 2100;
let turns = BURST;
let counted = Date.now();

async function takeTurn(signal) {
  for (;;) {
    const now = Date.now();
    turns = Math.min(BURST, turns + (now - counted) / REFILL_MS);
    counted = now;
    if (turns >= 1) {
      turns -= 1;
      return;
    }
    await pause((1 - turns) * REFILL_MS, signal);
  }
}

/** A POST of the costly kind: {body, location}, the address where the work can be followed or null. */
export async function postCostly(path, options) {
  await takeTurn(options?.signal);
  const { response, body } = await send('POST', BASE + path, options);
  return { body, location: response.headers.get('Location') };
}
/** GET outside /api/v1, or of an address that the service itself gave (Location). */
export const getOwn = async (path, signal) => (await send('GET', new URL(path, location.origin).pathname, { signal })).body;

/** Waits; rejects when the signal fires, so that loops of a page that was left come to an end. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const left = () => reject(new DOMException('left', 'AbortError'));
    if (signal?.aborted) {
      left();
      return;
    }
    const timer = setTimeout(() => { signal?.removeEventListener('abort', stop); resolve(); }, milliseconds);
    function stop() { clearTimeout(timer); left(); }
    signal?.addEventListener('abort', stop, { once: true });
  });
}
