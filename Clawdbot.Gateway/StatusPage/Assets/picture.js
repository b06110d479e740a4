// The picture that goes with the question: chosen, dropped, pasted, or drawn here for want of a better one.

import { byId, setText } from './dom.js';
import { bytes } from './words.js';

// The gateway reads bodies up to 32 MiB, and base64 makes four bytes out of three.
const maxBytes = 23 * 1024 * 1024;
const signatures = [['89504e47', 'image/png'], ['ffd8ff', 'image/jpeg'], ['47494638', 'image/gif'], ['424d', 'image/bmp']];

let chosen = null;   // { blob, type }
let previewUrl = null;

export const picture = {
  /** Null without a picture. */
  async dataUrl() {
    if (!chosen) return null;
    const url = await readAsDataUrl(chosen.blob);
    return `data:${chosen.type};base64,${url.slice(url.indexOf(',') + 1)}`;
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

async function choose(file) {
  remove();
  const type = await typeOf(file);
  const size = type ? await dimensions(file) : null;
  const refusal = refuse(file, type, size);
  setText(byId('picture-note'), refusal ?? '');
  byId('picture-note').toggleAttribute('data-bad', refusal !== null);
  if (refusal) return remove();
  chosen = { blob: file, type };
  byId('preview-image').src = previewUrl;
  byId('preview-image').alt = `Preview of ${file.name}`;
  setText(byId('picture-name'), file.name || 'pasted picture');
  setText(byId('picture-facts'), `${size.width} × ${size.height}, ${bytes(file.size)}, ${type.slice(6).toUpperCase()}`);
  return showWhich();
}

function refuse(file, type, size) {
  if (!type) return `${file.name} is no PNG, JPEG, GIF or BMP.`;
  if (file.size > maxBytes) return `${file.name} is too large: ${bytes(file.size)}, and the limit is ${bytes(maxBytes)}.`;
  return size ? null : `${file.name} cannot be read as a picture.`;
}

function remove() {
  if (previewUrl) URL.revokeObjectURL(previewUrl);
  chosen = previewUrl = null;
  byId('picture').value = '';
  showWhich();
}

function showWhich() {
  byId('drop').toggleAttribute('data-filled', chosen !== null);
  byId('preview').hidden = byId('remove-picture').hidden = chosen === null;
  byId('test-picture').hidden = chosen !== null;
}

/** Read from the bytes: names and announced types are often wrong, and the engine looks at the bytes as well. */
async function typeOf(file) {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const hex = [...head].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return signatures.find(([signature]) => hex.startsWith(signature))?.[1] ?? null;
}

async function dimensions(file) {
  previewUrl = URL.createObjectURL(file);
  const image = new Image();
  image.src = previewUrl;
  return image.decode().then(() => ({ width: image.naturalWidth, height: image.naturalHeight }), () => null);
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
