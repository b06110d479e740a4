// One answer as it arrives: its text, who writes it, where it moved to another replica, and its clocks. No document here.

export class Answer {
  askedAt = performance.now();
  chunks = [];            // { text, at }
  seams = [];             // failovers of this request, oldest first
  request = null;
  usage = null;
  attempts = null;
  finish = null;
  longestSilenceMs = 0;
  #firstReplica = null;
  #settled = false;

  opened(headers) {
    this.#firstReplica = headers.get('X-Clawdbot-Replica');
    this.request = headers.get('X-Request-Id');
  }

  /** Takes one chunk of the stream; true when it brought text. */
  accept(chunk, at = performance.now()) {
    this.request ??= chunk.id ?? null;
    this.usage = chunk.usage ?? this.usage;
    if (chunk.clawdbot) this.#settle(chunk.clawdbot);
    const choice = chunk.choices?.[0];
    this.finish = choice?.finish_reason ?? this.finish;
    const text = choice?.delta?.content;
    if (!text) return false;
    if (this.chunks.length > 0) this.longestSilenceMs = Math.max(this.longestSilenceMs, at - this.chunks.at(-1).at);
    this.chunks.push({ text, at });
    return true;
  }

  /** The gateway's list is newest first and of all requests. The answer's own account, once there, is the better one. */
  sawFailovers(failovers) {
    if (!this.request || this.#settled) return;
    const own = failovers.filter(failover => failover.request === this.request).reverse();
    // The list is short: on a busy gateway the older ones fall out of it.
    if (own.length >= this.seams.length) this.seams = own;
  }

  #settle({ attempts, exactness, failovers }) {
    this.#settled = true;
    this.attempts = attempts ?? null;
    // The final account knows the whole answer's exactness only; the snapshots knew each seam's.
    const known = seam => this.seams.find(old => old.from === seam.from && old.tokens === seam.tokens)?.exactness;
    this.seams = (failovers ?? []).map(seam => ({ ...seam, exactness: seam.exactness ?? known(seam) ?? exactness }));
  }

  /** Null while nobody does. What moved before the first byte is over once the headers name who sent it. */
  get serving() {
    const moved = this.seams.filter(seam => seam.phase !== 'before_first_byte').at(-1);
    return moved ? moved.to ?? null : this.#firstReplica;
  }

  get text() {
    return this.chunks.map(chunk => chunk.text).join('');
  }

  /** Before which chunks the answer changed hands: with one token a chunk, where the count says. */
  get marks() {
    return this.seams.map(seam => (seam.phase === 'before_first_byte' ? 0 : Math.min(seam.tokens ?? 0, this.chunks.length)));
  }

  get stats() {
    const [first, last] = [this.chunks[0], this.chunks.at(-1)];
    const tokens = this.usage?.completion_tokens ?? this.chunks.length;
    const spentMs = first ? last.at - first.at : 0;
    return {
      tokens,
      estimated: this.usage === null,
      firstMs: first ? first.at - this.askedAt : null,
      pace: spentMs > 0 ? (tokens - 1) * 1000 / spentMs : null,
      silenceMs: this.chunks.length > 1 ? this.longestSilenceMs : null,
      attempts: this.attempts ?? this.seams.length + 1,
    };
  }
}
