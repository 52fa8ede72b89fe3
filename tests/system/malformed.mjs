// Sends malformed requests over raw sockets: `malformed.mjs PORT TOKEN COUNT SEED CORPUS-DIR`.
//
// Requests are made from valid ones of every route (OpenAPI document) and from the files of the fuzz corpora, as bodies, queries and as they are,
// and then damaged: bytes turned, cut, repeated, inserted; headers doubled, contradicted, stretched; bodies shorter and longer than they
// say; bytes sent in pieces. Sixteen at a time. What is looked for: an answer with a 5xx other than 503 (and 501 and 505, for a method, coding or version
// that is not known), an answer that is no HTTP, a server that stops accepting. Ends with a line `N sent: …`; exit 1 on any of those.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const [port, token, count, seed, corpusDir] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4]), Number(process.argv[5]), process.argv[6]];
const CONCURRENCY = 16, SILENT_MS = 80, ANSWER_MS = 15000;

let state = seed >>> 0;
function random() {   // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];

const corpus = [];
for (const family of readdirSync(corpusDir))
  for (const file of readdirSync(join(corpusDir, family)))
    if (statSync(join(corpusDir, family, file)).size <= 65536)
      corpus.push({ family, file, bytes: readFileSync(join(corpusDir, family, file)) });

const document = await (await fetch(`http://127.0.0.1:${port}/openapi.json`)).json();
// What ends the session that all of them use would leave nothing but 401s.
const routes = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item).filter((m) => ['get', 'put', 'post', 'patch', 'delete'].includes(m)).map((method) => ({ method: method.toUpperCase(), path })))
  .filter((r) => !/logout|sessions|users\/account/.test(r.path));

const ids = ['000000000000000000000000', '6b045cc73b3856366d000007', 'ffffffffffffffffffffffff', 'x', '%00', '..%2f..%2fetc%2fpasswd', 'é', "';--"];
const values = ['', '0', '-1', '1e309', '99999999999999999999', 'NaN', 'true', '2026-13-40', '2026-01-01', '%ff%fe', '%', '%zz', '%00', 'a'.repeat(300), '[]', '{}', 'week', 'medium', 'full'];
const names = ['limit', 'cursor', 'sort', 'after', 'before', 'sport_type', 'type', 'q', 'period', 'from', 'to', 'keys', 'resolution', 'kind', 'code', 'state', 'redirect_uri', 'limit', 'nothing'];
const bodies = ['{}', '[]', 'null', '{"', '{"full":true}', '{"full":"yes"}', '{"kind":"weekly"}', '{"kind":"activity","activity_id":"x"}', '{"name":"\\u0000"}', '{"age":1e400}',
  '{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}', '['.repeat(5000), '{"name":"x","name":"y"}', '\ufeff{}', '{"preferences":{"units":7,"timezone":"../../etc"}}', '{"weight":-0.0,"ftp":1e308}',
  '{"refresh_token":"x"}', '{"code":"x"}', `{"name":"${'a'.repeat(70000)}"}`];
const contentTypes = ['application/json', 'application/json; charset=utf-16', 'text/plain', 'multipart/form-data; boundary=x', 'multipart/form-data', '', 'application/octet-stream'];

function target(route) {
  let path = route.path.replace(/\{[^}]+\}/g, () => pick(ids));
  const query = [];
  for (let i = below(4); i > 0; i--) query.push(`${pick(names)}=${pick(values)}`);
  if (random() < 0.05) query.push(pick(corpus).bytes.toString('latin1').slice(0, 200).replace(/[\r\n]/g, ''));
  return query.length ? `${path}?${query.join('&')}` : path;
}

