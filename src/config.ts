import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { isMasterKey } from './ledger/master-key.js';

/** Injection token of the configuration. */
export const CONFIG = Symbol('config');

/** Everything the ledger can be told from outside, parsed once. */
export interface Config {
  /** Connection string of an EventStoreDB / KurrentDB; null starts the embedded store in the data folder. */
  readonly eventStoreUrl: string | null;
  readonly host: string;
  readonly port: number;
  /** The one bearer token; null while the service is on loopback without authentication. */
  readonly apiKey: string | null;
  readonly dataDir: string;
  /** Where the keys of the persons are: apart from the log, to be backed up apart. */
  readonly keysDir: string;
  /** Locks the persons' keys; null leaves them unlocked in their file. */
  readonly masterKey: string | null;
  /** The master key before, while it is being rotated out. */
  readonly previousMasterKey: string | null;
  /** A folder of law files laid over the shipped ones. */
  readonly lawDir: string | null;
  /** Loopback port of the embedded store; 0 takes a free one. */
  readonly storePort: number;
  readonly logLevel: LogLevel;
  /** How long a read with `after` waits for the read side, in milliseconds. */
  readonly waitMs: number;
  /** Where the command line finds a running service, when not by the data folder. */
  readonly serviceUrl: string | null;
  /** Who records from the command line. */
  readonly actor: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** One setting as the README and `--help` list it. */
export interface Setting {
  readonly name: string;
  readonly byDefault: string;
  readonly meaning: string;
}

/** The ledger cannot start, for a reason that the one who starts it can mend: one sentence, no stack. */
export class StartError extends Error {}

/** A setting that stops the start. The message says which, what it is, why it is wrong and how to mend it. */
export class ConfigError extends StartError {}

const port = (name: string, free: boolean) =>
  z
    .string()
    .regex(/^\d{1,5}$/, `${name} must be a whole number`)
    .transform(Number)
    .refine((value) => value <= 65_535 && (free || value > 0), `${name} must be from ${free ? 0 : 1} to 65535`);

const settings = {
  EVENTSTORE_URL: {
    schema: z
      .string()
      .regex(/^(esdb|esdb\+discover):\/\/[^\s/]+/, 'a connection string begins with esdb:// or esdb+discover://')
      .optional(),
    byDefault: 'none',
    meaning:
      'A real EventStoreDB / KurrentDB (`esdb://host:2113?tls=false`); without it the embedded store is started.',
    mend: 'write it like esdb://127.0.0.1:2113?tls=false, or leave it out to use the embedded store',
  },
  PORT: {
    schema: port('a port', true).default(3000),
    byDefault: '3000',
    meaning: 'Port of the HTTP interface; 0 takes a free one.',
    mend: 'choose a free port such as 3000',
  },
  LEDGER_HOST: {
    schema: z.string().min(1, 'it is empty').default('127.0.0.1'),
    byDefault: '127.0.0.1',
    meaning: 'Address to listen on. Any other than loopback needs `LEDGER_API_KEY`.',
    mend: 'use 127.0.0.1, or 0.0.0.0 together with LEDGER_API_KEY',
  },
  LEDGER_API_KEY: {
    schema: z
      .string()
      .min(16, 'it has fewer than 16 characters')
      .regex(/^[\x21-\x7e]+$/, 'it has characters that an HTTP header cannot carry')
      .optional(),
    byDefault: 'none',
    meaning:
      'The one bearer token; every route but those under `/health` then asks for `Authorization: Bearer <token>`.',
    mend: 'make one with: openssl rand -hex 24',
    secret: true,
  },
  LEDGER_DATA: {
    schema: z.string().min(1, 'it is empty').default('./data'),
    byDefault: './data',
    meaning: 'Folder of the embedded store and of the read side.',
    mend: 'name a folder that this user may write',
  },
  LEDGER_KEYS: {
    schema: z.string().min(1, 'it is empty').optional(),
    byDefault: '`<LEDGER_DATA>/keys`',
    meaning:
      "Folder of the persons' keys. Without them names and numbers cannot be read: back it up, apart from the log.",
    mend: 'name a folder that this user may write',
  },
  LEDGER_MASTER_KEY: {
    schema: z.string().refine(isMasterKey, 'it is not 32 bytes in base64 or hexadecimal').optional(),
    byDefault: 'none',
    meaning:
      "Locks the persons' keys in their file: 32 bytes in base64 or hexadecimal. Lost, names and numbers are lost with it.",
    mend: 'make one with: openssl rand -base64 32',
    secret: true,
  },
  LEDGER_MASTER_KEY_PREVIOUS: {
    schema: z.string().refine(isMasterKey, 'it is not 32 bytes in base64 or hexadecimal').optional(),
    byDefault: 'none',
    meaning: 'The master key before this one, until `ledger keys rotate` has been run.',
    mend: 'give the key that LEDGER_MASTER_KEY was before, or leave it out',
    secret: true,
  },
  LEDGER_LAW: {
    schema: z.string().min(1, 'it is empty').optional(),
    byDefault: 'none',
    meaning: 'Folder of law files laid over the shipped ones.',
    mend: 'name a folder of YAML files, or leave it out',
  },
  LEDGER_EVENTSTORE_PORT: {
    schema: port('a port', true).default(2113),
    byDefault: '2113',
    meaning: 'Loopback port of the embedded store, for clients of any language; 0 takes a free one.',
    mend: 'choose a free port, or 0',
  },
  LEDGER_LOG_LEVEL: {
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'it is none of the levels').default('info'),
    byDefault: 'info',
    meaning: 'How much is logged: `debug`, `info`, `warn`, `error` or `silent`.',
    mend: 'use debug, info, warn, error or silent',
  },
  LEDGER_WAIT_MS: {
    schema: z
      .string()
      .regex(/^\d{1,6}$/, 'it must be whole milliseconds, at most 999999')
      .transform(Number)
      .default(5000),
    byDefault: '5000',
    meaning: 'How long a read with `after` waits for the read side before it answers 503, in milliseconds.',
    mend: 'use a number such as 5000',
  },
  LEDGER_URL: {
    schema: z.url({ protocol: /^https?$/, error: 'it is not an http address' }).optional(),
    byDefault: 'none',
    meaning: 'Address of a running service for the command line, when it is not the one of the data folder.',
    mend: 'write it like http://127.0.0.1:3000',
  },
  LEDGER_ACTOR: {
    schema: z
      .string()
      .regex(/^[^\p{C}]{1,120}$/u, 'it must be 1 to 120 printable characters')
      .default('local'),
    byDefault: 'local',
    meaning: 'Who records, for the command line (over HTTP: the header `Ledger-Actor`).',
    mend: 'use a name such as aigerim.s',
  },
} as const satisfies Record<string, Omit<Setting, 'name'> & { schema: z.ZodType; mend: string; secret?: boolean }>;

