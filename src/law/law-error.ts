/** One thing to mend, or to look at, in the law's files. */
export interface LawProblem {
  /** The file, rule or parameter. */
  readonly where: string;
  readonly problem: string;
}

export interface LawErrorParts {
  /** The file as it is named under its folder, or the folder itself. */
  readonly file: string;
  /** The place in the file, such as `versions.0.deadline.dueOn`. */
  readonly path?: string;
  readonly problem: string;
  readonly remedy: string;
  readonly cause?: unknown;
}

/** The law's files cannot be used: which value, where, why it is wrong and how to mend it. */
export class LawError extends Error {
  override readonly name = 'LawError';
  readonly file: string;
  readonly path: string | null;
  readonly remedy: string;
  /** File and path as the message begins with them. */
  readonly place: string;

  constructor({ file, path, problem, remedy, cause }: LawErrorParts) {
    const place = path === undefined || path === '' ? file : `${file}: ${path}`;
    // What a parser says often ends in a point of its own.
    super(`${place}: ${problem.replace(/[.:\s]+$/, '')}. To mend it: ${remedy.replace(/\.$/, '')}.`, { cause });
    this.file = file;
    this.path = path ?? null;
    this.remedy = remedy;
    this.place = place;
  }
}
