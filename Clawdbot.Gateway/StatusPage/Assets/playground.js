// Asks a question, shows the answer stream, and offers to kill the replica that is giving it.

import { Answer } from './answer.js';
import { byId, element, isOff, setOff, setText } from './dom.js';
import { errorOf, events, withKey } from './live.js';
import { picture } from './picture.js';
import { canKill, kill, markServing } from './replicas.js';
import { announce, showNote, showReply } from './reply.js';
import { count, plural, silence } from './words.js';

const maxTokens = 400;
let snapshot = { replicas: [], failovers: [] };
let current = null;   // { answer, state, abort }, kept after the end: late failovers still belong to it
let askForKey = () => {};

class Broken extends Error {}

const running = () => current !== null && (current.state === 'waiting' || current.state === 'streaming');

/** Who answers right now, for the card that is lit up. */
const servingNow = () => (current?.state === 'streaming' ? current.answer.serving : null);
export const ownRequest = () => current?.answer.request ?? null;

export function startPlayground(onKeyNeeded) {
  askForKey = onKeyNeeded;
  byId('ask-form').addEventListener('submit', event => { event.preventDefault(); ask(); });
  byId('stop').addEventListener('click', () => current?.abort.abort());
  byId('kill-serving').addEventListener('click', killServing);
  byId('question').addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(); }
  });
}

function killServing() {
  const id = servingNow();
  if (!id) return;
  kill(id);
  show();
}

export function playgroundSaw(newest) {
  snapshot = newest;
  showModels();
  byId('kill-serving').hidden = !snapshot.replicas.some(replica => replica.can_kill);
  if (!current) return;
  current.answer.sawFailovers(snapshot.failovers);
  show();
}

/** A choice only where there is one. */
function showModels() {
  const models = [...new Set(snapshot.replicas.map(replica => replica.model).filter(Boolean))].sort();
  const select = byId('model');
  if ([...select.options].map(option => option.value).join('\n') !== models.join('\n') && models.length > 0) {
    const chosen = select.value;
    select.replaceChildren(...models.map(model => element('option', model)));
    if (models.includes(chosen)) select.value = chosen;
  }
  byId('model-box').hidden = select.options.length < 2;
}

function show() {
  showReply(current.answer, current.state);
  const id = servingNow();
  const button = byId('kill-serving');
  setOff(button, !canKill(id));
  button.classList.toggle('loud', id !== null);
  button.setAttribute('aria-label', id ? `${button.textContent} (${id})` : button.textContent);
  setOff(byId('ask'), running());
  setOff(byId('stop'), !running());
  markServing(id);
}

async function ask() {
  if (isOff(byId('ask'))) return;
  const run = current = { answer: new Answer(), state: 'waiting', abort: new AbortController() };
  showNote('');
  announce('Asked. Waiting for the first token.');
  show();
  try {
    await receive(run);
    end(run, 'done', '');
  } catch (error) {
    const stopped = run.abort.signal.aborted;
    end(run, stopped ? 'stopped' : 'broken', stopped ? '' : breakInWords(error, run.answer));
  }
}

async function receive(run) {
  const response = await post(run.abort.signal);
  if (response.status === 401) askForKey();
  if (!response.ok) throw new Broken(await errorOf(response));
  run.answer.opened(response.headers);
  run.answer.sawFailovers(snapshot.failovers);
  let finished = false;
  try {
    for await (const { data } of events(response.body)) {
      if (data === '[DONE]') finished = true;
      else take(run, chunkOf(data));
    }
  } catch (error) {
    // What befalls the connection after the last word breaks nothing.
    if (!finished) throw error;
  }
  if (!finished) throw new Broken('The stream ended without [DONE].');
}

async function post(signal) {
  const content = [{ type: 'text', text: byId('question').value }];
  const url = await picture.dataUrl();
  if (url) content.push({ type: 'image_url', image_url: { url } });
  const model = byId('model').value;
  if (!model) throw new Broken('No replica has named its model yet.');
  const question = {
    model, stream: true, stream_options: { include_usage: true }, max_tokens: maxTokens, messages: [{ role: 'user', content }],
  };
  const headers = withKey({ 'Content-Type': 'application/json', 'X-Clawdbot-Details': 'true' });
  return fetch('/v1/chat/completions', { method: 'POST', headers, body: JSON.stringify(question), signal });
}

function chunkOf(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new Broken('The stream brought something that is no JSON.');
  }
}

function take(run, chunk) {
  if (chunk.error) throw new Broken(chunk.error.message ?? 'The gateway reported an error in the stream.');
  const first = run.answer.accept(chunk) && run.state === 'waiting';
  if (first) {
    run.state = 'streaming';
    announce(`${run.answer.serving ?? 'A replica'} answers.`);
  }
  paintSoon(run);
}

/** Once a frame at most: tokens may come faster than anybody sees. */
function paintSoon(run) {
  run.frame ??= requestAnimationFrame(() => {
    run.frame = null;
    if (run === current) show();
  });
}

function breakInWords(error, answer) {
  const said = error instanceof Broken ? error.message : 'The connection to the gateway was lost.';
  const incomplete = answer.chunks.length > 0 ? ' The answer above is incomplete.' : '';
  return `Broken: ${said}${incomplete}`;
}

function end(run, state, note) {
  run.state = state;
  const cut = state === 'done' && run.answer.finish === 'length' ? `Cut at the limit of ${maxTokens} tokens, as asked for.` : '';
  showNote(note || cut, state === 'broken' ? 'bad' : 'info');
  show();
  announce(summary(run.answer, state, note));
}

function summary(answer, state, note) {
  if (state === 'broken') return note;
  if (state === 'stopped') return 'Stopped.';
  const { tokens, silenceMs } = answer.stats;
  const moved = answer.seams.length > 0 ? ` ${plural(answer.seams.length, 'failover')}, longest silence ${silence(silenceMs)}.` : '';
  return `Answer complete, ${count(tokens)} tokens.${moved} ${answer.text}`;
}
