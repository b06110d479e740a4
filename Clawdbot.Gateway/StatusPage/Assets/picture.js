// The picture that goes with the question: chosen, dropped, pasted, or drawn here for want of a better one.

import { byId, setText } from './dom.js';
import { converted, formatOf } from './formats.js';
import { bytes } from './words.js';

// The gateway reads bodies up to 32 MiB, and base64 makes four bytes out of three.
const maxBytes = 23 * 1024 * 1024;
const taken = 'PNG, JPEG, WebP, GIF or BMP';

let chosen = null;   // { blob, format, width, height, image, note }: what is sent, and the image of the file for the preview
let choosing = null;   // the newest choice, being looked at; an older one that ends later is dropped

export const picture = {
  /** Null without a picture. One that is still being looked at is waited for. */
  async dataUrl() {
    await choosing;
    if (!chosen) return null;
    const url = await readAsDataUrl(chosen.blob);
    return `data:${chosen.format.type};base64,${url.slice(url.indexOf(',') + 1)}`;
  },
};

export function startPicture() {
  const input = byId('picture');
  input.addEventListener('change', () => { if (input.files[0]) choose(input.files[0]); });
  byId('remove-picture').addEventListener('click', () => { remove(); setText(byId('picture-note'), 'Picture removed.'); input.focus(); });
  byId('test-picture').addEventListener('click', async () => choose(await drawTestPicture()));
  document.addEventListener('paste', event => {
    const file = [...event.clipboardData.files][0];
    if (file) { event.preventDefault(); choose(file); }
  });
  acceptDrops();
}

/** Drops are caught everywhere: one that misses would replace the page by the picture. */
function acceptDrops() {
  const zone = byId('drop');
  const over = event => { event.preventDefault(); zone.toggleAttribute('data-over', true); };
  document.addEventListener('dragover', over);
  document.addEventListener('dragleave', event => { if (!event.relatedTarget) zone.removeAttribute('data-over'); });
  document.addEventListener('drop', event => {
    event.preventDefault();
    zone.removeAttribute('data-over');
    const file = event.dataTransfer.files[0];
    if (file) choose(file);
  });
}

function choose(file) {
  remove();
  const own = choosing = prepare(file)
    .catch(() => ({ refusal: `${file.name} cannot be read.` }))
    .then(prepared => (own === choosing ? show(file, prepared) : discard(prepared)));
  return own;
}

/** What is to be sent of a file, or { refusal }. */
async function prepare(file) {
  const format = await formatOf(file);
  if (file.size > maxBytes) return { refusal: `${file.name} is too large: ${bytes(file.size)}, and the limit is ${bytes(maxBytes)}.` };
  const image = await decoded(file);
  if (!image) return { refusal: unreadable(file, format) };
  if (!format.type) return convert(file, format, image);
  return { blob: file, format, width: image.naturalWidth, height: image.naturalHeight, image, note: '' };
}

function unreadable(file, { name, type }) {
  if (type) return `${file.name} cannot be read as a picture.`;
  return name
    ? `${file.name} is ${name}, which engines do not read and this browser cannot convert. Save it as JPEG, PNG or WebP first.`
    : `${file.name} is no ${taken}.`;
}

/** What the browser shows and engines do not read, such as AVIF. */
async function convert(file, { name }, image) {
  const made = await converted(image).catch(() => null);
  if (made && made.blob.size <= maxBytes) {
    const smaller = made.width < image.naturalWidth ? ', made smaller' : '';
    const kind = name ? `${name}, which` : 'of a kind that';
    return { ...made, image, note: `${file.name} is ${kind} engines do not read: it is sent as ${made.format.name}${smaller}.` };
  }
  URL.revokeObjectURL(image.src);
  return { refusal: `${file.name} is no ${taken}, and it could not be converted.` };
}

function show(file, { refusal, ...prepared }) {
  setText(byId('picture-note'), refusal ?? prepared.note);
  byId('picture-note').toggleAttribute('data-bad', refusal !== undefined);
  if (refusal !== undefined) return;
  chosen = prepared;
  const { blob, format, width, height, image } = chosen;
  byId('preview-image').src = image.src;
  byId('preview-image').alt = `Preview of ${file.name}`;
  setText(byId('picture-name'), file.name || 'pasted picture');
  setText(byId('picture-facts'), `${width} × ${height}, ${bytes(blob.size)}, ${format.name}`);
  showWhich();
}

function discard(prepared) {
  if (prepared?.image) URL.revokeObjectURL(prepared.image.src);
}

function remove() {
  discard(chosen);
  chosen = choosing = null;
  byId('picture').value = '';
  showWhich();
}

function showWhich() {
  byId('drop').toggleAttribute('data-filled', chosen !== null);
  byId('preview').hidden = byId('remove-picture').hidden = chosen === null;
  byId('test-picture').hidden = chosen !== null;
}

/** The picture as the browser shows it, turned as its EXIF asks for; null if it can't. */
async function decoded(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  return image.decode().then(() => image, () => { URL.revokeObjectURL(image.src); return null; });
}

function readAsDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

async function drawTestPicture() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 480, height: 320 });
  const paint = canvas.getContext('2d');
  const fill = (colour, draw) => { paint.fillStyle = colour; paint.beginPath(); draw(); paint.fill(); };
  fill('#dbe9f6', () => paint.rect(0, 0, 480, 320));
  fill('#4a7c59', () => paint.rect(0, 220, 480, 100));
  fill('#f2b632', () => paint.arc(390, 80, 42, 0, 2 * Math.PI));
  fill('#b4413c', () => paint.rect(110, 140, 150, 110));
  fill('#5b3a29', () => { paint.moveTo(90, 140); paint.lineTo(185, 70); paint.lineTo(280, 140); });
  fill('#fdf6e3', () => paint.rect(165, 185, 40, 65));
  const blob = await new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
  return new File([blob], 'test-picture.png', { type: 'image/png' });
}
