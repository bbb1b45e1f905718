/** One version of an obligation's row, as far as the timeline needs it. */
export interface ObligationVersion {
  readonly id: string;
  readonly rule: string;
  readonly metOn: string | null;
  readonly voidOn: string | null;
  /** The events that made and ended this version, by their place in the ledger; null while it stands. */
  readonly knownFrom: number;
  readonly knownUntil: number | null;
}

/** What one event did to obligations, by their ids. */
export interface Effects {
  readonly opened: readonly string[];
  /** Met or void by this event. */
  readonly closed: readonly string[];
  /** Given other days, or opened again. */
  readonly changed: readonly string[];
  /** Gone, because what opened them was corrected away or retracted. */
  readonly withdrawn: readonly string[];
}

export const NO_EFFECTS: Effects = { opened: [], closed: [], changed: [], withdrawn: [] };

/**
 * Reads off the versions of one stream's obligations what each event did. The versions of an obligation must come in
 * the order in which they were made.
 * @returns effects by the event's place in the ledger
 */
export function effectsOf(versions: readonly ObligationVersion[]): ReadonlyMap<number, Effects> {
  const effects = new Map<number, { -readonly [K in keyof Effects]: string[] }>();
  const at = (seq: number) => {
    let of = effects.get(seq);
    if (of === undefined) {
      of = { opened: [], closed: [], changed: [], withdrawn: [] };
      effects.set(seq, of);
    }
    return of;
  };
  const before = new Map<string, ObligationVersion>();
  for (const version of versions) {
    const { id, knownFrom } = version;
    const last = before.get(id);
    const continues = last !== undefined && last.knownUntil === knownFrom;
    if (last !== undefined && !continues && last.knownUntil !== null) at(last.knownUntil).withdrawn.push(id);
    if (!continues) at(knownFrom).opened.push(id);
    if (isClosed(version) && !(continues && isClosed(last))) at(knownFrom).closed.push(id);
    else if (continues) at(knownFrom).changed.push(id);
    before.set(id, version);
  }
  for (const { id, knownUntil } of before.values()) {
    if (knownUntil !== null) at(knownUntil).withdrawn.push(id);
  }
  return effects;
}

function isClosed({ metOn, voidOn }: ObligationVersion): boolean {
  return metOn !== null || voidOn !== null;
}
