import 'reflect-metadata';
import { serve } from './boot.js';
import { readConfig, StartError } from './config.js';

try {
  await serve(readConfig());
} catch (error) {
  process.stderr.write(
    `${error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}
