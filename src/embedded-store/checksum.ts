import { crc32 } from 'node:zlib';

/**
 * Checksum of one record: CRC-32 of its bytes, seeded with the place it is filed under, so that a record found in a
 * foreign place is as wrong as a changed one.
 */
export function checksum(record: Uint8Array, position: number, stream: number, revision: number): number {
  const seed = Math.imul(position % 0x7fffffff, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca6b) ^ (revision % 0x7fffffff);
  return crc32(record, seed >>> 0);
}
