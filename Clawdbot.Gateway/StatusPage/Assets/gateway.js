// The headline verdict and the gateway's own facts.

import { byId, setIcon, setSentence, setText } from './dom.js';
import { accessInWords, clockTime, count, plural } from './words.js';

const icons = { good: 'Healthy', warn: 'Suspect', bad: 'Ejected', unknown: 'Starting' };
// Probation carries traffic, only less of it. Suspect may still finish its requests, but nothing should rest on it.
const serves = replica => replica.state === 'Healthy' || replica.state === 'Probation';

// A count since the start says nothing about tonight; the last minute does.
const freshMs = 60_000;
let counts = [];   // { at, failed }, one for each number seen within the last minute and the one before

/** How many requests failed within the last minute, as far as this page has seen. */
export function freshFailures(failed, now = Date.now()) {
  // A smaller number comes from a gateway that has started anew.
  if (failed < (counts.at(-1)?.failed ?? 0)) counts = [];
  if (failed !== counts.at(-1)?.failed) counts.push({ at: now, failed });
  while (counts.length > 1 && counts[1].at <= now - freshMs) counts.shift();
  return failed - counts[0].failed;
}

const inWords = replica => `${replica.id} is ${replica.state.toLowerCase()}${replica.reason ? `, ${replica.reason}` : ''}`;

function named(replicas) {
  const rest = replicas.length - 3;
  return replicas.slice(0, 3).map(inWords).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}

/** One sentence that says whether to get up. */
export function verdictOf({ gateway, replicas }, fresh = 0) {
  const members = replicas.filter(replica => replica.state !== 'Gone');
  const serving = members.filter(serves);
  const idle = members.filter(replica => !serves(replica));
  const failed = `${plural(gateway.failed, 'request')} failed.`;
  if (serving.length === 0) return { ...noneServes(idle, failed), serving: 0, members: members.length };
  const share = `${serving.length} of ${plural(members.length, 'replica')} serve${serving.length === 1 ? 's' : ''}.`;
  const absent = idle.length > 0 ? `${named(idle)}.` : '';
  const tonight = fresh > 0 ? `${plural(fresh, 'request')} failed within the last minute.` : '';
  const doubt = gateway.doubt ? `No replica is ejected on suspicion: ${gateway.doubt}.` : '';
  const detail = [absent, crowding(gateway), tonight, doubt].filter(Boolean).join(' ');
  return { level: detail ? 'warn' : 'good', text: `${share} ${failed}`, detail, serving: serving.length, members: members.length };
}

function noneServes(idle, failed) {
  const refusing = 'New requests are refused with 503 until one returns.';
  if (idle.length === 0) return { level: 'bad', text: `No replica serves: this gateway knows none. ${failed}`, detail: refusing };
  if (idle.every(replica => replica.state === 'Starting')) {
    return { level: 'warn', text: `No replica serves yet: ${named(idle)}. ${failed}`, detail: refusing };
  }
  const suspects = idle.some(replica => replica.state === 'Suspect');
  const start = suspects ? 'No replica is healthy' : 'No replica serves';
  return { level: 'bad', text: `${start}: ${named(idle)}. ${failed}`, detail: suspects ? '' : refusing };
}

function crowding(gateway) {
  if (gateway.queued === 0) return '';
  const waiting = `${plural(gateway.queued, 'request')} ${gateway.queued === 1 ? 'waits' : 'wait'}`;
  return `${gateway.active} of ${gateway.capacity} slots are busy and ${waiting}.`;
}

export function showVerdict(verdict) {
  byId('headline').dataset.level = verdict.level;
  setIcon(byId('verdict-icon'), icons[verdict.level]);
  setSentence(byId('verdict'), verdict.text);
  setSentence(byId('verdict-detail'), verdict.detail ?? '');
}

/** Old news must not pass for news: the verdict says so itself, not only its colour. */
export function showLost(lastVerdict, lastHeard) {
  const known = lastVerdict ? `At ${clockTime(lastHeard)} it was: ${lastVerdict.text}` : '';
  showVerdict({ level: 'unknown', text: 'The gateway does not answer.', detail: known });
  document.title = 'No answer · Clawdbot';
}

export function showRefused() {
  showVerdict({ level: 'unknown', text: 'This gateway asks for an API key.', detail: 'Enter one above; it stays in this tab only.' });
  document.title = 'Key needed · Clawdbot';
}

export function showGateway(gateway, verdict) {
  showVerdict(verdict);
  document.title = `${verdict.serving}/${verdict.members} serve · Clawdbot`;
  setText(byId('gateway-name'), `gateway ${gateway.id} · ${gateway.version}`);
  setText(byId('fact-active'), count(gateway.active));
  setText(byId('fact-capacity'), `of ${count(gateway.capacity)}`);
  setText(byId('fact-queued'), count(gateway.queued));
  setText(byId('fact-queue-limit'), `of ${count(gateway.queue_limit)}`);
  setText(byId('fact-served'), count(gateway.served));
  setText(byId('fact-failed'), count(gateway.failed));
  byId('fact-failed-box').toggleAttribute('data-some', gateway.failed > 0);
  setText(byId('fact-auth'), accessInWords(gateway.auth));
  byId('fact-uptime').dateTime = gateway.started;
}
