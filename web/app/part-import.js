// Brings in recordings from files: the upload becomes a job, and the page follows it and says what became of each file.
import { announce, h, replace } from './dom.js';
import { getOwn, pause, postCostly } from './api.js';
import { number } from './format.js';
import { problemBox } from './problem-box.js';
import { reasonText, sentence } from './words.js';

const ENDED = new Set(['done', 'failed', 'cancelled']);
const ACCEPT = '.fit,.gpx,.tcx,.gz';

function outcome(job) {
  if (job.status !== 'done') {
    return h('div', { class: 'problem' }, h('strong', null, job.error?.title ?? 'The import did not finish'), job.error?.detail && h('p', null, job.error.detail));
  }
  const result = job.result ?? {};
  const counted = [['new', result.created], ['updated', result.updated], ['already here', result.duplicates]].filter(([, count]) => count > 0);
  const ids = result.activity_ids ?? [];
  const failed = result.failed ?? [];
  return h('div', { class: 'stack-small' },
    h('p', { class: 'import-line' }, counted.length > 0 ? sentence(counted.map(([label, count]) => `${number(count)} ${label}`).join(', ')) : 'Nothing was brought in',
      ids.length === 1 && [' · ', h('a', { href: `#/activity/${ids[0]}` }, 'open it')]),
    failed.length > 0 && h('ul', { class: 'small failures' }, failed.map((one) => h('li', null, h('b', null, one.name), `: ${reasonText(one.reason)}`, one.detail ? ` (${one.detail})` : ''))));
}

export function importPart({ signal }, onNew) {
  const state = h('div', { class: 'import-state', 'aria-live': 'polite' });
  const input = h('input', { type: 'file', id: 'file', accept: ACCEPT, class: 'unseen', onchange: () => { if (input.files[0]) send(input.files[0]); input.value = ''; } });
  const drop = h('label', { class: 'drop', for: 'file' }, h('b', null, 'Choose a file'), ' or drop it here', h('small', null, 'FIT, GPX or TCX'));
  let busy = false;

  async function send(file) {
    if (busy) return;
    busy = true;
    try {
      replace(state, h('p', { class: 'small' }, `Sending ${file.name}…`), h('progress', { 'aria-label': 'Import' }));
      const form = new FormData();
      form.append('file', file);
      const { body, location } = await postCostly('/activities/import', { form });
      const job = await follow(body, location);
      replace(state, outcome(job));
      announce('The import has ended');
      if (job.result?.created > 0 || job.result?.updated > 0) await onNew();
    } catch (problem) {
      if (problem.name !== 'AbortError') replace(state, problemBox(problem));
    }
    busy = false;
  }

  async function follow(first, location) {
    let job = first;
    while (!ENDED.has(job.status)) {
      const { percentage } = job.progress ?? {};
      replace(state, h('p', { class: 'small' }, 'Reading the file…'), h('progress', { max: 100, value: percentage ?? undefined, 'aria-label': 'Import' }));
      await pause(500, signal);
      job = await getOwn(location ?? `/api/v1/jobs/${job.id}`, signal);
    }
    return job;
  }

  for (const kind of ['dragenter', 'dragover']) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add('over'); });
  for (const kind of ['dragleave', 'drop']) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.remove('over'); });
  drop.addEventListener('drop', (event) => { if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]); });
  const element = h('section', { class: 'card', id: 'import', 'aria-labelledby': 'import-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'import-title' }, 'Import')), input, drop, state);
  return { element };
}
