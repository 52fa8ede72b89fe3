// How the time was spread over the heart-rate zones, and how much of the training that speaks for.
import { h, replace } from './dom.js';
import { get } from './api.js';
import { number } from './format.js';
import { guarded } from './problem-box.js';
import { zoneBars } from './zone-bars.js';
import { reasonText } from './words.js';

function coverage(quality) {
  if (!quality || !quality.activities) return null;
  const missing = (quality.missing ?? []).map((one) => `${number(one.count)} without: ${reasonText(one.reason)}`).join('; ');
  return `From ${number(quality.with_inputs)} of ${number(quality.activities)} activities${missing ? ` (${missing})` : ''}.`;
}

export function zonesPart({ signal }, range) {
  const content = h('div', { class: 'part-body' });
  guarded(content, async () => {
    const answer = await get('/analytics/zones', { kind: 'heartrate', from: range.from, to: range.to }, signal);
    const zones = answer.zones ?? [];
    const any = zones.some((zone) => zone.time > 0);
    replace(content,
      any ? zoneBars(zones) : h('p', { class: 'muted' }, 'No heart rate in this time.'),
      h('p', { class: 'muted small' }, [coverage(answer.data_quality),
        any && answer.polarization_index !== null && answer.polarization_index !== undefined && `Polarization index ${number(answer.polarization_index, 2)}.`,
        any && ['estimated', 'assumed'].includes(answer.source) && `The zones rest on ${answer.source === 'assumed' ? 'an assumed' : 'an estimated'} heart rate; set your own in the profile.`].filter(Boolean).join(' ')));
  });
  return h('section', { class: 'card', id: 'zones', 'aria-labelledby': 'zones-title' },
    h('div', { class: 'card-head' }, h('h2', { id: 'zones-title' }, 'Heart-rate zones')), content);
}
