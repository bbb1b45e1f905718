import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessLog } from './access-log.js';
import { Differences } from './difference.js';
import { ErasePersonHandler } from './erase-person.js';
import { KeptErasures } from './kept-erasures.js';
import { Packs } from './pack/packs.js';
import { Replays } from './replays.js';
import { Verification } from './verification.js';

/** What an auditor asks of the ledger. */
@Module({})
export class AuditModule {}

/** The room over its parts; the bootstrap makes the access log, and closes it at the end. */
export function auditModule({ accessLog }: { readonly accessLog: AccessLog }): DynamicModule {
  return {
    module: AuditModule,
    global: true,
    imports: [CqrsModule],
    providers: [
      { provide: AccessLog, useValue: accessLog },
      Replays,
      Differences,
      Verification,
      Packs,
      KeptErasures,
      ErasePersonHandler,
    ],
    exports: [AccessLog, Replays, Differences, Verification, Packs],
  };
}
