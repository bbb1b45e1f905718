import { type DynamicModule, Module } from '@nestjs/common';
import { ApiModule } from './api/api.module.js';
import { RULE_BOOK } from './api/law.controller.js';
import type { AccessLog } from './audit/access-log.js';
import { auditModule } from './audit/audit.module.js';
import { CLOCK, type Clock } from './clock.js';
import { CONFIG, type Config } from './config.js';
import type { RuleBook } from './law/book.js';
import type { EventStore } from './ledger/event-store.js';
import { ledgerModule } from './ledger/ledger.module.js';
import type { PersonalData } from './ledger/personal-data.js';
import { LOG, type Log } from './log.js';
import { otherPenalties } from './reading/known-penalties.js';
import { registrationsWith } from './reading/known-registrations.js';
import type { ReadModel } from './reading/read-model.js';
import { readingModule } from './reading/reading.module.js';

/** What the application is made of; the bootstrap makes these and ends them. */
export interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly book: RuleBook;
  readonly store: EventStore;
  /** Whether other processes may write to the store: not to the embedded one, which is ours. */
  readonly shared: boolean;
  readonly personalData: PersonalData;
  readonly model: ReadModel;
  readonly accessLog: AccessLog;
}

@Module({})
export class AppModule {}

/** The rooms, as a list. */
export function appModule(parts: Parts): DynamicModule {
  const { config, clock, log, book } = parts;
  const providers = [
    { provide: CONFIG, useValue: config },
    { provide: CLOCK, useValue: clock },
    { provide: LOG, useValue: log },
    { provide: RULE_BOOK, useValue: book },
  ];
  return {
    module: AppModule,
    global: true,
    imports: [
      ledgerModule({
        ...parts,
        otherPenalties: otherPenalties(parts.model),
        registrationsWith: registrationsWith(parts.model),
      }),
      readingModule({ ...parts, waitMs: config.waitMs }),
      auditModule(parts),
      ApiModule,
    ],
    providers,
    exports: providers.map(({ provide }) => provide),
  };
}
