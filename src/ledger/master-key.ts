import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** Keeps the persons' keys under lock: a key in an environment variable, a hardware module, a key service. */
export interface KeyProvider {
  /** Names the key that locks, without telling anything about it; stored beside what it locks. */
  readonly id: string;
  /** Locks a person's key. Bound to the person: moved to another, it no longer opens. */
  wrap(person: string, key: Buffer): Buffer;
  /** @throws Error when the bytes were changed or belong to another person */
  unwrap(person: string, wrapped: Buffer): Buffer;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const MAC_BYTES = 16;

/** A master key of 32 bytes, given as text: the persons' keys are encrypted with it (AES-256-GCM, a fresh nonce each). */
export class MasterKey implements KeyProvider {
  readonly id: string;
  readonly #key: Buffer;

  /** @throws RangeError when the text is not 32 bytes in base64 or hexadecimal */
  constructor(text: string) {
    this.#key = bytesOf(text);
    this.id = createHmac('sha256', this.#key).update('name of the master key').digest('hex').slice(0, 16);
  }

  wrap(person: string, key: Buffer): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(person, 'utf8'));
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  }

  unwrap(person: string, wrapped: Buffer): Buffer {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, wrapped.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(person, 'utf8'))
      .setAuthTag(wrapped.subarray(-MAC_BYTES));
    return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, -MAC_BYTES)), decipher.final()]);
  }
}

/** Whether a text is a master key: 32 bytes in base64, base64url or hexadecimal. */
export function isMasterKey(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text) || /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
}

function bytesOf(text: string): Buffer {
  if (!isMasterKey(text)) throw new RangeError('A master key is 32 bytes in base64 or hexadecimal.');
  const bytes = Buffer.from(text, text.length === 2 * KEY_BYTES ? 'hex' : 'base64');
  if (bytes.length !== KEY_BYTES) throw new RangeError('A master key is 32 bytes in base64 or hexadecimal.');
  return bytes;
}
