import type { Type } from '@nestjs/common';
import { AuditController, ErasureController, ReplayController } from './audit.controller.js';
import { PackController } from './audit-pack.controller.js';
import { ConflictsController } from './conflicts.controller.js';
import { FindingsController } from './findings.controller.js';
import { HealthController, ReadSideController } from './health.controller.js';
import { EventTypesController, LawController } from './law.controller.js';
import { ReadingController } from './reading.controller.js';
import { RoutesController } from './routes.controller.js';
import { RuleBooksController } from './rule-books.controller.js';
import { EmployerWritingController, WorkerWritingController } from './writing.controller.js';

/** Everything that answers over HTTP. */
export const controllers: Type[] = [
  EmployerWritingController,
  WorkerWritingController,
  ReadingController,
  FindingsController,
  ConflictsController,
  RoutesController,
  ReplayController,
  AuditController,
  PackController,
  ErasureController,
  LawController,
  RuleBooksController,
  EventTypesController,
  HealthController,
  ReadSideController,
];
