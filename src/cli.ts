#!/usr/bin/env node
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { type Connection, connect, throwAway } from './cli/connection.js';
import { consoleOutput, letReadersLeave, type Output, ReaderLeft, Refused, WrongUse } from './cli/output.js';
import { type Config, readConfig, StartError } from './config.js';
import { withHiddenShown } from './domain/hidden.js';

// Commands are imported when they are called: `--help` and a client of a running service need none of the application.

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('ledger')
  .description(
    'The immigration compliance ledger: events recorded once; duties, delays and their cost computed from them.',
  )
  .version(version)
  .option('--json', 'answers as JSON, for programs')
  .option('--data <folder>', 'data folder, instead of LEDGER_DATA')
  .option('--url <address>', 'a running service, instead of LEDGER_URL')
  .option('--actor <name>', 'who records, instead of LEDGER_ACTOR')
  .showHelpAfterError('(see --help)')
  .exitOverride();

program
  .command('serve')
  .description('start the ledger; the same as npm start')
  .option('--port <number>', 'port of the HTTP interface, instead of PORT')
  .action(async ({ port }: { port?: string }) => {
    const { serve } = await import('./boot.js');
    await serve(config({ PORT: port }));
  });

const eventstore = program
  .command('eventstore')
  .description('start only the embedded event store, for other programs')
  .option('--port <number>', 'loopback port; 0 takes a free one', '2113')
  .action(async ({ port }: { port: string }) => {
    const { serveStore } = await import('./cli/eventstore.js');
    await serveStore(config({ LEDGER_EVENTSTORE_PORT: port }), output());
  });

eventstore
  .command('verify')
  .description('look at every record of the log; beside a running service too')
  .action(async () => {
    const { verifyLog } = await import('./cli/eventstore.js');
    await verifyLog(config(), output());
  });

eventstore
  .command('backup <file>')
  .description('copy the log into one file, as it is at this moment; the service may go on')
  .action(async (file: string) => {
    const { backupLog } = await import('./cli/eventstore.js');
    await backupLog(config(), output(), file);
  });

eventstore
  .command('restore <file>')
  .description('make the log of an empty data folder from a backup')
  .action(async (file: string) => {
    const { restoreLog } = await import('./cli/eventstore.js');
    await restoreLog(config(), output(), file);
  });

program
  .command('record [type]')
  .description('record one event, or those of a file')
  .option('--worker <uuid>', 'the worker that it happened to')
  .option('--employer <bin>', 'the employer that it happened to')
  .option('--on <day>', 'the day on which it was true, YYYY-MM-DD')
  .option('--data <json>', "the event's data")
  .option('--file <file>', 'a JSON file with one event or an array of them; - reads the standard input')
  .option('--acknowledge <rule...>', 'rules whose breach is knowingly recorded')
  .option('--reason <text>', 'why it is recorded so')
  .option('--key <text>', 'idempotency key')
  .option('--dry-run', 'show what would follow, write nothing')
  .action((type: string | undefined, options: Record<string, never>) =>
    connected(async (connection, { actor }) => {
      const { record } = await import('./cli/record.js');
      await record(connection, output(), { ...options, type, actor });
    }),
  );

program
  .command('import <file>')
  .description('record a file of JSON lines; the same file again records nothing twice')
  .option('--dry-run', 'check every line, write nothing')
  .action((file: string, { dryRun = false }: { dryRun?: boolean }) =>
    connected(async (connection, settings) => {
      const { importFile } = await import('./cli/import.js');
      const { actor } = settings;
      await importFile(connection, output(), { file, dryRun, actor, scratch: () => throwAway(settings) });
    }),
  );

program
  .command('obligations')
  .description('what is due, overdue, met')
  .addOption(
    new Option('--state <state>', 'only this state').choices(['upcoming', 'open', 'overdue', 'met', 'void', 'due']),
  )
  .option('--employer <bin>')
  .option('--worker <uuid>')
  .option('--region <code>')
  .option('--rule <id>')
  .option('--due-from <day>')
  .option('--due-until <day>')
  .option('--as-of <day>', 'state of things on this day; today when left out')
  .option('--known-at <when>', 'as it was known at this day or instant')
  .option('--limit <number>', 'at most so many; 0 for all', '50')
  .action((options: Record<string, string>) =>
    connected(async (connection) => {
      const { obligations } = await import('./cli/lists.js');
      await obligations(connection, output(), options);
    }),
  );

program
  .command('exposure')
  .description('what it may cost, accrued and at risk')
  .addOption(
    new Option('--group-by <what>', 'one line per').choices(['employer', 'worker', 'region', 'rule']).default('rule'),
  )
  .option('--employer <bin>')
  .option('--horizon <days>', 'how far ahead risk is counted')
  .option('--as-of <day>')
  .option('--known-at <when>')
  .action((options: Record<string, string>) =>
    connected(async (connection) => {
      const { exposure } = await import('./cli/lists.js');
      await exposure(connection, output(), options);
    }),
  );

