import type { ImportAnswer } from '../audit/pack/import-pack.js';
import type { Config } from '../config.js';
import type { EventStore } from '../ledger/event-store.js';
import { withStore } from './audit-service.js';
import { runningService } from './connection.js';
import { lineProgress } from './line-progress.js';
import { grouped, type Output, Refused } from './output.js';

/** `ledger import-pack <file>`: checks a pack, and puts its events into an empty ledger as they are unless `checkOnly`. */
export async function importPackFile(
  config: Config,
  output: Output,
  { file, checkOnly }: { readonly file: string; readonly checkOnly: boolean },
): Promise<void> {
  const [{ Pack, PackError }, { checkEvents, importPack }] = await Promise.all([
    import('../audit/pack/archive.js'),
    import('../audit/pack/import-pack.js'),
  ]);
  try {
    const pack = await Pack.open(file);
    try {
      const damages = await pack.damages();
      for (const { file: name, what } of damages) output.remark(`${name} ${what}.`);
      if (damages.length > 0)
        throw new Refused(
          `${file} is not what was packed: ${damages.length === 1 ? 'one thing differs' : `${damages.length} things differ`} (see above). Nothing was imported.`,
        );
      if (checkOnly) {
        const { asOf, complete } = pack.manifest;
        const { events, unchained } = await checkEvents(pack);
        const told = { file, events, asOf, complete, unchained, manifest: pack.hash };
        if (output.json) return output.line(JSON.stringify(told, null, 2));
        output.line(
          `${file} is as it was packed: ${grouped(events)} events, each in its place in the chain; SHA-256 of its manifest ${pack.hash}.`,
        );
        if (!complete) output.line('It begins in the middle of its histories (--from), so it cannot be imported.');
        return tellUnchained(unchained, output);
      }
      const progress = lineProgress('events');
      const answer = await withStore(config, async (store) => {
        const ruleBook = { pack: pack.manifest.ruleBook, here: await bookHere(config, store) };
        return { ...(await importPack(pack, store, (_, events) => progress.show(events))), ruleBook };
      });
      progress.end();
      const { ruleBook } = answer;
      if (ruleBook.pack !== ruleBook.here)
        output.remark(
          `The pack was judged by the rule book ${ruleBook.pack}; here ${ruleBook.here} counts, so dates and figures may differ. Exported again it has the same hashes only under the same rule book: its files are in the pack under law/.`,
        );
      output.line(
        output.json ? JSON.stringify(answer, null, 2) : `${importedOf(answer)} up to position ${answer.position}.`,
      );
      tellUnchained(answer.unchained, output);
    } finally {
      pack.close();
    }
  } catch (error) {
    if (error instanceof PackError) throw new Refused(error.message);
    const { StoreAway } = await import('../ledger/event-store.js');
    if (!(error instanceof StoreAway)) throw error;
    throw new Refused(`${error.message} What was imported by then stays, and the same command goes on.`);
  }
}

function tellUnchained(unchained: number, output: Output): void {
  if (unchained === 0 || output.json) return;
  output.line(
    `${grouped(unchained)} ${unchained === 1 ? 'event carries no hash: nothing proves it' : 'events carry no hash: nothing proves them'}.`,
  );
}

function importedOf({ events, held, streams }: ImportAnswer): string {
  const all = `${grouped(events)} events of ${grouped(streams)} streams,`;
  if (held === 0) return `Imported ${all}`;
  return events === 0
    ? `Imported nothing: all ${grouped(held)} events of the pack were here already,`
    : `Imported ${grouped(events)} events that were missing; ${grouped(held)} of the pack were here already,`;
}

/** Hash of the rule book that counts in the ledger that takes a pack in: the one its service has adopted, or will. */
async function bookHere(config: Config, store: EventStore): Promise<string> {
  const [{ lawTexts }, { hashOfTexts }, { ADOPTED, LAW_STREAM }] = await Promise.all([
    import('../law/book.js'),
    import('../audit/pack/law-hash.js'),
    import('../domain/events/law.js'),
  ]);
  if ((await runningService(config.dataDir)) !== null) {
    // A service may have been started with other files than this command.
    const adopted = (await store.read(LAW_STREAM)).findLast(({ type }) => type === ADOPTED);
    const { hash } = (adopted?.data ?? {}) as { hash?: unknown };
    if (typeof hash === 'string') return hash;
  }
  return hashOfTexts(lawTexts(config.lawDir === null ? {} : { overlayDir: config.lawDir }));
}
