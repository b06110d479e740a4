// Numbers, times and the gateway's vocabulary in words a woken engineer understands at once.

const grouped = new Intl.NumberFormat('en');
const oneDigit = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

let serverAheadMs = 0;

/** The laptop's clock may be wrong; durations are counted on the gateway's. Its header has whole seconds only. */
export function trustClockOf(dateHeader) {
  const ahead = Date.parse(dateHeader) - Date.now();
  serverAheadMs = Math.abs(ahead) > 2000 ? ahead : 0;
}

export const msSince = time => Math.max(0, Date.now() + serverAheadMs - Date.parse(time));

export const count = number => grouped.format(number);

export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;

export const pace = perSecond => (perSecond === null ? '–' : oneDigit.format(perSecond));

const percent = share => `${Math.round(share * 100)} %`;

/** How much of the load a replica gets, and how much of it its engine knew already. */
export const share = ({ weight = 1, cache_hit_rate: hits }) => [
  weight < 1 ? `${percent(weight)} of a full share` : 'a full share',
  hits === undefined ? '' : `${percent(hits)} found in its cache`,
].filter(Boolean).join(' · ');

export const clockTime = time => timeOfDay.format(new Date(time));

export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

export function silence(ms) {
  if (ms === null || ms === undefined) return '–';
  return ms < 1000 ? `${Math.floor(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function bytes(size) {
  if (size < 1024) return `${size} B`;
  return size < 1024 * 1024 ? `${oneDigit.format(size / 1024)} KiB` : `${oneDigit.format(size / 1024 / 1024)} MiB`;
}

const known = (value, inWords) => (value === undefined || value === null ? [] : [inWords(value)]);
const gib = size => oneDigit.format(size / 1024 ** 3);

/** What a replica is known to be unable to do, and why; empty where nothing is. */
export const lacks = ({ capabilities = {} }) => Object.entries(capabilities)
  .filter(([name, { state }]) => state === 'lacking' && name !== 'usage')
  .map(([name, { why }]) => why ? `${name} (${why})` : name)
  .join('; ');

/** "NVIDIA H100 · 61.2 of 80.0 GiB · 97 % busy · 66 °C · 512 W", then what is wrong with it. */
export const gpu = card => [
  card.name,
  ...known(card.memory_total_bytes, total => `${gib(card.memory_used_bytes)} of ${gib(total)} GiB`),
  ...known(card.utilization, share => `${Math.round(share * 100)} % busy`),
  ...known(card.temperature_celsius, degrees => `${degrees} °C`),
  ...known(card.power_watts, watts => `${Math.round(watts)} W`),
  ...known(card.slowed, reason => reason),
  ...known(card.fault, reason => reason),
].join(' · ');

const access = { loopback: 'this machine only', keys: 'API keys', anonymous: 'open to everyone' };
export const accessInWords = auth => access[auth] ?? auth;

const phases = { mid_stream: 'mid-stream', before_first_byte: 'before the first byte' };
export const phaseInWords = phase => phases[phase] ?? sentence(phase);

const sentence = code => String(code ?? 'unknown').replaceAll('_', ' ');

const causes = {
  connect_failed: 'no connection', unproven: 'does not hold the fleet secret', malformed: 'malformed event',
  engine_error: 'engine reported an error', server_error: 'answered 5xx', first_token_timeout: 'no first token in time',
  stall_timeout: 'no next token in time',
};
export const causeInWords = cause => causes[cause] ?? sentence(cause);

/** Which fate a cause tells of; "lost" is dead or hung, whichever. Unknown causes stay honest: "failed". */
function fate(cause) {
  if (/reset/.test(cause)) return 'died';
  if (/lost/.test(cause)) return 'was lost';
  if (/diverged/.test(cause)) return 'said something else';
  return /timeout/.test(cause) ? 'hung' : 'failed';
}

/** "local-0 died after 17 tokens; local-1 went on, 212 ms of silence, exact" */
export function seamInWords(seam, looking) {
  const early = seam.phase === 'before_first_byte';
  const when = early ? 'before the first token' : `after ${plural(seam.tokens ?? 0, 'token')}`;
  const lost = `${seam.from} ${fate(seam.cause ?? '')} ${when}`;
  if (!seam.to) return `${lost}; ${looking ? 'looking for another replica…' : 'no other replica took over'}`;
  const quiet = seam.silence_ms === null || seam.silence_ms === undefined ? '' : `, ${silence(seam.silence_ms)} of silence`;
  const exactness = !early && seam.exactness ? `, ${seam.exactness}` : '';
  return `${lost}; ${seam.to} ${early ? 'took over' : 'went on'}${quiet}${exactness}`;
}
