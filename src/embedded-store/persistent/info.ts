import persistentMessages, { type SubscriptionInfo } from '@eventstore/db-client/generated/persistent_pb.js';
import type { Consumer } from './consumer.js';
import type { Group } from './group.js';
import { ALL, type StartFrom } from './settings.js';

const lastSeen = new WeakMap<Group, number>();

/** What the server tells about a group and its clients; counts "since last measurement" start anew at each call. */
export function infoOf(group: Group, withConnections: boolean): SubscriptionInfo {
  const { definition, source, checkpoint, consumers, totalItems } = group;
  const { stream, settings } = definition;
  const place = (value: number): string => (stream === ALL ? `C:${value}/P:${value}` : String(value));
  const sinceLast = totalItems - (lastSeen.get(group) ?? 0);
  lastSeen.set(group, totalItems);
  const inFlight = consumers.reduce((sum, consumer) => sum + consumer.inFlight.size, 0);
  const seconds = Math.max((Date.now() - group.startedAtMs) / 1000, 1);
  return new persistentMessages.SubscriptionInfo()
    .setEventSource(stream)
    .setGroupName(definition.group)
    .setStatus(source.hasMore ? 'Behind, OutstandingPageRequest' : 'Live')
    .setConnectionsList(
      withConnections ? consumers.map((consumer) => connectionOf(consumer, settings.extraStatistics)) : [],
    )
    .setAveragePerSecond(Math.round(totalItems / seconds))
    .setTotalItems(String(totalItems))
    .setCountSinceLastMeasurement(String(sinceLast))
    .setLastCheckpointedEventPosition(checkpoint.value === undefined ? '' : place(checkpoint.value))
    .setLastKnownEventPosition(source.next > 0 ? place(source.next - 1) : '')
    .setResolveLinkTos(settings.resolveLinks)
    .setStartFrom(startText(definition.startFrom, place))
    .setMessageTimeoutMilliseconds(settings.messageTimeoutMs)
    .setExtraStatistics(settings.extraStatistics)
    .setMaxRetryCount(settings.maxRetryCount)
    .setLiveBufferSize(settings.liveBufferSize)
    .setBufferSize(settings.historyBufferSize)
    .setReadBatchSize(settings.readBatchSize)
    .setCheckPointAfterMilliseconds(settings.checkpointAfterMs)
    .setMinCheckPointCount(settings.minCheckpointCount)
    .setMaxCheckPointCount(settings.maxCheckpointCount)
    .setReadBufferCount(group.buffer.length)
    .setLiveBufferCount('0')
    .setRetryBufferCount(group.retries.size)
    .setTotalInFlightMessages(inFlight)
    .setOutstandingMessagesCount(inFlight)
    .setNamedConsumerStrategy(settings.strategy)
    .setMaxSubscriberCount(settings.maxSubscriberCount)
    .setParkedMessageCount(String(group.parked.count));
}

function startText(startFrom: StartFrom, place: (value: number) => string): string {
  if (startFrom === 'start') return place(0);
  return startFrom === 'end' ? place(-1) : place(startFrom);
}

function connectionOf(consumer: Consumer, withMeasurements: boolean): SubscriptionInfo.ConnectionInfo {
  const measurements = withMeasurements ? consumer.measurements() : [];
  return new persistentMessages.SubscriptionInfo.ConnectionInfo()
    .setFrom(consumer.peer)
    .setUsername('anonymous')
    .setConnectionName(consumer.name)
    .setAverageItemsPerSecond(consumer.averagePerSecond())
    .setTotalItems(String(consumer.totalItems))
    .setCountSinceLastMeasurement(String(consumer.countSinceLastLook()))
    .setAvailableSlots(consumer.availableSlots)
    .setInFlightMessages(consumer.inFlight.size)
    .setObservedMeasurementsList(
      measurements.map(([key, value]) =>
        new persistentMessages.SubscriptionInfo.Measurement().setKey(key).setValue(String(value)),
      ),
    );
}
