// Asks without a pause until the server is gone: `hammer.mjs PORT TOKEN CLIENTS`.
//
// A request counts as lost when its connection ends after it was sent and no whole answer came. No loss is what is refused, and what is reset without a
// byte of an answer in the listener's last moment: the kernel had taken that connection, the service never did, and nothing of it was done. (Who
// asks on after the readiness check said no, as these clients do, may meet that.) A reset with answers after it is a loss. Each request has a
// connection of its own.
import { request } from 'node:http';

const [port, token, clients] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const paths = ['/health/live', '/version', '/api/v1/activities?limit=30', '/api/v1/analytics/summary', '/api/v1/users/profile', '/api/v1/analytics/fitness?from=2024-01-01&to=2024-12-31', '/openapi.json'];
let untaken = 0;
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
      else if (error.code === 'ECONNRESET') return done('reset');
      else { lost++; why.set(error.code, (why.get(error.code) ?? 0) + 1); }
      done(false);
    });
    call.end();
  });
}

let turn = 0;
async function client() {
  let resets = 0;
  for (let failures = 0; failures < 3;) {
    const outcome = await ask(paths[turn++ % paths.length]);
    if (outcome === 'reset') resets++;
    else if (outcome && resets) {
      lost += resets;
      resets = 0;
    }
    failures = outcome === true ? 0 : failures + 1;
  }
  untaken += resets;
}
await Promise.all(Array.from({ length: clients }, client));
console.log(`${answered} answered, ${lost} lost${why.size ? ` (${[...why].map((e) => e.join(' ')).join(', ')})` : ''}, ${bad} with another status, ${refused} refused, ${untaken} never taken`);
process.exit(lost || bad || !answered ? 1 : 0);
