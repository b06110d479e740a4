// The status page: every snapshot from the gateway goes through the parts of the page, from top to bottom.

import { byId, setText } from './dom.js';
import { showFailovers } from './failovers.js';
import { freshFailures, showGateway, showLost, showRefused, verdictOf } from './gateway.js';
import { apiKey, follow, setApiKey } from './live.js';
import { startPicture } from './picture.js';
import { ownRequest, playgroundSaw, startPlayground } from './playground.js';
import { fleetPace, showReplicas } from './replicas.js';
import { duration, msSince, pace } from './words.js';

const linkInWords = { connecting: 'connecting…', live: 'live', reconnecting: 'reconnecting…', refused: 'API key needed' };
let lastVerdict = null;
let lastHeard = null;
let keyAsked = false;   // a 401 outweighs what the snapshot says of the gateway's access

function showSnapshot(snapshot) {
  lastVerdict = verdictOf(snapshot, freshFailures(snapshot.gateway.failed));
  lastHeard = Date.now();
  showLink('live');
  showGateway(snapshot.gateway, lastVerdict);
  showReplicas(snapshot.replicas);
  playgroundSaw(snapshot);
  setText(byId('fact-pace'), pace(fleetPace()));
  showFailovers(snapshot.failovers, ownRequest());
  showKeyForm(keyAsked || snapshot.gateway.auth === 'keys');
  tick();
}

function showLink(link) {
  document.body.dataset.link = link;
  setText(byId('connection'), linkInWords[link]);
  if (link === 'reconnecting') showLost(lastVerdict, lastHeard);
  if (link === 'refused') {
    showRefused();
    askForKey(apiKey() ? 'The gateway refused this key.' : '');
  }
}

function askForKey(note) {
  keyAsked = true;
  showKeyForm(true, note);
}

function showKeyForm(needed, note = '') {
  byId('key-form').hidden = !needed;
  byId('forget-key').hidden = !apiKey();
  setText(byId('key-note'), note || (apiKey() ? 'A key is in use.' : 'Kept in this tab only.'));
}

function startKeyForm() {
  const input = byId('api-key');
  byId('key-form').addEventListener('submit', event => {
    event.preventDefault();
    if (input.value) setApiKey(input.value.trim());
    input.value = '';
  });
  byId('forget-key').addEventListener('click', () => { setApiKey(''); input.focus(); });
}

/** Durations count on while the line is live, and stand still with the rest when it is not. */
function tick() {
  const link = document.body.dataset.link;
  setText(byId('last-word'), link !== 'live' && lastHeard ? `last word ${duration(Date.now() - lastHeard)} ago` : '');
  if (link !== 'live') return;
  for (const time of document.querySelectorAll('time[data-since]')) setText(time, duration(msSince(time.dateTime)));
}

startKeyForm();
startPicture();
startPlayground(() => askForKey('The gateway asks for a key.'));
byId('fact-uptime').dataset.since = '';
setInterval(tick, 1000);
follow({ snapshot: showSnapshot, link: showLink });
