import { randomUUID } from 'node:crypto';
import gossipRpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipMessages, { type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import type { handleUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import type { ServiceParts } from './service-parts.js';

const TICKS_PER_MS = 10_000n;

/** A cluster of one: clients that look for a leader find this node at the address it listens on. */
export function gossipService(address: () => { readonly host: string; readonly port: number }): ServiceParts {
  const instance = new sharedMessages.UUID().setString(randomUUID());
  const read: handleUnaryCall<unknown, ClusterInfo> = (call, reply) => {
    // The address under which this client has reached the node; the one listened on may be 0.0.0.0 or mapped.
    const { host, port } = dialled(call.getHost()) ?? address();
    const member = new gossipMessages.MemberInfo()
      .setInstanceId(instance)
      .setTimeStamp((BigInt(Date.now()) * TICKS_PER_MS).toString())
      .setState(gossipMessages.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossipMessages.EndPoint().setAddress(host).setPort(port));
    reply(null, new gossipMessages.ClusterInfo().setMembersList([member]));
  };
  return {
    definition: gossipRpc.GossipService as unknown as ServiceDefinition,
    handlers: { read },
    shutDown: () => {},
  };
}

function dialled(authority: string): { readonly host: string; readonly port: number } | undefined {
  try {
    const { hostname, port } = new URL(`http://${authority}`);
    return port === '' ? undefined : { host: hostname, port: Number(port) };
  } catch {
    return undefined;
  }
}
