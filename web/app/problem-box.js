// Shows what went wrong in the service's own words, with the request id that an operator can look up.
import { h } from './dom.js';
import { Problem } from './api.js';

export function problemBox(error, again) {
  if (!(error instanceof Problem)) console.error(error);
  const title = error instanceof Problem ? error.title : 'This part of the page failed';
  const detail = error instanceof Problem ? error.detail : error.message;
  return h('div', { class: 'problem', role: 'alert' },
    h('strong', null, title),
    detail && h('p', null, detail),
    error.errors?.length > 0 && h('ul', null, error.errors.map((one) => h('li', null, h('code', null, one.pointer), ' ', one.message))),
    error.requestId && h('p', { class: 'small' }, 'Request id: ', h('code', null, error.requestId)),
    again && h('button', { type: 'button', class: 'button', onclick: again }, 'Try again'));
}

/** Runs `work` and shows its failure inside `host`; a page that was left in between stays quiet. Gives true when it went well. */
export async function guarded(host, work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (error.name !== 'AbortError' && error.status !== 401) host.replaceChildren(problemBox(error, () => guarded(host, work)));
    return false;
  }
}
