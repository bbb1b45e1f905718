import { z } from 'zod';
import { eventType } from '../event-type.js';
import { day, documentNumber, endsBeforeItBegins, oneOf, termMessage } from '../fields.js';

/** Clauses that the contract with a foreigner must have: four by the rules on permits, three as every contract. */
export const contractClauses = [
  'permitNumber',
  'territory',
  'jobTitle',
  'repatriation',
  'salary',
  'workingHours',
  'duties',
] as const;

export const EmploymentContractSigned = eventType({
  type: 'EmploymentContractSigned',
  stream: 'worker',
  version: 1,
  meaning: 'Employer and worker signed an employment contract.',
  data: z
    .strictObject({
      number: documentNumber('Number of the contract.'),
      validFrom: day('First day of the contract.'),
      validUntil: day('Last day of the contract.'),
      clauses: z
        .array(oneOf(contractClauses, 'A clause that the contract has.'), {
          error: ({ input }) =>
            input === undefined
              ? 'is missing: list the clauses that the contract has, or give an empty list'
              : 'must be a list of clauses',
        })
        .refine((clauses) => new Set(clauses).size === clauses.length, { error: 'names a clause twice' })
        .meta({ description: 'Which of the required clauses are present.' }),
    })
    .refine(endsBeforeItBegins('validFrom', 'validUntil'), termMessage('validFrom', 'validUntil')),
});
