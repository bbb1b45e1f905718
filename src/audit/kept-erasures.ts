import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ERASED } from '../domain/events/erasure.js';
import { PersonalData } from '../ledger/personal-data.js';
import { LOG, type Log } from '../log.js';
import { decode } from '../reading/making.js';
import { ReadModel } from '../reading/read-model.js';
import { personsErasedBy } from './erase-person.js';
import { Packs } from './pack/packs.js';

const LOOK_AGAIN_MS = 1_000;
const PAGE = 500;

/**
 * Keeps what erasures promise: whoever was erased is erased again when the ledger starts with an older copy of the keys,
 * or was killed between the record of an erasure and the end of the keys. Looks once at all that the read side knows.
 */
@Injectable()
export class KeptErasures implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #checkedTo = 0;

  constructor(
    private readonly model: ReadModel,
    private readonly personalData: PersonalData,
    private readonly packs: Packs,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.#look()) return;
    this.#timer = setInterval(() => {
      if (this.#look()) clearInterval(this.#timer);
    }, LOOK_AGAIN_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** @returns whether the read side was level with the log, so that nothing is left to look at */
  #look(): boolean {
    const health = this.model.health();
    const isEmpty = health.events === 0 && health.status !== 'ready';
    if (health.status === 'rebuilding' || isEmpty) return false;
    const { log } = this.model.current;
    let again = 0;
    for (let page = PAGE; page === PAGE; ) {
      const found = log.between(this.#checkedTo, log.lastSeq, { limit: PAGE, types: [ERASED] });
      for (const kept of found) {
        for (const person of personsErasedBy(decode(kept))) {
          if (this.personalData.isErased(person)) continue;
          if (this.personalData.withheld(person) !== 'missing') again += 1;
          this.packs.forgetNames();
          this.personalData.destroy(person);
        }
        this.#checkedTo = kept.seq;
      }
      page = found.length;
    }
    if (again > 0) {
      this.log.warn(
        { persons: again },
        'Keys of erased persons were here: an older copy of the keys was put back, or an erasure was broken off. They were destroyed again',
      );
    }
    return health.status === 'ready';
  }
}
