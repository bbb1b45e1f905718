import type { Clock } from '../clock.js';
import { ADOPTED, LAW_STREAM, RuleBookAdopted } from '../domain/events/law.js';
import type { RuleBook } from '../law/book.js';
import { CHAIN_START, chainHash } from './chain.js';
import { decode } from './codec.js';
import { eventIdOf } from './command.js';
import { type EventStore, NO_REVISION, WrongRevision } from './event-store.js';
import { keptTextsOf } from './kept-texts.js';

/** Who is said to have adopted a rule book: no person does, the ledger was started with it. */
const ACTOR = 'ledger';

/** How often others may come in between: replicas that start together adopt the same book. */
const ATTEMPTS = 5;

/** What came of an adoption. */
export interface Adoption {
  /** False when the ledger worked by this book already, or by another one that was to be left in force. */
  readonly adopted: boolean;
  /** Hash of the book that was in force before; null where there was none. */
  readonly replaced: string | null;
}

/**
 * Writes down that the ledger works by a rule book, with its files, unless it did already: answers given by it can then be
 * given again, whatever law comes later.
 * @param options.onlyFirst leaves another book in force where there is one
 * @throws StoreAway, StoreFull; Error when the stream of the law holds what is no adoption
 */
export async function adoptRuleBook(
  store: EventStore,
  book: RuleBook,
  clock: Clock,
  { onlyFirst = false }: { readonly onlyFirst?: boolean } = {},
): Promise<Adoption> {
  for (let attempt = 1; ; attempt += 1) {
    const adoptions = (await store.read(LAW_STREAM)).map(decode);
    const last = adoptions.at(-1);
    const replaced = typeof last?.data['hash'] === 'string' ? last.data['hash'] : null;
    if (replaced === book.hash || (onlyFirst && replaced !== null)) return { adopted: false, replaced };
    const revision = last?.revision ?? NO_REVISION;
    const event = adoptionOf(book, {
      revision: revision + 1,
      replaced,
      previousHash: last?.metadata.hash ?? CHAIN_START,
      occurredOn: clock.today(),
      recordedAt: clock.now().toISOString(),
    });
    try {
      await store.append(LAW_STREAM, [event], revision);
      return { adopted: true, replaced };
    } catch (error) {
      if (!(error instanceof WrongRevision) || attempt === ATTEMPTS) throw error;
    }
  }
}

interface Circumstances {
  readonly revision: number;
  readonly replaced: string | null;
  readonly previousHash: string;
  readonly occurredOn: string;
  readonly recordedAt: string;
}

function adoptionOf(book: RuleBook, { revision, replaced, previousHash, occurredOn, recordedAt }: Circumstances) {
  const commandId = eventIdOf(book.hash, LAW_STREAM, revision);
  const data = {
    occurredOn,
    hash: book.hash,
    ...(replaced === null ? {} : { replaces: replaced }),
    ...keptTextsOf(book.texts),
  };
  const metadata = {
    schemaVersion: RuleBookAdopted.version,
    actor: ACTOR,
    commandId,
    commandTag: book.hash,
    $correlationId: commandId,
    $causationId: commandId,
    recordedAt,
    previousHash,
  };
  const event = { id: eventIdOf(commandId, LAW_STREAM, 0), type: ADOPTED, data };
  const hash = chainHash({ ...event, stream: LAW_STREAM, revision, metadata });
  return { ...event, metadata: { ...metadata, hash } };
}
