import { z } from 'zod';
import type { Day } from '../domain/dates.js';
import { checked } from './files.js';
import { sourceKinds } from './schema.js';

const text = z.string().min(3);
const side = z.strictObject({
  says: text,
  reference: text,
  sourceKind: z.enum(sourceKinds),
  verified: z.boolean(),
  checkedOn: text.optional(),
});
const conflictsFile = z.strictObject({
  /** The day on which all sides were last looked up; a side may have its own. */
  checkedOn: text,
  conflicts: z.array(
    z.strictObject({
      conflict: text,
      title: text,
      rows: z.array(z.string()),
      rule: z.string().optional(),
      sides: z.array(side).min(2),
      decided: text,
    }),
  ),
});
export type ConflictNote = z.infer<typeof conflictsFile>['conflicts'][number] & { readonly checkedOn: Day };

/** Checks a file of conflicts. Throws LawError. */
export function conflictNotesOf(path: string, content: unknown): readonly ConflictNote[] {
  const { checkedOn, conflicts } = checked({ path, content }, conflictsFile);
  return conflicts.map((note) => ({ ...note, checkedOn }));
}
