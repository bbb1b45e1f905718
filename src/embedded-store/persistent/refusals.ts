import { Refusal } from '../refusal.js';

// The words matter: clients and the people who read their logs know them from the server.

export function groupUnknown(stream: string, group: string): Refusal {
  return new Refusal({
    kind: 'group',
    exception: 'persistent-subscription-does-not-exist',
    stream,
    group,
    message: `Subscription group ${group} on stream ${stream} does not exist.`,
  });
}

export function groupExists(stream: string, group: string): Refusal {
  return new Refusal({
    kind: 'group',
    exception: 'persistent-subscription-exists',
    stream,
    group,
    message: `Subscription group ${group} on stream ${stream} exists.`,
  });
}

export function groupFailed(stream: string, group: string, cause: string): Refusal {
  return new Refusal({
    kind: 'group',
    exception: 'persistent-subscription-failed',
    stream,
    group,
    cause,
    message: `Subscription group ${group} on stream ${stream} failed: '${cause}'`,
  });
}

export function groupDropped(stream: string, group: string): Refusal {
  return new Refusal({
    kind: 'group',
    exception: 'persistent-subscription-dropped',
    stream,
    group,
    message: `Subscription group ${group} on stream ${stream} was dropped.`,
  });
}

export function groupFull(stream: string, group: string): Refusal {
  return new Refusal({
    kind: 'group',
    exception: 'maximum-subscribers-reached',
    stream,
    group,
    message: `Maximum subscriptions reached for subscription group ${group} on stream ${stream}.`,
  });
}