/** All settings in the order in which the README lists them. */
export const settingList: readonly Setting[] = Object.entries(settings).map(([name, { byDefault, meaning }]) => ({
  name,
  byDefault,
  meaning,
}));

/**
 * Reads the configuration; `over` are the options of a command, which go before the environment. Paths become absolute against `cwd`; an empty value counts as not given.
 * @throws ConfigError naming the first wrong setting, an unknown `LEDGER_*` name among them
 */
export function readConfig(
  over: Readonly<Record<string, string | undefined>> = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
  cwd = process.cwd(),
): Config {
  env = { ...env, ...over };
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const unknown = Object.keys(given).find((name) => name.startsWith('LEDGER_') && !(name in settings));
  if (unknown !== undefined) {
    throw new ConfigError(
      `${unknown} is not a setting of the ledger: check its spelling or remove it (the settings are ${Object.keys(settings).join(', ')}).`,
    );
  }
  const value = <N extends keyof typeof settings>(name: N) => setting(name, given[name]);

  const host = value('LEDGER_HOST');
  const apiKey = value('LEDGER_API_KEY') ?? null;
  if (!isLoopback(host) && apiKey === null) {
    throw new ConfigError(
      `LEDGER_HOST is ${JSON.stringify(host)}, an address that other machines may reach, and LEDGER_API_KEY is not set: set LEDGER_API_KEY (${settings.LEDGER_API_KEY.mend}) or leave LEDGER_HOST at 127.0.0.1.`,
    );
  }
  const path = (text: string) => (isAbsolute(text) ? text : resolve(cwd, text));
  const dataDir = path(value('LEDGER_DATA'));
  const keysDir = value('LEDGER_KEYS');
  const lawDir = value('LEDGER_LAW');
  return {
    eventStoreUrl: value('EVENTSTORE_URL') ?? null,
    host,
    port: value('PORT'),
    apiKey,
    dataDir,
    keysDir: keysDir === undefined ? join(dataDir, 'keys') : path(keysDir),
    masterKey: value('LEDGER_MASTER_KEY') ?? null,
    previousMasterKey: value('LEDGER_MASTER_KEY_PREVIOUS') ?? null,
    lawDir: lawDir === undefined ? null : path(lawDir),
    storePort: value('LEDGER_EVENTSTORE_PORT'),
    logLevel: value('LEDGER_LOG_LEVEL'),
    waitMs: value('LEDGER_WAIT_MS'),
    serviceUrl: value('LEDGER_URL') ?? null,
    actor: value('LEDGER_ACTOR'),
  };
}

/** Whether an address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function setting<N extends keyof typeof settings>(
  name: N,
  text: string | undefined,
): z.output<(typeof settings)[N]['schema']> {
  const { schema, mend, ...rest } = settings[name];
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data as z.output<(typeof settings)[N]['schema']>;
  const shown = 'secret' in rest ? 'is set, but' : `is ${JSON.stringify(withoutPassword(text))}, but`;
  throw new ConfigError(`${name} ${shown} ${parsed.error.issues[0]?.message ?? 'it is wrong'}: ${mend}.`);
}

/** Connection strings may hold a password, and messages end up in logs. */
function withoutPassword(text: string | undefined): string | undefined {
  return text?.replace(/\/\/[^/@]*@/, '//...@');
}
