// Asks without a pause until the server is gone: `hammer.mjs PORT TOKEN CLIENTS`.
//
// A request counts as lost when the connection ends after it was sent and no whole answer came. What is no loss: a connection that is refused or
// reset before the request is written, and one that a kept-alive connection had no answer begun for when the server closed it idle in that very
// moment (RFC 9112 9.3.1: such a close can cross the request on its way), which is why the clients use a new connection for each request.
import { request } from 'node:http';

const [port, token, clients] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const paths = ['/health/live', '/version', '/api/v1/activities?limit=30', '/api/v1/analytics/summary', '/api/v1/users/profile', '/api/v1/analytics/fitness?from=2024-01-01&to=2024-12-31', '/openapi.json'];
let answered = 0, lost = 0, refused = 0, bad = 0;
const why = new Map();

function ask(path) {
  return new Promise((done) => {
    let connected = false;
    const call = request({ port, host: '127.0.0.1', path, agent: false, headers: { authorization: `Bearer ${token}`, connection: 'close' } }, (answer) => {
      let length = 0;
      answer.on('data', (data) => { length += data.length; });
      answer.on('end', () => {
        const whole = answer.complete && (answer.headers['content-length'] === undefined || Number(answer.headers['content-length']) === length);
        if (!whole) lost++;
        else if (answer.statusCode === 200 || answer.statusCode === 503) answered++;
        else bad++;
        done(true);
      });
      answer.on('error', () => { lost++; done(true); });
    });
    call.on('socket', (socket) => socket.on('connect', () => { connected = true; }));
    call.on('error', (error) => {
      if (!connected || error.code === 'ECONNREFUSED') refused++;
      else { lost++; why.set(error.code, (why.get(error.code) ?? 0) + 1); }
      done(false);
    });
    call.end();
  });
}

let turn = 0;
async function client() {
  for (let failures = 0; failures < 3;) failures = (await ask(paths[turn++ % paths.length])) ? 0 : failures + 1;
}
await Promise.all(Array.from({ length: clients }, client));
console.log(`${answered} answered, ${lost} lost${why.size ? ` (${[...why].map((e) => e.join(' ')).join(', ')})` : ''}, ${bad} with another status, ${refused} refused`);
process.exit(lost || bad || !answered ? 1 : 0);
