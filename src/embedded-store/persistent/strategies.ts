import { crc32 } from 'node:zlib';
import type { Consumer } from './consumer.js';
import { correlationOf, type Message, sourceStreamOf } from './message.js';
import type { Strategy } from './settings.js';

/** Chooses who gets a message. */
export interface Dispatcher {
  /** True when a message that nobody can take now must not hold up the others. */
  readonly letsOthersPass: boolean;
  choose(message: Message): Consumer | undefined;
  joined(consumers: readonly Consumer[]): void;
}

const BUCKETS = 1024;

export function dispatcherOf(strategy: Strategy): Dispatcher {
  switch (strategy) {
    case 'DispatchToSingle':
      return dispatchToSingle();
    case 'RoundRobin':
      return roundRobin();
    case 'Pinned':
      return pinned(sourceStreamOf);
    case 'PinnedByCorrelation':
      return pinned(correlationOf);
  }
}

/** Fills the first client before the second gets anything. */
function dispatchToSingle(): Dispatcher {
  let consumers: readonly Consumer[] = [];
  return {
    letsOthersPass: false,
    joined: (all) => {
      consumers = all;
    },
    choose: () => consumers.find(({ availableSlots }) => availableSlots > 0),
  };
}

/** Goes round the clients that have room. */
function roundRobin(): Dispatcher {
  let consumers: readonly Consumer[] = [];
  let next = 0;
  return {
    letsOthersPass: false,
    joined: (all) => {
      consumers = all;
      next = 0;
    },
    choose: () => {
      for (let tried = 0; tried < consumers.length; tried++) {
        const consumer = consumers[next++ % consumers.length];
        if (consumer && consumer.availableSlots > 0) return consumer;
      }
      return undefined;
    },
  };
}

/** Events of one stream go to one client, as long as the same clients are there. */
function pinned(keyOf: (message: Message) => string): Dispatcher {
  let buckets: (Consumer | undefined)[] = [];
  return {
    letsOthersPass: true,
    joined: (all) => {
      buckets = spread(buckets, all);
    },
    choose: (message) => {
      const consumer = buckets[crc32(keyOf(message)) % BUCKETS];
      return consumer && consumer.availableSlots > 0 ? consumer : undefined;
    },
  };
}

/** Gives every client its share of the buckets and leaves as many as possible where they were. */
function spread(before: readonly (Consumer | undefined)[], consumers: readonly Consumer[]): (Consumer | undefined)[] {
  const share = new Map(consumers.map((consumer, index) => [consumer, shareOf(index, consumers.length)]));
  const kept = Array.from({ length: BUCKETS }, (_, bucket) => {
    const consumer = before[bucket];
    const left = (consumer && share.get(consumer)) ?? 0;
    if (!consumer || left === 0) return undefined;
    share.set(consumer, left - 1);
    return consumer;
  });
  const open = [...share].flatMap(([consumer, left]) => Array.from({ length: left }, () => consumer));
  return kept.map((consumer) => consumer ?? open.pop());
}

function shareOf(index: number, clients: number): number {
  return Math.floor(BUCKETS / clients) + (index < BUCKETS % clients ? 1 : 0);
}
