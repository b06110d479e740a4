// How an answer is shown: its text with the seams marked in it, its seams in words, its pace as a strip, its numbers.

import { byId, element, setSentence, setText } from './dom.js';
import { causeInWords, count, pace, seamInWords, silence } from './words.js';

let shownMarks = '';
let shownChunks = 0;
let spoken;

/** Says a thing once to those who hear the page. The answer itself is no live region: it would speak each token. */
export const announce = text => setText(byId('announcer'), text);

export function showReply(answer, state) {
  byId('reply').dataset.state = state;
  setText(byId('answer-state'), state);
  setText(byId('answer-by'), byline(answer, state));
  showText(answer);
  showSeams(answer, state);
  showTimeline(answer);
  showStats(answer);
}

export function showNote(text, level) {
  byId('answer-note').hidden = !text;
  byId('answer-note').dataset.level = level ?? '';
  setText(byId('answer-note'), text);
}

function byline(answer, state) {
  if (state === 'waiting') return 'for the first token';
  if (state === 'streaming' && answer.serving) return `from ${answer.serving}`;
  if (state === 'streaming') return answer.seams.length > 0 ? 'moving to another replica…' : '';
  return answer.serving && answer.chunks.length > 0 ? `${state === 'done' ? 'by' : 'at'} ${answer.serving}` : '';
}

/** Appends what is new; writes all anew only when a mark has come, so that a reader's selection survives the tokens. */
function showText(answer) {
  const box = byId('answer');
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
  const marks = answer.marks;
  const wanted = `${answer.askedAt}:${marks}`;
  if (wanted !== shownMarks) {
    box.replaceChildren();
    shownChunks = 0;
    shownMarks = wanted;
  }
  for (; shownChunks < answer.chunks.length; shownChunks++) {
    box.append(...marksAt(marks, shownChunks));
    if (box.lastChild?.nodeType !== Node.TEXT_NODE) box.append('');
    box.lastChild.appendData(answer.chunks[shownChunks].text);
  }
  if (atEnd) box.scrollTop = box.scrollHeight;
}

/** A mark has no text of its own, so that what is copied out of the answer is the answer. */
function marksAt(marks, chunk) {
  return marks.flatMap((at, index) => {
    if (at !== chunk) return [];
    const mark = element('span', undefined, 'seam');
    mark.dataset.number = index + 1;
    return [mark];
  });
}

function showSeams(answer, state) {
  const list = byId('seams');
  const wanted = answer.seams.map(seam => seamInWords(seam, state === 'waiting' || state === 'streaming'));
  answer.seams.forEach((seam, index) => {
    const item = list.children[index] ?? list.appendChild(element('li'));
    setSentence(item, wanted[index]);
    item.title = causeInWords(seam.cause);
    item.dataset.exactness = seam.phase === 'mid_stream' ? seam.exactness ?? '' : '';
  });
  while (list.children.length > wanted.length) list.lastChild.remove();
  if (wanted.length > 0 && wanted.at(-1) !== spoken) announce(wanted.at(-1));
  spoken = wanted.at(-1);
}

/** A tick for each chunk: a death is a gap one can see. The marks stand where the next replica went on. */
function showTimeline(answer) {
  const strip = byId('timeline');
  strip.toggleAttribute('hidden', answer.chunks.length < 2);
  if (answer.chunks.length < 2) return strip.replaceChildren();
  const start = answer.chunks[0].at;
  const span = Math.max(answer.chunks.at(-1).at - start, 2000);
  const x = chunk => ((chunk.at - start) / span * 996 + 2).toFixed(1);
  const ticks = answer.chunks.map(chunk => `M${x(chunk)} 6v14`).join('');
  const gaps = answer.marks.filter(at => at > 0 && at < answer.chunks.length)
    .map(at => `M${x(answer.chunks[at - 1])} 13H${x(answer.chunks[at])}`).join('');
  return strip.replaceChildren(path('ticks', ticks), path('gaps', gaps));
}

function path(className, d) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  node.setAttribute('class', className);
  node.setAttribute('d', d);
  return node;
}

function showStats(answer) {
  const stats = answer.stats;
  byId('stats').hidden = answer.chunks.length === 0;
  setText(byId('stat-tokens'), count(stats.tokens));
  setText(byId('stat-first'), silence(stats.firstMs));
  setText(byId('stat-pace'), pace(stats.pace));
  setText(byId('stat-silence'), silence(stats.silenceMs));
  setText(byId('stat-attempts'), count(stats.attempts));
}
