import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { Clock } from '../clock.js';
import type { RuleBook } from '../law/book.js';
import { CorrectEventHandler } from './correct-event.js';
import { EventStore } from './event-store.js';
import type { OtherPenalties } from './exposure-preview.js';
import { LawLookups } from './law-lookups.js';
import { PersonalData } from './personal-data.js';
import type { RegistrationsWith } from './planning.js';
import { RecordEventsHandler } from './record-events.js';
import { RetractEventHandler } from './retract-event.js';
import { Writer } from './writer.js';

/** What the write side is made of; the bootstrap makes these, and closes the store and the keys at the end. */
export interface LedgerParts {
  readonly store: EventStore;
  readonly personalData: PersonalData;
  readonly book: RuleBook;
  readonly clock: Clock;
  /** Whether other processes may write to the same store. True when left out: slower by one read a write, and never wrong. */
  readonly shared?: boolean;
  /** Left out: none is known, so that only the penalties of the stream itself count. */
  readonly otherPenalties?: OtherPenalties;
  /** Left out: none is known, so that the registration of an employer with workers can be retracted. */
  readonly registrationsWith?: RegistrationsWith;
}

/** The write side: `RecordEvents`, `CorrectEvent` and `RetractEvent` on Nest's command bus. */
@Module({})
export class LedgerModule {}

/** The write side over these parts; its store, keys and writer can be injected everywhere. */
export function ledgerModule(parts: LedgerParts): DynamicModule {
  const { store, personalData, book, clock, shared = true, otherPenalties, registrationsWith } = parts;
  const lookups = new LawLookups(book);
  const writer = new Writer(store, personalData, lookups, clock, shared, otherPenalties, registrationsWith);
  return {
    module: LedgerModule,
    global: true,
    imports: [CqrsModule],
    providers: [
      { provide: EventStore, useValue: store },
      { provide: PersonalData, useValue: personalData },
      { provide: Writer, useValue: writer },
      RecordEventsHandler,
      CorrectEventHandler,
      RetractEventHandler,
    ],
    exports: [EventStore, PersonalData, Writer],
  };
}
