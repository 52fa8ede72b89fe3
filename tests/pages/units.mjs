// The modules of the page that need no browser: formatting and polylines. No library is needed: node units.mjs
import assert from 'node:assert/strict';
import { addDays, clock, dayText, daysBetween, makeFormat, number, span } from '../../web/app/format.js';
import { decodePolyline } from '../../web/app/polyline.js';
import { family, methodText, reasonText, sportText } from '../../web/app/words.js';

let passed = 0;
let failed = 0;
function check(promise, body) {
  try {
    body();
    passed++;
    console.log(`ok - ${promise}`);
  } catch (error) {
    failed++;
    console.log(`not ok - ${promise}: ${error.message}`);
  }
}
const metric = makeFormat('metric');
const imperial = makeFormat('imperial');

check('seconds are rounded before they are split', () => {
  assert.equal(clock(239.6), '4:00');
  assert.equal(clock(3599.5), '1:00:00');
  assert.equal(clock(59.4), '0:59');
  assert.equal(clock(-61), '−1:01');
  assert.equal(clock(null), '–');
});
check('sums leave seconds out', () => {
  assert.equal(span(0), '0 m');
  assert.equal(span(3570), '1 h 00 m');
  assert.equal(span(266340), '73 h 59 m');
});
check('numbers have a true minus and never a negative zero', () => {
  assert.equal(number(-12.4, 1), '−12.4');
  assert.equal(number(-0.04, 1), '0.0');
  assert.equal(number(13603), '13,603');
});
check('paces follow the units, and one slower than 99:59 is none', () => {
  assert.equal(metric.pace(1000 / 3), '5:33 /km');
  assert.equal(imperial.pace(1000 / 3), '8:56 /mi');
  assert.equal(metric.swimPace(100 / 3), '0:33 /100 m');
  assert.equal(imperial.swimPace(180), '2:45 /100 yd');
  assert.equal(metric.pace(6000), '–');
  assert.equal(metric.pace(Infinity), '–');
});
check('distances, heights and speeds follow the units', () => {
  assert.equal(metric.distance(10020), '10.02 km');
  assert.equal(imperial.distance(1609.344), '1.00 mi');
  assert.equal(metric.height(84.4), '84 m');
  assert.equal(imperial.height(30.48), '100 ft');
  assert.equal(metric.speed(3), '10.8 km/h');
  assert.equal(imperial.speed(3), '6.7 mph');
});
check('evidence is worded by its unit', () => {
  assert.equal(metric.measure(148, 'bpm'), '148 bpm');
  assert.equal(metric.measure(298.5, 's/km'), '4:59 /km');
  assert.equal(metric.measure(6.2, '%'), '6.2 %');
  assert.equal(metric.measure(10020, 'm'), '10.0 km');
  assert.equal(metric.measure(null, 'W'), '–');
  assert.equal(metric.measure('unchanged', null), 'unchanged');
});
check('days are calendar days, whatever the zone of the browser', () => {
  assert.equal(dayText('2023-05-02'), '2 May 2023');
  assert.equal(addDays('2024-02-28', 2), '2024-03-01');
  assert.equal(daysBetween('2026-03-01', '2026-04-01'), 31);
});
check('polylines are decoded as published', () => {
  assert.deepEqual(decodePolyline('_p~iF~ps|U_ulLnnqC_mqNvxq`@'), [[38.5, -120.2], [40.7, -120.95], [43.252, -126.453]]);
  assert.deepEqual(decodePolyline('kkftGnr_mME{@pk}bNwr|gj@'), [[45.4215, -75.6972], [45.42153, -75.6969], [-33.8688, 151.2093]]);
});
check('what is no polyline gives none', () => {
  for (const text of ['', '_p~iF', '_p~iF~ps|', ' ', '~~~~~~~~~~~~', 'ü?', '_p~iF~ps|U_', 'zzzzzzz?zzzzzzz?']) assert.equal(decodePolyline(text), null, text);
});
check('codes are said in words, unknown ones too', () => {
  assert.equal(reasonText('no_hr'), 'no heart rate was recorded');
  assert.equal(reasonText('something_new'), 'something new');
  assert.equal(sportText('EMountainBikeRide'), 'E mountain bike ride');
  assert.equal(sportText('WeightTraining'), 'Weight training');
  assert.equal(sportText('TrailRun'), 'Trail run');
  assert.equal(sportText(null), 'Activity');
  assert.equal(methodText('none'), '');
});
check('sports are read by what they are measured by', () => {
  for (const [sport, expected] of [['TrailRun', 'run'], ['Hike', 'run'], ['GravelRide', 'ride'], ['Velomobile', 'ride'], ['Handcycle', 'ride'], ['Swim', 'swim'], ['Rowing', 'other'], ['WeightTraining', 'other']]) {
    assert.equal(family({ sport_type: sport }), expected, sport);
  }
});

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
