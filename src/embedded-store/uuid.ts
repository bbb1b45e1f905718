import { bytesField, WireReader } from './wire.js';

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** Lower-case dashed form; throws a RangeError on anything that is no UUID. */
export function canonicalUuid(text: string): string {
  if (CANONICAL.test(text)) return text;
  const hex = text.replaceAll(/[{}()-]/g, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) throw new RangeError(`"${text}" is not a UUID`);
  return dashed(hex);
}

/** Reads the wire's UUID message, which is either a string or two 64-bit halves. */
export function readUuid(message: Buffer): string {
  const reader = new WireReader(message);
  while (reader.next()) {
    if (reader.field === 2) return canonicalUuid(reader.string());
    if (reader.field === 1) return fromHalves(reader.bytes());
    reader.skip();
  }
  throw new RangeError('the UUID is empty');
}

function fromHalves(message: Buffer): string {
  const reader = new WireReader(message);
  const halves = Buffer.alloc(16);
  while (reader.next()) {
    if (reader.field === 1) halves.writeBigInt64BE(reader.int64(), 0);
    else if (reader.field === 2) halves.writeBigInt64BE(reader.int64(), 8);
    else reader.skip();
  }
  return dashed(halves.toString('hex'));
}

/** The UUID message in its structured form (two int64), as clients in Java, .NET and Rust ask for it. */
export function structuredUuid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  const halves = Buffer.concat([
    Buffer.from([0x08]),
    int64(bytes.readBigUInt64BE(0)),
    Buffer.from([0x10]),
    int64(bytes.readBigUInt64BE(8)),
  ]);
  return bytesField(1, halves);
}

function int64(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
