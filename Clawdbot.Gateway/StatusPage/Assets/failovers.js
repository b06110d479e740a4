// The table of recent failovers, newest first as the gateway gives them.

import { byId, element } from './dom.js';
import { causeInWords, clockTime, count, msSince, phaseInWords, silence } from './words.js';

// Longer than any gateway looks for a replica, so after it "not yet" would be a lie.
const stillLookingMs = 30_000;
let shown = '';

export function showFailovers(failovers, ownRequest) {
  const wanted = JSON.stringify([failovers, ownRequest, failovers.map(isLooking)]);
  if (wanted === shown) return;
  shown = wanted;
  byId('failover-rows').replaceChildren(...failovers.map(failover => row(failover, failover.request === ownRequest)));
  byId('failovers').hidden = failovers.length === 0;
  byId('no-failovers').hidden = failovers.length > 0;
}

const isLooking = failover => !failover.to && msSince(failover.at) < stillLookingMs;

function row(failover, own) {
  const line = element('tr');
  line.setAttribute('role', 'row');
  line.toggleAttribute('data-own', own);
  const time = element('time', clockTime(failover.at));
  time.dateTime = time.title = failover.at;
  line.append(
    cell('Time', time),
    cell('Request', requestId(failover), own ? element('span', 'yours', 'badge') : ''),
    cell('From → to', move(failover)),
    cell('Cause', causeInWords(failover.cause)),
    cell('Phase', phaseInWords(failover.phase), failover.exactness === 'approximate' ? element('span', 'approximate', 'badge warn') : ''),
    cell('Tokens', count(failover.tokens ?? 0)),
    cell('Silence', silence(failover.silence_ms)));
  return line;
}

function move(failover) {
  const nobody = isLooking(failover) ? 'looking…' : 'nobody';
  const node = element('span', `${failover.from} → `);
  node.append(failover.to ?? element('em', nobody));
  return node;
}

/** Cut by the style sheet where it is long; a copy takes the whole of it. */
function requestId(failover) {
  const node = element('span', failover.request, 'code');
  node.title = failover.request;
  return node;
}

function cell(label, ...content) {
  const node = element('td');
  node.setAttribute('role', 'cell');
  node.dataset.label = label;
  if (label === 'Tokens' || label === 'Silence') node.className = 'number';
  node.append(...content);
  return node;
}
