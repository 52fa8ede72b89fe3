// What an activity means, in the service's sentences. Everything here is text from outside and is shown as text nodes. An insight that was
// made after the activity last changed is shown as it is; otherwise the service is asked for one (it answers from its cache when nothing moved).
import { h, replace } from './dom.js';
import { get, pause, postCostly } from './api.js';
import { guarded } from './problem-box.js';
import { metricText, sentence } from './words.js';

const PENDING = new Set(['queued', 'running']);
const PATIENCE = 60;

async function ask(activity, signal) {
  const earlier = await get('/insights', { kind: 'activity', activity_id: activity.id, limit: 1 }, signal);
  const [last] = earlier.items;
  if (last && last.status === 'done' && last.created_at >= activity.updated_at) return last;
  const question = { json: { kind: 'activity', activity_id: activity.id }, signal };
  try {
    return (await postCostly('/insights', question)).body;
  } catch (problem) {
    // Another page of the same athlete may have used up what the limit allows: worth one polite wait.
    if (problem.status !== 429 || problem.retryAfter > 10) throw problem;
    await pause((problem.retryAfter || 2) * 1000, signal);
    return (await postCostly('/insights', question)).body;
  }
}

async function settled(insight, signal) {
  let current = insight;
  for (let tries = 0; PENDING.has(current.status) && tries < PATIENCE; tries++) {
    await pause(1000, signal);
    current = await get(`/insights/${current.id}`, undefined, signal);
  }
  return current;
}

const evidence = (items, format) => items?.length > 0 && h('ul', { class: 'evidence' }, items.map((one) => h('li', null,
  h('span', null, metricText(one.metric)), ' ', h('b', { class: 'num' }, format.measure(one.value, one.unit)))));

function finding(one, format) {
  return h('li', { class: `finding severity-${String(one.severity ?? 'info').replace(/[^a-z]/g, '')}` }, h('p', null, one.text), evidence(one.evidence, format));
}

function recommendation(one) {
  const how = [one.when, one.intensity].filter(Boolean).map((text) => String(text).replace(/_/g, ' ')).join(' · ');
  return h('div', { class: 'advice' }, h('h3', null, 'Next'), h('p', null, h('b', null, one.text)), one.rationale && h('p', { class: 'small' }, one.rationale), how && h('p', { class: 'muted small' }, sentence(how)));
}

const madeBy = (insight) => (insight.provider === 'rules' ? 'Computed from your data' : `Worded by ${[insight.provider, insight.model].filter(Boolean).join(', ')}, checked against your data`);

function show(insight, format) {
  if (insight.status !== 'done') return h('p', { class: 'muted' }, insight.status === 'failed' ? 'No reading could be made of this activity.' : 'The reading is still being made. It will be here the next time you open this page.');
  return h('div', { class: 'stack-small' },
    h('p', { class: 'insight-title' }, insight.title),
    h('p', { class: 'insight-summary' }, insight.summary),
    insight.findings?.length > 0 && h('ul', { class: 'findings' }, insight.findings.map((one) => finding(one, format))),
    insight.recommendations?.map(recommendation),
    h('p', { class: 'muted small made-by' }, madeBy(insight)));
}

export function insightPart({ format, signal }, activity) {
  const content = h('div', { class: 'part-body', id: 'insight-body' }, h('p', { class: 'waiting' }, 'Reading the activity…'));
  guarded(content, async () => replace(content, show(await settled(await ask(activity, signal), signal), format)));
  return h('section', { class: 'card', id: 'insight', 'aria-labelledby': 'insight-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'insight-title' }, 'What it says')), content);
}
