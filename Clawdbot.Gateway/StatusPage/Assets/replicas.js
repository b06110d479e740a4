// One card per replica, changed in place so that the focus on a button outlives five snapshots a second.

import { byId, isOff, setIcon, setOff, setText, stamp } from './dom.js';
import { errorOf, withKey } from './live.js';
import * as words from './words.js';

const paceWindowMs = 3000;
const dead = new Set(['Starting', 'Ejected', 'Gone']);
const token = document.querySelector('meta[name="clawdbot-token"]').content;
const cards = new Map();

export function showReplicas(replicas) {
  const now = performance.now();
  const sorted = [...replicas].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  const present = new Set(sorted.map(replica => replica.id));
  for (const [id, card] of cards) if (!present.has(id)) { card.node.remove(); cards.delete(id); }
  sorted.forEach((replica, index) => {
    const card = cards.get(replica.id) ?? newCard(replica.id);
    const place = byId('replicas').children[index];
    if (place !== card.node) byId('replicas').insertBefore(card.node, place ?? null);
    showCard(card, replica, now);
  });
  byId('no-replicas').hidden = sorted.length > 0;
}

/** All replicas together; null until two snapshots have been compared. */
export function fleetPace() {
  const paces = [...cards.values()].map(card => card.pace).filter(pace => pace !== null);
  return paces.length > 0 ? paces.reduce((sum, pace) => sum + pace, 0) : null;
}

export function markServing(id) {
  for (const [cardId, card] of cards) {
    card.node.toggleAttribute('data-serving', cardId === id);
    card.parts.badge.hidden = cardId !== id;
    card.parts.kill.classList.toggle('loud', cardId === id);
  }
}

function newCard(id) {
  const card = { ...stamp('replica-card'), samples: [], pace: null, pid: null, killedPid: null };
  const { node, parts } = card;
  node.dataset.replica = id;
  parts.id.id = `replica-${id}`;
  node.setAttribute('aria-labelledby', parts.id.id);
  parts.load.setAttribute('aria-label', `Load of ${id}`);
  parts.kill.dataset.kill = id;
  parts.since.dataset.since = '';
  setText(parts.id, id);
  setText(parts.kill, `Kill ${id} (SIGKILL)`);
  parts.kill.addEventListener('click', () => kill(id));
  cards.set(id, card);
  return card;
}

function showCard(card, replica, now) {
  const { node, parts } = card;
  card.pace = measure(card, replica, now);
  node.dataset.state = replica.state;
  setIcon(parts.icon, replica.state);
  setText(parts.state, replica.state);
  setText(parts.reason, replica.reason || 'no reason given');
  if (parts.since.dateTime !== replica.since) {
    parts.since.dateTime = replica.since;
    setText(parts.since, words.duration(words.msSince(replica.since)));
  }
  setText(parts['in-flight'], words.count(replica.in_flight));
  setText(parts.capacity, `of ${words.count(replica.capacity)} in flight`);
  setText(parts.pace, words.pace(card.pace));
  setText(parts.address, replica.address ?? '–');
  setText(parts.pid, replica.pid ? `pid ${replica.pid}` : 'no process');
  setText(parts.model, replica.model ?? '–');
  parts.served.hidden = !replica.served_model || replica.served_model === replica.model;
  setText(parts.served, parts.served.hidden ? '' : `served by ${replica.served_model}`);
  setText(parts.identity, replica.identity ?? '');
  setText(parts.starts, `${words.count(replica.starts ?? 0)} · from ${replica.source ?? 'unknown'}`);
  setText(parts.share, words.share(replica));
  const lacks = words.lacks(replica);
  parts.lacking.hidden = lacks === '';
  setText(parts.lacks, lacks);
  parts.gpus.hidden = !replica.gpus;
  setText(parts.gpu, (replica.gpus ?? []).map(words.gpu).join('; '));
  showLoad(parts, replica);
  showKill(card, replica);
}

function showLoad({ load, fill }, { in_flight: inFlight, capacity }) {
  const share = capacity > 0 ? Math.min(1, inFlight / capacity) : 0;
  load.setAttribute('aria-valuemax', capacity);
  load.setAttribute('aria-valuenow', Math.min(inFlight, capacity));
  load.setAttribute('aria-valuetext', `${inFlight} of ${capacity} in flight`);
  load.style.setProperty('--slots', capacity > 0 && capacity <= 32 ? capacity : 1);
  load.toggleAttribute('data-full', share === 1);
  fill.style.setProperty('--share', share);
}

function showKill(card, replica) {
  const { kill: button, note } = card.parts;
  card.pid = replica.pid;
  if (card.killedPid !== null && card.killedPid !== replica.pid) {
    card.killedPid = null;
    setText(note, '');
  }
  button.hidden = !replica.can_kill;
  setOff(button, card.killedPid !== null || !replica.pid);
}

/** Tokens per second over the last seconds. A counter that went back belongs to a new process, and the dead have no pace. */
function measure(card, { state, tokens_generated: tokens }, now) {
  if (dead.has(state)) card.samples = [];
  if (dead.has(state)) return null;
  const fresh = card.samples.filter(sample => now - sample.at <= paceWindowMs && sample.tokens <= tokens);
  card.samples = [...fresh, { at: now, tokens }];
  const first = card.samples[0];
  if (now - first.at < 300) return fresh.length > 0 ? card.pace : null;
  return (tokens - first.tokens) * 1000 / (now - first.at);
}

export function canKill(id) {
  const button = cards.get(id)?.parts.kill;
  return button !== undefined && !button.hidden && !isOff(button);
}

/** No question first: to kill a replica while it answers is what this page is there to show. */
export async function kill(id) {
  const card = cards.get(id);
  if (!card || isOff(card.parts.kill)) return;
  setOff(card.parts.kill, true);
  card.killedPid = card.pid;
  setText(card.parts.note, 'Sending SIGKILL…');
  const refusal = await sendKill(id);
  if (refusal) card.killedPid = null;
  // A pid that changed meanwhile has already cleared the note: the new process was not killed.
  if (refusal || card.killedPid !== null) setText(card.parts.note, refusal ? `Not killed: ${refusal}` : 'SIGKILL sent');
  if (refusal) setOff(card.parts.kill, false);
}

async function sendKill(id) {
  try {
    const path = `/api/replicas/${encodeURIComponent(id)}/kill`;
    const response = await fetch(path, { method: 'POST', headers: withKey({ 'X-Clawdbot-Token': token }) });
    return response.ok ? null : await errorOf(response);
  } catch {
    return 'the gateway could not be reached';
  }
}
