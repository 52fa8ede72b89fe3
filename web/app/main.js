// Starts the page: who is here, which view the address asks for (#/ or #/activity/ID), and the frame around it.
import { add, announce, h, replace, svg } from './dom.js';
import { getOwn } from './api.js';
import { forget, signOut, whoIsHere } from './account.js';
import { destroyAll } from './charts.js';
import { makeFormat } from './format.js';
import { guarded, problemBox } from './problem-box.js';
import { welcomeView } from './view-welcome.js';
import { dashboardView } from './view-dashboard.js';
import { activityView } from './view-activity.js';

const main = document.getElementById('main');
let brand = 'Training';
let session = null;        // {user, format} of who is signed in
let leave = null;          // AbortController of the view that is shown

function logo() {
  return svg('svg', { viewBox: '0 0 32 32', width: 26, height: 26, 'aria-hidden': 'true', class: 'logo' },
    svg('rect', { width: 32, height: 32, rx: 7 }),
    svg('path', { d: 'M5 22.5 10.5 15l4 4.5L20 9.5l3.5 6.5H27' }),
    svg('circle', { cx: 20, cy: 9.5, r: 2.6 }));
}

function drawFrame(version) {
  const top = document.getElementById('top');
  const who = session && h('div', { class: 'who' },
    h('span', { class: 'who-name' }, session.user.name || session.user.username || 'Athlete'),
    h('button', { type: 'button', class: 'button quiet', onclick: leaveService }, 'Sign out'));
  replace(top, h('a', { class: 'brand', href: '#/' }, logo(), h('span', null, brand)), who);
  replace(document.getElementById('foot'),
    h('span', null, 'Compatible with Strava'), h('a', { href: '/docs' }, 'API documentation'), h('a', { href: '/assets/licenses.txt' }, 'Licences'),
    version?.version && h('span', { class: 'num' }, `Version ${version.version}`));
}

async function leaveService() {
  try {
    await signOut();
  } catch (problem) {
    if (problem.status !== 401) {
      main.prepend(problemBox(problem, leaveService));
      return;
    }
  }
  session = null;
  location.hash = '#/';
  drawFrame();
  route();
}

function route() {
  leave?.abort();
  leave = new AbortController();
  destroyAll();
  window.scrollTo(0, 0);
  if (!session) {
    document.title = brand;
    replace(main, welcomeView());
    return;
  }
  const [, id] = location.hash.match(/^#\/activity\/([0-9a-f]{24})$/) ?? [];
  const context = { ...session, signal: leave.signal, setTitle: (text) => { document.title = text ? `${text} · ${brand}` : brand; } };
  context.setTitle('');
  replace(main, id ? activityView(context, id) : dashboardView(context));
}

async function start() {
  let version = null;
  try {
    version = await getOwn('/version');
  } catch {
    // The dashboard does not depend on it; what does not answer will be said by the first part that needs it.
  }
  brand = version?.brand || brand;
  document.title = brand;
  const notice = document.getElementById('notice');
  if (version?.notice) {
    add(notice, version.notice);
    notice.hidden = false;
  }
  drawFrame(version);
  await guarded(main, async () => {
    const user = await whoIsHere();
    session = user && { user, format: makeFormat(user.preferences?.units) };
    drawFrame(version);
    route();
    window.addEventListener('hashchange', () => {
      route();
      main.focus({ preventScroll: true });
    });
    // Canvas takes its colours when it is drawn.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', route);
  });
}

// The address's hash belongs to the views, so the skip link moves the focus itself.
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});

window.addEventListener('signed-out', () => {
  if (!session) return;
  session = null;
  forget();
  drawFrame();
  route();
  announce('The session has ended. Please connect again.');
});

start();
