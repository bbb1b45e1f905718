import type { EventData } from '../domain/event-type.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import { openData } from '../ledger/codec.js';
import type { PersonalData } from '../ledger/personal-data.js';

/** The names of a person, null where the key is gone. */
export interface Names {
  readonly familyName: string | null;
  readonly givenName: string | null;
  readonly patronymic: string | null;
  readonly erased: boolean;
}

/** An event's data with its personal fields opened, or without them when the key is gone or the text was tampered with. */
export function opened(
  personalData: PersonalData,
  event: RecordedEvent,
): { readonly data: EventData; readonly erased: boolean } {
  try {
    return openData(personalData, event);
  } catch {
    const { sealed: _, ...clear } = event;
    // What was changed or moved is damage, never an erasure; the check of the chain names it.
    return { data: openData(personalData, clear).data, erased: false };
  }
}

export function namesIn({ data, erased }: { readonly data: EventData; readonly erased: boolean }): Names {
  return {
    familyName: textOf(data['familyName']),
    givenName: textOf(data['givenName']),
    patronymic: textOf(data['patronymic']),
    erased,
  };
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
