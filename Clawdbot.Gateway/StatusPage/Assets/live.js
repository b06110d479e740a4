// The page's line to the gateway: the API key, the parser of event streams, and the snapshots with their reconnecting.
// One way for all: EventSource can send no key, does not tell a 401 from a dead gateway, and never notices silence.

import { trustClockOf } from './words.js';

// The gateway speaks at least every 2 s, so three missed words mean that the line is dead though the socket is not.
const silenceLimitMs = 6000;
const keySlot = 'clawdbot-api-key';
const keyChanges = new EventTarget();

export const apiKey = () => sessionStorage.getItem(keySlot) ?? '';

export function setApiKey(key) {
  if (key) sessionStorage.setItem(keySlot, key);
  else sessionStorage.removeItem(keySlot);
  keyChanges.dispatchEvent(new Event('change'));
}

export const withKey = headers => (apiKey() ? { ...headers, Authorization: `Bearer ${apiKey()}` } : headers);

/** The events of an event stream. Half an event at the end is none, as the standard has it. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
      rest = blocks.pop();
      yield* blocks.map(parse).filter(event => event.data !== '');
    }
  } finally {
    // Whoever stops reading hangs up, or the gateway would go on writing to nobody.
    reader.cancel().catch(() => {});
  }
}

function parse(block) {
  const event = { name: 'message', data: [] };
  for (const line of block.split('\n')) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === 'event') event.name = value;
    if (field === 'data') event.data.push(value);
  }
  return { name: event.name, data: event.data.join('\n') };
}

/** What an OpenAI-shaped error says, whatever came instead of one. */
export async function errorOf(response) {
  const error = (await response.json().catch(() => null))?.error;
  return error?.message ?? `The gateway answered ${response.status} ${response.statusText}`.trim();
}

/** Follows the snapshots for ever. `link` is told: live, reconnecting, refused (a key is needed). */
export async function follow({ snapshot, link }) {
  for (let failures = 0; ; failures++) {
    const line = new AbortController();
    const reopen = () => line.abort();
    keyChanges.addEventListener('change', reopen, { once: true });
    const heard = data => { failures = 0; snapshot(data); };
    const refused = await listen(line, heard).catch(() => false);
    link(refused ? 'refused' : 'reconnecting');
    await pause(refused ? 10_000 : Math.min(3000, 300 * 2 ** failures));
    keyChanges.removeEventListener('change', reopen);
  }
}

async function listen(line, heard) {
  let watchdog = setTimeout(() => line.abort(), silenceLimitMs);
  try {
    const headers = withKey({ Accept: 'text/event-stream' });
    const response = await fetch('/api/events', { headers, signal: line.signal, cache: 'no-store' });
    if (response.status === 401 || response.status === 403) return true;
    if (!response.ok) return false;
    trustClockOf(response.headers.get('Date'));
    for await (const event of events(response.body)) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => line.abort(), silenceLimitMs);
      if (event.name === 'snapshot') heard(JSON.parse(event.data));
    }
    return false;
  } finally {
    clearTimeout(watchdog);
    line.abort();
  }
}

/** Waits, or until the key changes: nobody should wait for a key that was just typed. */
function pause(ms) {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms);
    keyChanges.addEventListener('change', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