function multipart(bytes, name) {
  const head = `--x\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes, Buffer.from('\r\n--x--\r\n')]);
}

function chunked(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length;) {
    const size = Math.min(1 + below(500), bytes.length - at);
    parts.push(Buffer.from(`${size.toString(16)}\r\n`), bytes.subarray(at, at + size), Buffer.from('\r\n'));
    at += size;
  }
  parts.push(Buffer.from('0\r\n\r\n'));
  return Buffer.concat(parts);
}

// A request that would be valid but for what it is about.
function compose() {
  const route = pick(routes), sample = pick(corpus), recording = /fit|gpx|tcx/.test(sample.family);
  const headers = [['Host', `127.0.0.1:${port}`]];
  if (random() < 0.8) headers.push(['Authorization', `Bearer ${random() < 0.9 ? token : pick(values)}`]);
  if (random() < 0.2) headers.push(['If-None-Match', pick(['*', '"x"', 'W/"', '"', '"a","b"'])]);
  if (random() < 0.2) headers.push(['Accept', pick(['*/*', 'text/html', 'application/json;q=0', 'a/b;q=9', ','])]);
  if (random() < 0.2) headers.push(['Accept-Encoding', pick(['gzip', 'gzip;q=0', 'identity;q=0', 'br, ,'])]);
  if (random() < 0.1) headers.push(['Range', 'bytes=0-,5-1'], ['Expect', pick(['100-continue', 'x'])]);
  if (random() < 0.1) headers.push(['Cookie', pick(['a', '=', ';;;', 'session=x; session=y', 'a'.repeat(5000)])]);
  let body = Buffer.alloc(0), { method } = route, at = target(route);
  if (random() < 0.15) [method, at] = ['POST', '/api/v1/activities/import'];
  if (method !== 'GET' || random() < 0.05) {
    let type = pick(contentTypes);
    if (at.includes('/import') && random() < 0.8) [body, type] = [multipart(recording ? damage(sample.bytes, 0.5) : sample.bytes, sample.file), 'multipart/form-data; boundary=x'];
    else body = random() < 0.5 ? Buffer.from(pick(bodies)) : sample.bytes;
    if (random() < 0.7 && !type.startsWith('multi')) type = 'application/json';
    headers.push(['Content-Type', type]);
    if (random() < 0.2) {
      headers.push(['Transfer-Encoding', 'chunked']);
      body = chunked(body);
    } else headers.push(['Content-Length', String(body.length)]);
  }
  return { method, at, headers, body };
}

const disturb = [   // the head as text: [method, at, headers, body] → the same
  (r) => { r.headers.push(['Content-Length', pick(['0', '5', '-1', '1e3', '99999999999999999999', '5, 6', '+5', ' 5', '0x10'])]); },
  (r) => { r.headers.push(['Transfer-Encoding', pick(['chunked', 'gzip', 'chunked, identity', 'xchunked', 'chunked\t', ''])]); },
  (r) => { r.headers = r.headers.filter(([name]) => name !== 'Host'); },
  (r) => { r.headers.push(['Host', pick(['a', '', '[::1', 'a b', '127.0.0.1:99999'])]); },
  (r) => { r.headers.push([pick(['X y', 'X\x01', '', 'X:', ' Folded', '\xff']), 'v']); },
  (r) => { r.headers.push(['X', pick(['a\x00b', 'a\rb', 'a\nb', '\x7f', 'é', 'x'.repeat(20000)])]); },
  (r) => { for (let i = 0; i < 150; i++) r.headers.push([`X-${i}`, 'v']); },
  (r) => { r.method = pick(['', 'get', 'GETT', 'TRACE', 'CONNECT', 'OPTIONS', 'HEAD', 'PRI', 'G\x00T', 'X'.repeat(200)]); },
  (r) => { r.at = pick(['', '*', '//', 'http://other/', '/%', '/a%00b', '/..', '/../../etc/passwd', '/' + 'a'.repeat(9000), '/a b', '/\xff', '/#x', '/api/v1/activities//streams']); },
  (r) => { r.version = pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1 ', 'http/1.1', '', 'HTTP/9.9']); },
  (r) => { r.body = r.body.subarray(0, below(r.body.length + 1)); },
  (r) => { r.body = Buffer.concat([r.body, Buffer.from('GET /health/live HTTP/1.1\r\n\r\n')]); },
  (r) => { r.end = pick(['\n', '\r', '\r\r\n']); },
  (r) => { r.body = damage(r.body, 1); },
];

function damage(bytes, chance) {
  if (random() >= chance || !bytes.length) return bytes;
  let out = Buffer.from(bytes);
  for (let i = 1 + below(4); i > 0; i--) {
    const at = below(out.length), len = 1 + below(Math.min(64, out.length));
    switch (below(5)) {
    case 0: out[at] ^= 1 << below(8); break;
    case 1: out[at] = pick([0, 255, 10, 13, 32, 34, 123, 37]); break;
    case 2: out = Buffer.concat([out.subarray(0, at), out.subarray(at + len)]); break;
    case 3: out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + len), out.subarray(at)]); break;
    default: out = Buffer.concat([out.subarray(0, at), Buffer.from(Array.from({ length: len }, () => below(256))), out.subarray(at)]);
    }
    if (!out.length) return Buffer.from('x');
  }
  return out;
}

function make() {
  const kind = random();
  if (kind < 0.08) return damage(pick(corpus).bytes, 0.7);   // a file as it is, where a request is expected
  if (kind < 0.2) return damage(pick(corpus.filter((c) => c.family === 'fuzz_request')).bytes, 0.9);
  const r = { version: 'HTTP/1.1', end: '\r\n', ...compose() };
  for (let i = random() < 0.5 ? 1 + below(2) : 0; i > 0; i--) pick(disturb)(r);
  const head = [`${r.method} ${r.at} ${r.version}`, ...r.headers.map(([name, value]) => `${name}: ${value}`), '', ''].join(r.end);
  const whole = Buffer.concat([Buffer.from(head, 'latin1'), r.body]);
  return kind < 0.5 ? damage(whole, 0.5) : whole;
}

const seen = new Map();
const problems = [];
let sent = 0, silent = 0, closed = 0, refused = 0;

// Sends and waits for the first line of the answer; who says nothing for a while waits for more of a request that never ends.
function exchange(bytes) {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '', timer = null, over = false;
    const end = (what) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      socket.destroy();
      done(what ?? text);
    };
    const complete = /\r\n\r\n|\n\n/.test(bytes.toString('latin1'));
    socket.on('connect', () => {
      if (bytes.length > 2 && random() < 0.2) {
        const cut = 1 + below(bytes.length - 1);
        socket.write(bytes.subarray(0, cut));
        setImmediate(() => { if (!over) socket.write(bytes.subarray(cut)); });
      } else socket.write(bytes);
      timer = setTimeout(() => end(), complete ? SILENT_MS * 2 : SILENT_MS);
    });
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (/^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?(?!HTTP\/1\.1 100).*\r\n/.test(text)) end();
    });
    socket.on('close', () => end());
    socket.on('error', (error) => end(error.code === 'ECONNREFUSED' ? 'refused' : undefined));
    setTimeout(() => end(), ANSWER_MS).unref();
  });
}

async function worker() {
  while (sent < count) {
    sent++;
    const bytes = make(), answer = await exchange(bytes);
    const status = /^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
    if (status) seen.set(status, (seen.get(status) ?? 0) + 1);
    if (answer === 'refused') refused++;
    else if (!answer) silent++;
    else if (!status) closed++;
    if (answer === 'refused' || (answer && !status) || (status >= '500' && !['501', '503', '505'].includes(status)))
      problems.push(`${answer.slice(0, 60).replace(/[^ -~]/g, '.')} to ${JSON.stringify(bytes.toString('latin1').slice(0, 400))}`);
    if (problems.length > 20) return;
  }
}
await Promise.all(Array.from({ length: CONCURRENCY }, worker));
for (const text of problems.slice(0, 5)) console.log(`bad answer: ${text}`);
const by = [...seen].sort().map(([status, n]) => `${status}: ${n}`).join(', ');
console.log(`${sent} sent: ${by}; no answer: ${silent}; refused: ${refused}; ${routes.length} routes, ${corpus.length} corpus files`);
process.exit(problems.length ? 1 : 0);
