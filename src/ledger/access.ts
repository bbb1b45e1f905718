import { AsyncLocalStorage } from 'node:async_hooks';

/** A request that may read personal data: who asks, what for, and whose data was opened for it. */
export interface Access {
  readonly actor: string;
  /** What the caller says it is for (`Ledger-Purpose`). */
  readonly purpose: string | null;
  readonly route: string;
  /** Whether personal data stays closed: the one who asks needs no names. */
  readonly masked: boolean;
  /** Whose data was opened. */
  readonly persons: Set<string>;
}

const current = new AsyncLocalStorage<Access>();

/** Runs a request; everything it opens, also later in its promises, counts as opened for it. */
export function withAccess<T>(access: Access, run: () => T): T {
  return current.run(access, run);
}

/** The request that is being answered; undefined outside of one. */
export function currentAccess(): Access | undefined {
  return current.getStore();
}
