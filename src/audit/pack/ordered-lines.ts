import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import type { PackLine } from './contents.js';

const TAB = 9;
const NEWLINE = 10;
const ZERO = 48;
const FIRST_SIZE = 1_024;
const BUFFER_BYTES = 64 * 1024;

/**
 * Puts the lines of a file, each behind a number and a tab, into the order of their numbers; those with the same number
 * stay as they stand. The lines remain in the file: of each, some twenty bytes are held.
 */
export class OrderedLines {
  readonly #path: string;
  #count = 0;
  #numbers = new Uint32Array(FIRST_SIZE);
  #begins = new Float64Array(FIRST_SIZE);
  #lengths = new Uint32Array(FIRST_SIZE);
  #order = new Uint32Array(0);

  private constructor(path: string) {
    this.#path = path;
  }

  /** @param goOn asked every now and then; throws when it is called off */
  static async of(path: string, goOn: () => void = () => {}): Promise<OrderedLines> {
    const lines = new OrderedLines(path);
    await lines.#find(goOn);
    lines.#sort();
    return lines;
  }

  /** The lines after a number, without their numbers; the last of each number is marked with it. */
  *after(mark = '-1'): Generator<PackLine> {
    const descriptor = openSync(this.#path, 'r');
    try {
      let buffer = Buffer.allocUnsafe(BUFFER_BYTES);
      for (let place = 0; place < this.#count; place++) {
        const line = this.#order[place] ?? 0;
        const number = this.#numbers[line] ?? 0;
        if (number <= Number(mark)) continue;
        const length = this.#lengths[line] ?? 0;
        if (length > buffer.length) buffer = Buffer.allocUnsafe(length);
        readSync(descriptor, buffer, 0, length, this.#begins[line] ?? 0);
        const isLast = place + 1 === this.#count || this.#numbers[this.#order[place + 1] ?? 0] !== number;
        yield { text: buffer.toString('utf8', 0, length), mark: isLast ? String(number) : null };
      }
    } finally {
      closeSync(descriptor);
    }
  }

  async #find(goOn: () => void): Promise<void> {
    let at = 0;
    let number = 0;
    let begin = -1;
    for await (const chunk of createReadStream(this.#path) as AsyncIterable<Buffer>) {
      goOn();
      for (let index = 0; index < chunk.length; ) {
        if (begin === -1) {
          // Byte by byte: a number may be cut by the end of a chunk.
          const byte = chunk[index] ?? 0;
          index += 1;
          if (byte === TAB) begin = at + index;
          else number = number * 10 + (byte - ZERO);
          continue;
        }
        const end = chunk.indexOf(NEWLINE, index);
        if (end === -1) break;
        this.#add(number, begin, at + end - begin);
        number = 0;
        begin = -1;
        index = end + 1;
      }
      at += chunk.length;
    }
  }

  #add(number: number, begin: number, length: number): void {
    if (this.#count === this.#numbers.length) {
      const size = 2 * this.#count;
      const [numbers, begins, lengths] = [new Uint32Array(size), new Float64Array(size), new Uint32Array(size)];
      numbers.set(this.#numbers);
      begins.set(this.#begins);
      lengths.set(this.#lengths);
      [this.#numbers, this.#begins, this.#lengths] = [numbers, begins, lengths];
    }
    this.#numbers[this.#count] = number;
    this.#begins[this.#count] = begin;
    this.#lengths[this.#count] = length;
    this.#count += 1;
  }

  /** By counting: the numbers are those of events, and nearly each of them is there. */
  #sort(): void {
    let last = 0;
    for (let line = 0; line < this.#count; line++) last = Math.max(last, this.#numbers[line] ?? 0);
    const places = new Uint32Array(last + 2);
    for (let line = 0; line < this.#count; line++) {
      const next = (this.#numbers[line] ?? 0) + 1;
      places[next] = (places[next] ?? 0) + 1;
    }
    for (let number = 1; number < places.length; number++) {
      places[number] = (places[number] ?? 0) + (places[number - 1] ?? 0);
    }
    this.#order = new Uint32Array(this.#count);
    for (let line = 0; line < this.#count; line++) {
      const number = this.#numbers[line] ?? 0;
      const place = places[number] ?? 0;
      this.#order[place] = line;
      places[number] = place + 1;
    }
  }
}
