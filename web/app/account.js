// Signing in and out. The signed-in state is a cookie that scripts cannot see, and asking the service without one is answered 401,
// which browsers print as an error. So the page remembers in local storage only that this browser went to sign in, and asks then.
import { h } from './dom.js';
import { get, post } from './api.js';

const WENT = 'went-to-sign-in';
const AUTHORIZE = '/api/v1/auth/strava/authorize?redirect_uri=/';

function remember(yes) {
  try {
    if (yes) localStorage.setItem(WENT, '1');
    else localStorage.removeItem(WENT);
  } catch {
    // Storage is switched off: then every visit begins with the button, which still works.
  }
}

function remembered() {
  try {
    return localStorage.getItem(WENT) === '1';
  } catch {
    return new URLSearchParams(location.search).has('signed-in');
  }
}

/** The profile of who is signed in, or null. */
export async function whoIsHere() {
  if (!remembered()) return null;
  try {
    return await get('/auth/user');
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    remember(false);
    return null;
  }
}

export async function signOut(body) {
  await post('/auth/logout', body);
  remember(false);
}

export const forget = () => remember(false);

/** A plain link, so it works however it is opened; Strava's wording and colour, drawn by us. */
export function connectLink() {
  const note = () => remember(true);
  return h('a', { class: 'connect', href: AUTHORIZE, onclick: note, onauxclick: note }, 'Connect with Strava');
}
