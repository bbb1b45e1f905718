import { employers } from './employers.js';
import { findings } from './findings.js';
import { obligations } from './obligations.js';
import { penalties } from './penalties.js';
import { permits } from './permits.js';
import type { Projection } from './projection.js';
import { status } from './status.js';

/**
 * The projections that the ledger keeps, each with its table; one line adds one.
 *
 * Two more are read from these and the kept log without a table of their own: `exposure` is the obligations table in the
 * light of a day and the employers' sizes (exposure.ts), and `timeline` is the kept log with the versions of the
 * obligations that each event closed and opened (timeline.ts). A copy could only disagree with them.
 */
export const projections: readonly Projection[] = [status, permits, obligations, employers, findings, penalties];
