import { type Connection, send } from './connection.js';
import { grouped, type Output, Refused } from './output.js';

/** `ledger rebuild`: has the read side built anew from the log, and checks that it came out the same. */
export async function rebuild(connection: Connection, output: Output): Promise<void> {
  const { answer } = await send<{ events: number; seconds: number; digestBefore: string; digestAfter: string }>(
    connection,
    {
      method: 'POST',
      path: '/v1/read-side/rebuild',
    },
  );
  const { events, seconds, digestBefore, digestAfter } = answer;
  if (output.json) output.line(JSON.stringify(answer, null, 2));
  else output.line(`${grouped(events)} events in ${seconds} s; digest of all rows ${digestAfter}.`);
  if (digestBefore !== digestAfter) {
    throw new Refused(
      `The rows differ from those before (${digestBefore}): events came in meanwhile, or the old rows were wrong.`,
    );
  }
}
