import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { ExposureReportAnswer } from '../answers.js';
import { addSums, exposureSums, NOTHING_DUE } from '../exposure-sums.js';
import type { ExposureParams } from '../params.js';
import { Reading } from '../reading.js';

/** What has accrued and what is at risk, by employer, worker, region or rule and in total. */
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
    const sums = [...exposureSums(view, { groupBy, employer, horizon })];
    return {
      groupBy,
      horizon,
      groups: sums.map(([key, standing]) => ({ key, ...standing })).sort(dearestFirst),
      total: sums.map(([, standing]) => standing).reduce(addSums, NOTHING_DUE),
      ...view.envelope,
    };
  }
}

type Group = ExposureReportAnswer['groups'][number];

function dearestFirst(a: Group, b: Group): number {
  return (
    b.accrued.mciMax - a.accrued.mciMax || b.atRisk.mciMax - a.atRisk.mciMax || ((a.key ?? '') < (b.key ?? '') ? -1 : 1)
  );
}
