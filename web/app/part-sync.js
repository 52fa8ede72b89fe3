// The link to Strava: how the last or the running sync stands, asked every second while it runs, and how to end the link.
import { announce, h, replace } from './dom.js';
import { get, pause, postCostly } from './api.js';
import { connectLink, signOut } from './account.js';
import { instantText, number } from './format.js';
import { guarded, problemBox } from './problem-box.js';
import { syncText } from './words.js';

const BUSY = new Set(['queued', 'running', 'waiting']);
const EVERY_MS = 1000;
const TELL_MS = 4000;

function progress(state) {
  const known = state.percentage !== null && state.percentage !== undefined;
  return h('progress', { max: 100, value: known ? state.percentage : undefined, 'aria-label': 'Sync progress' });
}

function facts(state) {
  const of = BUSY.has(state.status) && state.total_estimate ? ` of about ${number(state.total_estimate)}` : '';
  const count = state.fetched === null || state.fetched === undefined ? null : `${number(state.fetched)}${of} ${state.fetched === 1 && !of ? 'activity' : 'activities'}`;
  if (state.status === 'waiting' && state.rate_limited_until) return `${count ? `${count} so far. ` : ''}Goes on at ${instantText(state.rate_limited_until)}.`;
  if (BUSY.has(state.status)) return count ?? 'Starting…';
  if (state.finished_at) return `${instantText(state.finished_at)}${count ? ` · ${count} brought in` : ''}`;
  return '';
}

/** Asks before the link is ended: revoking cannot be undone from here. */
function disconnectDialog(onDone) {
  const trouble = h('div');
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'disconnect-title' },
    h('h2', { id: 'disconnect-title' }, 'Disconnect from Strava?'),
    h('p', null, 'Access to your Strava account is revoked, all sessions here end, and what came through Strava’s API is erased within 7 days at the latest. Files that you uploaded stay.'),
    trouble,
    h('div', { class: 'dialog-buttons' },
      h('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, 'Keep the connection'),
      h('button', { type: 'button', class: 'button danger', onclick: async () => {
        try {
          await signOut({ everywhere: true, deauthorize: true });
          dialog.close();
          onDone();
        } catch (problem) {
          replace(trouble, problemBox(problem));
        }
      } }, 'Disconnect')));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** `onNew(ended)` is called when there is more to show: now and then while a sync runs, and at its end. */
export function syncPart({ user, signal }, onNew) {
  const content = h('div', { class: 'part-body', id: 'sync-state' });
  const trouble = h('div');
  const linked = user.strava_status === 'connected' || (user.strava_status === undefined && user.strava_connected);
  const button = h('button', { type: 'button', class: 'button', id: 'sync-now', onclick: begin }, 'Sync now');
  let watching = false;

  function show(state) {
    const busy = BUSY.has(state.status);
    button.disabled = busy;
    replace(content, h('p', { class: `sync-line sync-${state.status}` }, h('span', { class: 'dot', 'aria-hidden': 'true' }), syncText(state.status)),
      busy && progress(state), h('p', { class: 'muted small' }, facts(state)),
      state.error && h('p', { class: 'small' }, [state.error.title, state.error.detail].filter(Boolean).join(': ')));
  }

  async function watch() {
    if (watching) return;
    watching = true;
    let wasBusy = false;
    let brought = 0;
    let told = Date.now();
    await guarded(content, async () => {
      for (;;) {
        const state = await get('/activities/sync', undefined, signal);
        show(state);
        if (!BUSY.has(state.status)) {
          if (wasBusy) {
            announce(syncText(state.status));
            await onNew(true);
          }
          return;
        }
        wasBusy = true;
        if (state.fetched > brought && Date.now() - told > TELL_MS) {
          await onNew(false);
          brought = state.fetched;
          told = Date.now();
        }
        await pause(EVERY_MS, signal);
      }
    });
    watching = false;
  }

  async function begin() {
    replace(trouble);
    button.disabled = true;
    try {
      await postCostly('/activities/sync');
      await pause(200, signal);
      await watch();
    } catch (problem) {
      if (problem.name !== 'AbortError') replace(trouble, problemBox(problem));
      button.disabled = false;
    }
  }

  const reconnect = !linked && h('div', { class: 'stack-small' },
    h('p', { class: 'small' }, user.strava_status === 'reconnect_needed' ? 'Strava no longer accepts the connection. Please connect again.' : 'Not connected to Strava.'), connectLink());
  const element = h('section', { class: 'card', id: 'sync', 'aria-labelledby': 'sync-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'sync-title' }, 'Strava'), linked && button), reconnect, content, trouble,
    linked && h('p', { class: 'small fine' },
      h('button', { type: 'button', class: 'link', onclick: () => disconnectDialog(() => window.dispatchEvent(new Event('signed-out'))) }, 'Disconnect from Strava…')));
  return { element, watch };
}
