import type { Config } from '../config.js';
import { withStore } from './audit-service.js';
import { lineProgress } from './line-progress.js';
import { grouped, type Output, Refused } from './output.js';

/** `ledger import-pack <file>`: checks a pack, and puts its events into an empty ledger as they are unless `checkOnly`. */
export async function importPackFile(
  config: Config,
  output: Output,
  { file, checkOnly }: { readonly file: string; readonly checkOnly: boolean },
): Promise<void> {
  const [{ Pack, PackError }, { importPack }] = await Promise.all([
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
        const { events, asOf } = pack.manifest;
        const told = { file, events, asOf, manifest: pack.hash };
        return output.line(
          output.json
            ? JSON.stringify(told, null, 2)
            : `${file} is as it was packed: ${grouped(events)} events; SHA-256 of its manifest ${pack.hash}.`,
        );
      }
      const progress = lineProgress('events');
      const answer = await withStore(config, (store) => importPack(pack, store, (_, events) => progress.show(events)));
      progress.end();
      output.line(
        output.json
          ? JSON.stringify(answer, null, 2)
          : `Imported ${grouped(answer.events)} events of ${grouped(answer.streams)} streams, up to position ${answer.position}.`,
      );
    } finally {
      pack.close();
    }
  } catch (error) {
    throw error instanceof PackError ? new Refused(error.message) : error;
  }
}