program
  .command('replay [whom]')
  .description('replay a worker (UUID), an employer (BIN) or, with --all, everything, event by event')
  .option('--all', 'the whole ledger')
  .option('--until <day>', 'leave out steps about later days')
  .option('--known-at <when>', 'only what was recorded by this day or instant')
  .option('--law <hash|day>', 'judge all of it by one adopted rule book, or by the one in force at the end of a day')
  .action(async (whom: string | undefined, options: Record<string, never>) => {
    const { replay } = await import('./cli/replay.js');
    await replay(config(), output(), whom, options);
  });

program
  .command('verify')
  .description('recompute the chain of all events from the store and name the first that does not fit')
  .action(async () => {
    const { verifyChain } = await import('./cli/verify.js');
    await verifyChain(config(), output());
  });

program
  .command('export')
  .description('write an audit pack: events, timeline, obligations with traces, the law, hashes and a report')
  .requiredOption('--out <file>', 'the ZIP file to write')
  .option('--worker <uuid>', 'only this worker')
  .option('--employer <bin>', 'only this employer with all its workers')
  .option('--from <when>', 'only what was recorded from this day or instant on')
  .option('--to <when>', 'only what was recorded by this day or instant')
  .option('--as-of <day>', 'obligations and figures of this day; today when left out')
  .option('--names', 'open names and numbers of persons into it; noted in the access log with --actor')
  .option('--purpose <text>', 'what the names are for; noted in the access log')
  .action(async (options: { out: string }) => {
    const { exportPack } = await import('./cli/export.js');
    await exportPack(config(), output(), options);
  });

program
  .command('import-pack <file>')
  .description('check an audit pack and put its events into an empty ledger, as they are')
  .option('--check', 'only check it')
  .action(async (file: string, { check = false }: { check?: boolean }) => {
    const { importPackFile } = await import('./cli/import-pack.js');
    await importPackFile(config(), output(), { file, checkOnly: check });
  });

program
  .command('erase <worker>')
  .description('destroy the keys of a worker and the family members: names can be read nowhere any more')
  .requiredOption('--reason <text>', 'who asked for it and why, without names')
  .option('--yes', 'really do it; it cannot be undone')
  .action(async (worker: string, { reason, yes = false }: { reason: string; yes?: boolean }) => {
    const { erase } = await import('./cli/erase.js');
    await erase(config(), output(), { worker, reason, yes });
  });

program
  .command('keys <action> [file]')
  .description("the persons' keys: status, rotate to the present master key, backup into a file, restore from one")
  .action(async (action: string, file?: string) => {
    const { keys } = await import('./cli/keys.js');
    await keys(config(), output(), action, file);
  });

program
  .command('rebuild')
  .description('build the read side anew from the log, beside the old one, and switch')
  .action(() =>
    connected(async (connection) => {
      const { rebuild } = await import('./cli/rebuild.js');
      await rebuild(connection, output());
    }),
  );

const law = program.command('law').description('the law as data');

law
  .command('books')
  .description('list the rule books by which the ledger has worked')
  .option('--known-at <when>', 'only those adopted by this day or instant')
  .action((options: Record<string, string>) =>
    connected(async (connection) => {
      const { listBooks } = await import('./cli/law.js');
      await listBooks(connection, output(), options);
    }),
  );

law
  .command('check')
  .description('load all law files, work out their examples, and say what is wrong with which')
  .action(async () => {
    const { checkLaw } = await import('./cli/law.js');
    checkLaw(config(), output());
  });

program
  .command('demo')
  .description('load a generated employer with 200 workers and tell its story')
  .option('--workers <number>', 'how many workers', '200')
  .option('--until <day>', 'last day of the three years')
  .option('--keep', 'record into the data folder, or the running service, instead of a throw-away ledger')
  .action(async (options: { workers: string; until?: string; keep?: boolean }) => {
    const { demo } = await import('./cli/demo/demo.js');
    await demo(config(), output(), options);
  });

function globalOptions(): { json?: boolean; data?: string; url?: string; actor?: string } {
  return program.opts();
}

function output(): Output {
  return consoleOutput(globalOptions().json ?? false);
}

function config(over: Readonly<Record<string, string | undefined>> = {}): Config {
  const { data, url, actor } = globalOptions();
  const given = { LEDGER_DATA: data, LEDGER_URL: url, LEDGER_ACTOR: actor, ...over };
  return readConfig(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Record<string, string>,
  );
}

async function connected(run: (connection: Connection, config: Config) => Promise<void>): Promise<void> {
  const settings = config();
  const connection = await connect(settings);
  try {
    await run(connection, settings);
  } finally {
    await connection.close();
  }
}

/** 0 done, or nobody reads on; 1 refused or something found, 2 called wrongly. A stack is shown only for what nobody foresaw. */
function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  // 1 where the answer could not be written.
  if (error instanceof ReaderLeft) return Number(process.exitCode ?? 0);
  const foreseen = error instanceof WrongUse || error instanceof Refused || error instanceof StartError;
  const text = error instanceof Error ? (foreseen ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${withHiddenShown(text)}\n`);
  return error instanceof WrongUse ? 2 : 1;
}

letReadersLeave();
await program.parseAsync().catch((error: unknown) => {
  process.exitCode = exitStatus(error);
});
