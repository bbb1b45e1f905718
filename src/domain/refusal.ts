/** One wrong field: where it is (`data.region`, `[1].occurredOn` in an array) and what is wrong with it. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** One of several events that a command may have meant. */
export interface Candidate {
  readonly eventId: string;
  readonly type: string;
  readonly occurredOn: string;
  /** Named where it is another stream than that of the command. */
  readonly stream?: string;
}

export interface RefusalParts {
  /** Stable and machine-readable: `already-in-country`. */
  readonly code: string;
  readonly status: 400 | 404 | 409 | 412 | 422;
  /** What is wrong, as one sentence for an officer. Never holds a personal value. */
  readonly detail: string;
  /** What to do next. */
  readonly remedy: string;
  /** The rule of the law behind it, where there is one. */
  readonly rule?: string;
  /** Where that rule is written. */
  readonly reference?: string;
  readonly errors?: readonly FieldProblem[];
  readonly candidates?: readonly Candidate[];
}

/** The domain says no. Nothing was written; the message is the detail. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly status: RefusalParts['status'];
  readonly remedy: string;
  readonly rule?: string;
  readonly reference?: string;
  readonly errors?: readonly FieldProblem[];
  readonly candidates?: readonly Candidate[];

  constructor(parts: RefusalParts) {
    super(parts.detail);
    this.code = parts.code;
    this.status = parts.status;
    this.remedy = parts.remedy;
    if (parts.rule !== undefined) this.rule = parts.rule;
    if (parts.reference !== undefined) this.reference = parts.reference;
    if (parts.errors !== undefined) this.errors = parts.errors;
    if (parts.candidates !== undefined) this.candidates = parts.candidates;
  }
}

/** Refused by the state of things: 409. */
export function conflict(code: string, detail: string, remedy: string): Refusal {
  return new Refusal({ code, status: 409, detail, remedy });
}

/** Names something that is not known here: 422. */
export function unknownReference(code: string, detail: string, remedy: string): Refusal {
  return new Refusal({ code, status: 422, detail, remedy });
}

/** The input itself is wrong: 400, with a place and a sentence for each field. */
export function invalid(errors: readonly FieldProblem[], code = 'invalid-event'): Refusal {
  return new Refusal({
    code,
    status: 400,
    detail: errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    remedy: 'Mend the fields named in `errors` and send it again; nothing was written.',
    errors,
  });
}
