// The few protobuf primitives the hot paths need. Appends and reads do not go through the generated classes: decoding
// one event with them costs more than storing it. Numbers above 2^53 saturate, which is far beyond any log.

/** Revision of a tombstone: 2^63-1 on the wire, the largest safe integer in here and in the database. */
export const TOMBSTONE_REVISION = Number.MAX_SAFE_INTEGER;

const MAX_INT64 = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);

/** Bytes a number takes as a varint. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  if (value >= TOMBSTONE_REVISION) return 9;
  let size = 4;
  for (let rest = Math.floor(value / 0x10000000); rest > 0; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Writes a varint and returns the offset behind it. */
export function writeVarint(target: Buffer, offset: number, value: number): number {
  let at = offset;
  if (value >= TOMBSTONE_REVISION) return at + MAX_INT64.copy(target, at);
  let rest = value;
  while (rest >= 0x80000000) {
    target[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

/** One varint field, e.g. `revision = 3`. */
export function varintField(field: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(varintSize(field << 3) + varintSize(value));
  writeVarint(bytes, writeVarint(bytes, 0, field << 3), value);
  return bytes;
}

/** One length-delimited field (string, bytes or nested message) made of parts. */
export function bytesField(field: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = Buffer.allocUnsafe(varintSize(field << 3) + varintSize(length) + length);
  let at = writeVarint(bytes, 0, (field << 3) | 2);
  at = writeVarint(bytes, at, length);
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** One string field. */
export function stringField(field: number, text: string): Buffer {
  return bytesField(field, Buffer.from(text, 'utf8'));
}

/** Reads protobuf fields one after the other; byte fields are views, not copies. */
export class WireReader {
  field = 0;
  private wireType = 0;
  private at = 0;

  constructor(private readonly source: Buffer) {}

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.at >= this.source.length) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag & 7;
    return true;
  }

  /** The value of a varint field; numbers above 2^53 saturate. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.source[this.at++];
      if (byte === undefined) throw new RangeError('protobuf: varint runs over the end');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    return value > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : value;
  }

  /** The value of a 64-bit varint field with all its bits, as two's complement. */
  int64(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.source[this.at++];
      if (byte === undefined) throw new RangeError('protobuf: varint runs over the end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  }

  /** The value of a length-delimited field, as a view on the source. */
  bytes(): Buffer {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.source.length) throw new RangeError('protobuf: field runs over the end');
    const view = this.source.subarray(this.at, end);
    this.at = end;
    return view;
  }

  string(): string {
    return this.bytes().toString('utf8');
  }

  /** Passes over a field this reader does not know. */
  skip(): void {
    switch (this.wireType) {
      case 0:
        this.varint();
        return;
      case 1:
        this.at += 8;
        return;
      case 2:
        this.bytes();
        return;
      case 5:
        this.at += 4;
        return;
      default:
        throw new RangeError(`protobuf: unknown wire type ${this.wireType}`);
    }
  }
}
