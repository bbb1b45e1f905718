import type { Type } from '@nestjs/common';

import { EventTypesController, LawController } from './law.controller.js';

import { EmployerWritingController, WorkerWritingController } from './writing.controller.js';

/** Everything that answers over HTTP. */
export const controllers: Type[] = [
  EmployerWritingController,
  WorkerWritingController,

  LawController,
  EventTypesController,
];
