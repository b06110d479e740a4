// Which kind of picture a file is, and how one that engines do not read becomes one that they do.

const startBytes = 64;

/** What engines read: sent as it is. */
const readable = [
  ['PNG', 'image/png', /^\x89PNG/], ['JPEG', 'image/jpeg', /^\xff\xd8\xff/], ['GIF', 'image/gif', /^GIF8/],
  ['WebP', 'image/webp', /^RIFF[^]{4}WEBP/], ['BMP', 'image/bmp', /^BM/],
];

/** The others have names only. Browsers show some of them, and each browser others. */
const others = [
  ['AVIF', /^[^]{4}ftyp(avi|m[is]f1[^]*avi[fs])/], ['HEIC', /^[^]{4}ftyp(he[iv]|m[is]f1[^]*he[iv])/], ['HEIF', /^[^]{4}ftypm[is]f1/],
  ['TIFF', /^(II[*+]\0|MM\0[*+])/], ['JPEG XL', /^(\xff\n|[^]{4}JXL \r\n)/], ['JPEG 2000', /^(\xff\x4f\xff\x51|[^]{4}jP {2}\r\n)/],
  ['an icon', /^\0\0[\x01\x02]\0/], ['PDF', /^%PDF/], ['SVG', /<svg|^<\?xml/],
];

// Models see no more than this of any picture (16384 tiles of 32 x 32 pixels for Qwen's), and a canvas costs four bytes a pixel.
const mostPixels = 16 * 1024 * 1024;
const alphaProbe = 128;

/**
 * { name, type }: type is null for what engines do not read, name is null for what is unknown. Read from the bytes: names and announced
 * types are often wrong, and the engine looks at the bytes as well.
 */
export async function formatOf(file) {
  const bytes = new Uint8Array(await file.slice(0, startBytes).arrayBuffer());
  const start = String.fromCharCode(...bytes);
  const found = readable.find(([, , pattern]) => pattern.test(start));
  if (found) return { name: found[0], type: found[1] };
  return { name: others.find(([, pattern]) => pattern.test(start))?.[0] ?? null, type: null };
}

/** What a browser shows as { blob, format, width, height }: a JPEG, or a PNG where it is transparent. Null or an error if that fails. */
export async function converted(image) {
  const shrink = Math.min(1, Math.sqrt(mostPixels / (image.naturalWidth * image.naturalHeight)));
  const [width, height] = [image.naturalWidth, image.naturalHeight].map(side => Math.floor(side * shrink));
  if (width < 1 || height < 1) return null;   // a drawing without a size, or a line that would vanish
  const format = isTransparent(image) ? { name: 'PNG', type: 'image/png' } : { name: 'JPEG', type: 'image/jpeg' };
  const blob = await new Promise(resolve => drawn(image, width, height).toBlob(resolve, format.type, 0.92));
  return blob && { blob, format, width, height };
}

/** Looked for in a small copy: a few megabytes less to read back than the picture has. */
function isTransparent(image) {
  const { data } = drawn(image, alphaProbe, alphaProbe).getContext('2d').getImageData(0, 0, alphaProbe, alphaProbe);
  return data.some((value, at) => at % 4 === 3 && value < 255);
}

function drawn(image, width, height) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d').drawImage(image, 0, 0, width, height);
  return canvas;
}
