// The line of one activity on a plain ground. There are no background tiles, because the page contacts no host but its own: a faint
// grid and a scale bar give the size instead. Leaflet draws on a canvas and is loaded only when a map is shown.
import { color } from './charts.js';

const GRID = 96;

export async function drawMap(host, geometry, imperial) {
  await import('./leaflet.js');
  const { L } = window;
  const lines = (geometry.type === 'MultiLineString' ? geometry.coordinates : [geometry.coordinates])
    .map((line) => line.map(([lng, lat]) => [lat, lng]));
  const map = L.map(host, {
    renderer: L.canvas({ padding: 0.5 }), attributionControl: false, scrollWheelZoom: false, zoomSnap: 0.25, zoomAnimation: false, fadeAnimation: false,
    minZoom: 2, maxZoom: 19,
  });
  const Grid = L.GridLayer.extend({
    createTile() {
      return L.DomUtil.create('div', 'map-cell');
    },
  });
  const outline = L.polyline(lines, { color: color('--card'), weight: 7, opacity: 0.9, interactive: false, smoothFactor: 0.3 });
  const line = L.polyline(lines, { color: color('--accent'), weight: 3, opacity: 1, interactive: false, smoothFactor: 0.3 });
  map.fitBounds(line.getBounds(), { padding: [24, 24] });
  new Grid({ tileSize: GRID, minZoom: 2, maxZoom: 19 }).addTo(map);
  outline.addTo(map);
  line.addTo(map);
  L.control.scale({ metric: !imperial, imperial, maxWidth: 110 }).addTo(map);

  const dot = (at, fill) => L.circleMarker(at, { radius: 5, color: color('--card'), weight: 2, fillColor: fill, fillOpacity: 1, interactive: false });
  const last = lines[lines.length - 1];
  dot(last[last.length - 1], color('--bad')).addTo(map);
  dot(lines[0][0], color('--good')).addTo(map);
  const here = dot(lines[0][0], color('--ink'));

  const watcher = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  watcher.observe(host);
  return {
    /** Marks a place of the activity, or none. */
    point(latlng) {
      if (latlng) here.setLatLng(latlng).addTo(map);
      else here.remove();
    },
    destroy() { watcher.disconnect(); map.remove(); },
  };
}
