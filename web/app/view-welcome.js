// What a visitor sees before signing in: what this is, and what is collected and how to take that back, before anything is.
import { h } from './dom.js';
import { connectLink } from './account.js';

const POINTS = [
  ['Your own numbers', 'Fitness, fatigue and form, weekly volume, heart-rate zones and every activity, computed from what your device recorded.'],
  ['Words with evidence', 'Each activity gets a short reading in plain sentences, and every sentence shows the figures it rests on.'],
  ['Nothing made up', 'Where a sensor or a setting is missing, the value stays empty and the page says why.'],
];

const CONSENT = [
  ['What is read', 'Your Strava profile (name, place, weight, units) and your activities, private ones too, with their heart rate, power, pace, altitude and position. Nothing is written to Strava.'],
  ['What for', 'To compute and show your own training to you. It is shown to nobody else, compared with nobody else’s, and never sold.'],
  ['How long', 'What comes from Strava’s API is refreshed or erased within 7 days, together with all that was computed from it. Files that you upload stay until you delete them.'],
  ['How to withdraw', 'Disconnect on this page at any time, or in Strava under Settings → My Apps. Access ends at once, and what came through it is erased within 7 days at the latest. To have everything erased at once, uploaded files too, ask the operator of this service.'],
];

export function welcomeView() {
  return h('div', { class: 'welcome' },
    h('section', { class: 'hero' },
      h('h1', null, 'What your training means'),
      h('p', { class: 'lead' }, 'A calm look at your endurance training: how fit, how tired, how much, and what the last session says.'),
      connectLink(),
      h('p', { class: 'small' }, 'By connecting you agree to the use described below.')),
    h('section', { class: 'points', 'aria-label': 'What you get' }, POINTS.map(([title, text]) => h('div', null, h('h2', null, title), h('p', null, text)))),
    h('section', { class: 'card consent', 'aria-labelledby': 'consent-title' },
      h('h2', { id: 'consent-title' }, 'Before you connect'),
      h('dl', null, CONSENT.map(([term, text]) => [h('dt', null, term), h('dd', null, text)]))));
}
