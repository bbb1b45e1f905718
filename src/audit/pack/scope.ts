import type { Day } from '../../domain/dates.js';

/** What a pack is about. Without anything it is the whole ledger. */
export interface PackScope {
  /** One worker, with the employer that the figures depend on. */
  readonly worker?: string | undefined;
  /** One employer with all its workers. */
  readonly employer?: string | undefined;
  /** Only what was recorded from this moment on: a date (its begin in Kazakhstan) or an instant. */
  readonly from?: string | undefined;
  /** Only what was recorded by this moment: a date (its end in Kazakhstan) or an instant. */
  readonly to?: string | undefined;
}

/** One file of a pack. */
export interface PackedFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 over the file, lower-case hexadecimal. */
  readonly sha256: string;
}

/** What a pack says about itself; nothing in it depends on where or when it was made. */
export interface PackManifest {
  readonly format: typeof PACK_FORMAT;
  readonly version: typeof PACK_VERSION;
  readonly scope: { readonly [K in keyof PackScope]-?: string | null };
  /** The day that obligations and figures are about. */
  readonly asOf: Day;
  /** When the last event in it was recorded. */
  readonly knownAt: string | null;
  /** Whether its streams are whole from their first event: only such a pack can be imported. */
  readonly complete: boolean;
  readonly events: number;
  readonly streams: number;
  /** SHA-256 of the rule book, taken over the files under law/. */
  readonly ruleBook: string;
  /** Whether names and numbers of persons were opened for it. */
  readonly personal: boolean;
  readonly files: readonly PackedFile[];
}

export const PACK_FORMAT = 'immigration-compliance-ledger/audit-pack';
export const PACK_VERSION = 1;

export const MANIFEST = 'manifest.json';
export const EVENTS = 'events.jsonl';
/** Only in packs with names. */
export const PERSONAL = 'personal.jsonl';
