import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { GetChecklistsHandler, GetEmployerChecklistsHandler } from './queries/checklists.js';
import { ListConflictsHandler } from './queries/conflicts.js';
import { GetEmployerHandler, ListEmployersHandler } from './queries/employers.js';
import { ListFindingsHandler } from './queries/findings.js';
import { GetExposureHandler } from './queries/get-exposure.js';
import { GetObligationHandler } from './queries/get-obligation.js';
import { GetTimelineHandler } from './queries/get-timeline.js';
import { GetWorkerHandler } from './queries/get-worker.js';
import { ListEventsHandler } from './queries/list-events.js';
import { ListObligationsHandler } from './queries/list-obligations.js';
import { ListWorkersHandler } from './queries/list-workers.js';
import { GetRuleBookHandler, ListRuleBooksHandler } from './queries/rule-books.js';
import { ReadModel } from './read-model.js';
import { Reading, type ReadingParts } from './reading.js';

/** The read side: its queries on Nest's query bus. */
@Module({})
export class ReadingModule {}

/** The read side over these parts; the bootstrap makes the model and its subscription, and ends them. */
export function readingModule(parts: ReadingParts): DynamicModule {
  return {
    module: ReadingModule,
    global: true,
    imports: [CqrsModule],
    providers: [
      { provide: ReadModel, useValue: parts.model },
      { provide: Reading, useValue: new Reading(parts) },
      ListEmployersHandler,
      GetEmployerHandler,
      ListWorkersHandler,
      GetWorkerHandler,
      GetTimelineHandler,
      ListObligationsHandler,
      GetObligationHandler,
      GetExposureHandler,
      ListEventsHandler,
      ListFindingsHandler,
      GetChecklistsHandler,
      GetEmployerChecklistsHandler,
      ListConflictsHandler,
      ListRuleBooksHandler,
      GetRuleBookHandler,
    ],
    exports: [ReadModel, Reading],
  };
}
