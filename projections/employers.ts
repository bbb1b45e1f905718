import type { Day } from '../src/domain/dates.js';
import { FOREVER, type Folder, type Projection } from './projection.js';

/**
 * Employers with their size class by date: one row per stretch of days with one size. What an obligation costs depends on
 * the size on the first overdue day, so it is joined from here when it is asked for and copied nowhere.
 */
export const employers: Projection = {
  name: 'employers',
  streams: ['employer'],
  columns: {
    bin: 'TEXT',
    name: 'TEXT',
    registered_on: 'TEXT',
    size: 'TEXT',
    valid_from: 'TEXT',
    valid_until: 'TEXT',
  },
  indexes: [{ name: 'employers_bin', on: 'bin, valid_from' }],
  start({ id }): Folder {
    let name = '';
    let registeredOn: Day | null = null;
    let size: string | null = null;
    let from: Day = '';

    return (fact, rows) => {
      const next = fact.data['size'];
      if (typeof next !== 'string') return;
      const { type, occurredOn: day } = fact;
      if (type === 'EmployerRegistered') {
        name = String(fact.data['name']);
        registeredOn = day;
      } else if (type !== 'EmployerSizeChanged' || next === size) {
        return;
      }
      const own = { bin: id, name, registered_on: registeredOn };
      if (size !== null && from < day) rows.set(from, { ...own, size, valid_from: from, valid_until: day });
      size = next;
      from = day;
      rows.set(from, { ...own, size, valid_from: from, valid_until: FOREVER });
    };
  },
};
