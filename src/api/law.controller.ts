import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { CLOCK, type Clock } from '../clock.js';
import type { RuleBook } from '../law/book.js';
import { Describe } from './describe.js';
import { dtoOf } from './dto.js';
import {
  calendarAnswer,
  calendarParams,
  calendarView,
  eventTypeAnswer,
  eventTypeParams,
  eventTypesAnswer,
  eventTypesView,
  eventTypeView,
  parameterAnswer,
  parameterParams,
  parameterQuery,
  parameterView,
  ruleAnswer,
  ruleParams,
  rulesAnswer,
  rulesView,
  ruleView,
} from './law-views.js';

/** Injection token of the law that this process runs with. */
export const RULE_BOOK = Symbol('rule book');

class RulePath extends dtoOf(ruleParams) {}
class ParameterPath extends dtoOf(parameterParams) {}
class ParameterQuery extends dtoOf(parameterQuery) {}
class CalendarPath extends dtoOf(calendarParams) {}
class EventTypePath extends dtoOf(eventTypeParams) {}

@Controller('v1')
export class LawController {
  constructor(
    @Inject(RULE_BOOK) private readonly book: RuleBook,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('rules')
  @Describe({ summary: 'The rules that open obligations', answer: rulesAnswer })
  rules() {
    return rulesView(this.book);
  }

  @Get('rules/:id')
  @Describe({ summary: 'One rule: its versions, readings, sources and penalties', answer: ruleAnswer, errors: [404] })
  rule(@Param() { id }: RulePath) {
    return ruleView(this.book, id);
  }

  @Get('parameters/:name')
  @Describe({ summary: 'A parameter of the law on a day, and its history', answer: parameterAnswer, errors: [404] })
  parameter(@Param() { name }: ParameterPath, @Query() { on, purpose }: ParameterQuery) {
    return parameterView(this.book, name, { on: on ?? this.clock.today(), purpose });
  }

  @Get('calendar/:from/:to')
  @Describe({ summary: 'Working and non-working days, with the reason', answer: calendarAnswer })
  calendar(@Param() { from, to }: CalendarPath) {
    return calendarView(this.book, from, to);
  }
}

@Controller('v1/event-types')
export class EventTypesController {
  @Get()
  @Describe({ summary: 'Everything that can be recorded', answer: eventTypesAnswer })
  eventTypes() {
    return eventTypesView();
  }

  @Get(':type')
  @Describe({ summary: 'One event type with its JSON Schema', answer: eventTypeAnswer, errors: [404] })
  eventType(@Param() { type }: EventTypePath) {
    return eventTypeView(type);
  }
}
