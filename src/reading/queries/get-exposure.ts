import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { addImposed, NOTHING_IMPOSED } from '../../../projections/exposure.js';
import type { ExposureReportAnswer } from '../answers.js';
import { addSums, exposureSums, NOTHING_DUE } from '../exposure-sums.js';
import { imposedSums, jointCap, NO_CAP } from '../imposed-sums.js';
import type { ExposureParams } from '../params.js';
import { Reading, unknown } from '../reading.js';

/**
 * What has accrued and what is at risk, by employer, worker, region or rule and in total. An employer of whom nothing was
 * recorded is not known: zero tenge would be an answer about somebody.
 */
export class GetExposure extends Query<ExposureReportAnswer> {
  constructor(readonly params: ExposureParams) {
    super();
  }
}

@QueryHandler(GetExposure)
export class GetExposureHandler implements IQueryHandler<GetExposure> {
  constructor(private readonly reading: Reading) {}

  async execute({ params }: GetExposure): Promise<ExposureReportAnswer> {
    const view = await this.reading.at(params);
    const { groupBy, employer, horizon } = params;
    const sums = exposureSums(view, { groupBy, employer, horizon });
    const imposed = imposedSums(view, { groupBy, employer });
    if (employer !== undefined && !view.knowsEmployer(employer)) throw unknown('employer', employer);
    const capOf = (key: string | null) => {
      const bin = employer ?? (groupBy === 'employer' ? key : null);
      return bin === null ? NO_CAP : jointCap(view, bin);
    };
    const groups = [...new Set([...sums.keys(), ...imposed.keys()])].map((key) => ({
      key,
      ...(sums.get(key) ?? NOTHING_DUE),
      imposed: imposed.get(key) ?? NOTHING_IMPOSED,
      ...capOf(key),
    }));
    return {
      groupBy,
      horizon,
      groups: groups.sort(dearestFirst),
      total: {
        ...[...sums.values()].reduce(addSums, NOTHING_DUE),
        imposed: [...imposed.values()].reduce(addImposed, NOTHING_IMPOSED),
        ...(employer === undefined ? NO_CAP : jointCap(view, employer)),
      },
      ...view.envelope,
    };
  }
}

type Group = ExposureReportAnswer['groups'][number];

function dearestFirst(a: Group, b: Group): number {
  return (
    b.accrued.mciMax - a.accrued.mciMax ||
    b.atRisk.mciMax - a.atRisk.mciMax ||
    b.imposed.mci - a.imposed.mci ||
    ((a.key ?? '') < (b.key ?? '') ? -1 : 1)
  );
}
