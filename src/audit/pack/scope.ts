import { z } from 'zod';
import { isDay } from '../../domain/dates.js';

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

export const PACK_FORMAT = 'immigration-compliance-ledger/audit-pack';
export const PACK_VERSION = 1;

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/, { error: 'is no SHA-256' });

/** One file of a pack; `sha256` is taken over the file, lower-case hexadecimal. */
const packedFile = z.object({ name: z.string().min(1), bytes: count, sha256: hash });

export type PackedFile = Readonly<z.infer<typeof packedFile>>;

/** What a pack says about itself; nothing in it depends on where or when it was made. */
export const packManifest = z.object({
  format: z.literal(PACK_FORMAT),
  version: z.literal(PACK_VERSION),
  scope: z.object({
    worker: z.string().nullable(),
    employer: z.string().nullable(),
    from: z.string().nullable(),
    to: z.string().nullable(),
  }),
  /** The day that obligations and figures are about. */
  asOf: z.string().refine(isDay, { error: 'is no day' }),
  /** When the last event in it was recorded. */
  knownAt: z.string().nullable(),
  /** Whether its streams are whole from their first event: only such a pack can be imported. */
  complete: z.boolean(),
  events: count,
  streams: count,
  /** SHA-256 of the rule book, taken over the files under law/. */
  ruleBook: hash,
  /** Whether names and numbers of persons were opened for it. */
  personal: z.boolean(),
  files: z.array(packedFile),
});

export type PackManifest = Readonly<z.infer<typeof packManifest>>;

export const MANIFEST = 'manifest.json';
export const EVENTS = 'events.jsonl';
/** Only in packs with names. */
export const PERSONAL = 'personal.jsonl';
