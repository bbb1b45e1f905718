import type { EventData } from './event-type.js';

/** Turns the stored data of one version of a shape into that of the next. Pure; the stored event is never rewritten. */
export type Upcaster = (data: EventData) => EventData;

/**
 * The steps from version to version, by type: the first entry turns version 1 into 2, and so on. No shape has changed yet.
 * A new step comes with a fixture of a stored event of the old version.
 */
const steps: Readonly<Record<string, readonly Upcaster[]>> = {};

/**
 * Brings stored data to the version that the catalogue knows today.
 * @throws Error when the data is of a version newer than this program: an older ledger must not guess.
 */
export function upcast(
  type: string,
  version: number,
  current: number,
  data: EventData,
  known: Readonly<Record<string, readonly Upcaster[]>> = steps,
): EventData {
  if (version === current) return data;
  if (version > current) {
    throw new Error(`${type} is of version ${version}, and this ledger knows up to ${current}: update the ledger`);
  }
  const path = known[type]?.slice(version - 1, current - 1) ?? [];
  if (path.length !== current - version) {
    throw new Error(`${type} has no upcaster from version ${version} to ${current}`);
  }
  return path.reduce((shape, step) => step(shape), data);
}
