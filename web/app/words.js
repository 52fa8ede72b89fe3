// Codes of the service in plain words. A code that is not here is shown as its own name with spaces, so a new one is never hidden.

const plain = (code) => String(code).replace(/_/g, ' ');

const REASONS = {
  no_hr: 'no heart rate was recorded',
  no_heartrate: 'no heart rate was recorded',
  bad_hr_params: 'the heart-rate settings of the profile do not fit together',
  no_power: 'no power meter was recorded',
  estimated_power: 'power was estimated, not measured',
  no_distance: 'no distance was recorded',
  no_altitude: 'no altitude was recorded',
  no_climb: 'there is no climb long enough',
  no_time: 'no times were recorded',
  no_gps: 'no position was recorded',
  no_cadence: 'no cadence was recorded',
  no_streams: 'there is no second-by-second recording',
  no_threshold: 'a threshold is needed in the profile',
  no_zones: 'zones are not set in the profile',
  no_weight: 'weight is not set in the profile',
  no_age: 'age is not set in the profile',
  no_sex: 'sex is not set in the profile',
  partial_hr: 'heart rate was recorded for a part only',
  untrusted_hr: 'the recorded heart rate is not plausible',
  no_rating: 'no effort rating was given',
  no_history: 'there are too few comparable activities before it',
  no_strokes: 'no strokes were recorded',
  no_effort: 'there is no effort to start from',
  no_load: 'no activity has a load yet',
  low_chronic: 'the long-term load is too low to compare with',
  too_short: 'the recording is too short',
  too_few: 'there are too few values',
  not_steady: 'the effort was not steady enough',
  not_applicable: 'it does not apply to this sport',
  wrong_sport: 'it does not apply to this sport',
  no_spread: 'the efforts are too alike',
  bad_fit: 'the values do not follow the model',
  no_trend: 'there is no clear trend',
  beyond_horizon: 'it lies too far ahead',
  // Why a file could not be read.
  unknown_format: 'it is not a format that is known here',
  not_an_activity: 'it holds no activity',
  no_points: 'it holds no recorded points',
  no_start_time: 'it does not say when it was recorded',
  empty: 'it is empty',
  corrupt: 'it is damaged',
  truncated: 'it ends too early',
  too_large: 'it is too large',
  too_deep: 'it is nested too deep',
  bad_xml: 'it is not well-formed XML',
};

const METRICS = {
  pace: 'pace', pace_100m: 'pace', heart_rate_zones: 'heart-rate zones', calories: 'energy', efficiency_score: 'efficiency',
  training_load: 'training load', intensity: 'intensity', variability_index: 'variability', decoupling: 'aerobic decoupling',
  grade_adjusted_pace: 'grade-adjusted pace', np: 'normalized power', average_heartrate: 'average heart rate', max_heartrate: 'highest heart rate',
  average_watts: 'average power', weighted_average_watts: 'weighted power', kilojoules: 'work', average_cadence: 'cadence', moving_time: 'moving time',
  elapsed_time: 'elapsed time', total_elevation_gain: 'climbing', elevation_gain: 'climbing', average_speed: 'average speed', max_speed: 'top speed',
  power_zones: 'power zones', pace_zones: 'pace zones', efficiency_factor: 'efficiency factor', polarization_index: 'polarization index',
  ctl: 'fitness', atl: 'fatigue', tsb: 'form', acwr: 'load ratio', heartrate: 'heart rate', count: 'activities', active_days: 'active days',
};

const METHODS = {
  none: '', power: 'from power', pace: 'from graded pace', swim: 'from swim pace', heart_rate: 'from heart rate', hr_mean: 'from average heart rate',
};

const SYNC = {
  idle: 'Not synced yet', queued: 'Sync is queued', running: 'Syncing with Strava', waiting: 'Waiting for Strava’s rate limit',
  done: 'In sync with Strava', failed: 'The last sync failed',
};

export const reasonText = (code) => REASONS[code] ?? plain(code);
export const metricText = (code) => METRICS[code] ?? plain(code);
export const methodText = (code) => (code ? METHODS[code] ?? `by ${plain(code)}` : '');
export const syncText = (code) => SYNC[code] ?? plain(code);
/** "TrailRun" → "Trail run", "trail_run" → "Trail run" */
export function sportText(code) {
  if (!code) return 'Activity';
  const words = plain(code).replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** What figures a sport is read by: run, ride, swim or other. */
export function family(activity) {
  const sport = String(activity.sport_type ?? activity.type ?? '').toLowerCase();
  if (/swim/.test(sport)) return 'swim';
  if (/run|walk|hike|snowshoe/.test(sport)) return 'run';
  if (/ride|cycl|bik|velo|handcycle/.test(sport)) return 'ride';
  return 'other';
}
