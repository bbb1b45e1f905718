import type { EventStore } from './event-store.js';

/** Streams remembered as doubtful at most; beyond that every stream is. */
const MOST_DOUBTFUL = 10_000;

/**
 * Tells whether an append was written now or is a repeat that the store took for one. Only sound while this process is the
 * store's only writer: then a new event lies beyond everything that was in the log when it was sent.
 */
export class LogEnd {
  #end: bigint | null = null;
  readonly #doubtful = new Set<string>();

  constructor(readonly store: EventStore) {}

  /** The last position known to be in the log; asked for once. */
  async known(): Promise<bigint> {
    if (this.#end === null) this.saw(await this.store.end());
    return this.#end ?? 0n;
  }

  saw(position: string): void {
    const seen = BigInt(position);
    if (this.#end === null || seen > this.#end) this.#end = seen;
  }

  /** Says that an append to a stream failed and may yet arrive. */
  doubt(stream: string): void {
    if (this.#doubtful.size <= MOST_DOUBTFUL) this.#doubtful.add(stream);
  }

  isDoubtful(stream: string): boolean {
    return this.#doubtful.size > MOST_DOUBTFUL || this.#doubtful.has(stream);
  }
}
