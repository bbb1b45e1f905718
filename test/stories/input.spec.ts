import { describe, expect, test } from '@jest/globals';
import { eventTypes } from '../../src/domain/catalogue.js';
import { checkDigit, checkEmployerNumber, checkIin } from '../../src/domain/identifiers.js';
import { upcast } from '../../src/domain/upcast.js';
import type { EventInput } from '../../src/ledger/command.js';
import * as s from './story.js';
import { given, record, recordAll } from './story.js';

const registered = s.WorkerRegistered('2026-01-01');

async function errorsOf(input: EventInput): Promise<Record<string, string>> {
  const refusal = await given(registered).when(record(input)).thenRefused('invalid-event', 400);
  return Object.fromEntries((refusal.errors ?? []).map(({ path, message }) => [path, message]));
}

describe('what is wrong is named with its place, the reason and the remedy', () => {
  test('an unknown type, with the one that may have been meant', async () => {
    expect(await errorsOf({ type: 'WorkerUpdated', occurredOn: '2026-01-02', data: {} })).toEqual({
      type: expect.stringMatching(/^"WorkerUpdated" is no event type: see/),
    });
    expect(await errorsOf({ type: 'arrived', occurredOn: '2026-01-02', data: {} })).toEqual({
      type: expect.stringContaining('did you mean Arrived?'),
    });
    expect(await errorsOf({ type: '__proto__', occurredOn: '2026-01-02', data: {} })).toHaveProperty('type');
  });

  test('a type of the other kind of stream, with the address to send it to', async () => {
    expect(await errorsOf(s.QuotaRequested('2026-01-02'))).toEqual({
      type: expect.stringContaining('/v1/employers/{bin}/events'),
    });
    const refusal = await given(s.EmployerRegistered('2026-01-01'))
      .on({ kind: 'employer' })
      .when(record(s.Arrived('2026-01-02')))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors?.[0]?.message).toContain('/v1/workers/{workerId}/events');
  });

  test('amendments are not recorded as events', async () => {
    const errors = await errorsOf({ type: 'EventCorrected', occurredOn: '2026-01-02', data: {} });
    expect(errors['type']).toContain('/correction');
    const other = await errorsOf({ type: 'EventRetracted', occurredOn: '2026-01-02', data: {} });
    expect(other['type']).toContain('/retraction');
  });

  test('missing and extra fields', async () => {
    expect(
      await errorsOf({ type: 'Arrived', occurredOn: '2026-01-02', data: { purpose: 'work', adress: 'Abay 1' } }),
    ).toEqual({
      'data.region': expect.stringMatching(/^is missing: give a region code/),
      'data.address': expect.stringMatching(/^is missing/),
      'data.adress': expect.stringContaining('the fields are region, address, purpose, checkpoint, host'),
    });
  });

  test('characters that are not seen or turn the text round, in every text and in a reason', async () => {
    expect(
      await errorsOf(s.Arrived('2026-01-02', { purpose: 'work\u{202E}krow', checkpoint: 'Dos\u{200B}tyk' })),
    ).toEqual({
      'data.purpose': expect.stringMatching(/^holds U\+202E as character 5, a turn of the direction of writing: /),
      'data.checkpoint': expect.stringMatching(/^holds U\+200B as character 4, a space without width: /),
    });
    const names = { familyName: '\u{1D400}\u{2067}Yilmaz', givenName: 'Meh\u{FEFF}met' };
    const family = await errorsOf(s.FamilyMemberAdded('2026-01-02', names));
    expect(family['data.familyName']).toContain('U+2067 as character 2');
    expect(family['data.givenName']).toContain('U+FEFF as character 4');
    expect(JSON.stringify(family)).not.toContain('Yilmaz');
    const reason = await errorsOf(s.Arrived('2026-01-02', {}, { reason: 'as told\u{2028}by phone' }));
    expect(reason['reason']).toContain('a line separator');
    const positions = [{ category: '2', position: 'Driller', count: 3 }];
    const hidden = { ...positions[0], position: 'Dril\u{E0041}ler' };
    const refusal = await given(s.EmployerRegistered('2026-01-01'))
      .on({ kind: 'employer' })
      .when(record(s.QuotaRequested('2026-01-02', { positions: [...positions, hidden] })))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors?.[0]).toEqual({
      path: 'data.positions[1].position',
      message: expect.stringContaining('U+E0041 as character 5'),
    });
  });

  test('letters that are empty, and names of nothing that is seen', async () => {
    const added = async (familyName: string) =>
      (await errorsOf(s.FamilyMemberAdded('2026-01-02', { familyName })))['data.familyName'];
    for (const empty of ['\u{3164}', '\u{115F}', '\u{FFA0}', '\u{34F}', '\u{17B4}', '\u{FE0F}', '\u{2800}']) {
      expect(await added(`Ali${empty}`)).toMatch(/^holds U\+[0-9A-F]{4} as character 4, a mark that is not seen: /);
    }
    expect(await added('\u{200C}\u{200D}')).toBe('holds nothing that is seen: write it out');
  });

  test('what names in any script need is taken', async () => {
    const names = [
      '\u{645}\u{6CC}\u{200C}\u{62E}\u{648}\u{627}',
      '\u{915}\u{94D}\u{200D}\u{937}',
      'O\u{2019}Neill',
      '\u{49B}\u{438}\u{43D}',
    ];
    for (const familyName of names) {
      await given(registered)
        .when(record(s.FamilyMemberAdded('2026-01-02', { familyName })))
        .thenRecorded('FamilyMemberAdded');
    }
  });

  test('values of the wrong kind', async () => {
    expect(await errorsOf(s.Arrived('2026-01-02', { region: 75, purpose: ' ', host: 'hotel' }))).toEqual({
      'data.region': expect.stringMatching(/^75 must be a region code/),
      'data.purpose': expect.stringContaining('is empty'),
      'data.host': expect.stringMatching(/^"hotel" must be one of employer, third-party/),
    });
    expect(await errorsOf({ type: 'Arrived', occurredOn: '2026-01-02', data: 'Almaty' as never })).toEqual({
      data: expect.stringContaining('must be an object'),
    });
  });

  test('days that do not exist', async () => {
    for (const day of ['2026-02-30', '2026-13-01', '26-01-01', '2026-1-1', '1899-12-31', '2200-01-01', '']) {
      expect(await errorsOf(s.Departed(day))).toEqual({
        occurredOn: expect.stringContaining(`"${day}" is not a date that exists`),
      });
    }
    expect(await errorsOf(s.RegionalTravel('2026-02-01', { until: '2026-02-29' }))).toEqual({
      'data.until': expect.stringContaining('"2026-02-29" is not a date that exists'),
    });
  });

  test('regions and countries that do not exist', async () => {
    expect(await errorsOf(s.Arrived('2026-01-02', { region: 'KZ-99' }))).toEqual({
      'data.region': expect.stringMatching(/^"KZ-99" is no region of Kazakhstan: use one of .*KZ-75/),
    });
    expect(await errorsOf(s.Arrived('2026-01-02', { region: 'Almaty' }))).toEqual({
      'data.region': expect.stringMatching(/^"Almaty" is not a region code/),
    });
    expect(await errorsOf(s.FamilyMemberAdded('2026-01-02', { citizenship: 'XX' }))).toEqual({
      'data.citizenship': expect.stringMatching(/^"XX" is no country/),
    });
  });

  test('personal values are never repeated', async () => {
    const secret = 'U1\u0007SECRET';
    const worker = s.WorkerRegistered('2026-01-01', {
      passportNumber: secret,
      birthDate: '1988-02-30',
      iin: '061211600013',
      familyName: '',
    });
    const refusal = await given().when(record(worker)).thenRefused('invalid-event', 400);
    expect(refusal.errors?.map(({ path }) => path).sort()).toEqual([
      'data.birthDate',
      'data.familyName',
      'data.iin',
      'data.passportNumber',
    ]);
    expect(JSON.stringify([refusal.message, refusal.errors])).not.toMatch(/SECRET|1988-02-30|061211600013/);
  });

  test('in an array every wrong event is named by its number', async () => {
    const refusal = await given(registered)
      .when(recordAll(s.Arrived('2026-01-12'), s.Arrived('2026-01-32', { region: 'KZ-00' })))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors?.map(({ path }) => path)).toEqual(['[1].occurredOn', '[1].data.region']);
  });

  test('nothing at all', async () => {
    await given(registered).when(recordAll()).thenRefused('invalid-event', 400);
  });

  test('an acknowledgement comes with a reason', async () => {
    expect(await errorsOf(s.Arrived('2026-01-02', {}, { acknowledge: ['extension-limit'] }))).toEqual({
      reason: expect.stringContaining('is missing'),
    });
  });
});

describe('numbers of the state', () => {
  test('the check digit, by the first and the second weights, and where none exists', () => {
    expect(checkDigit('06121160001')).toBe(2);
    expect(checkDigit('90050540010')).toBe(9);
    expect(checkDigit('01021550000')).toBe(3);
    expect(checkDigit('85010130060')).toBe(3);
    expect(checkDigit('85010130069')).toBeNull();
  });

  test('a wrong check digit is refused', () => {
    expect(checkIin('061211600013').problem).toContain('check digit');
    expect(checkIin('850101300690').problem).toContain('never issued');
    expect(checkEmployerNumber('120340004563').problem).toContain('check digit');
    expect(checkEmployerNumber('12034000456').problem).toBe('must be 12 digits');
    for (const iin of ['061211600012', '900505400109', '010215500003', '850101300603']) {
      expect(checkIin(iin)).toEqual({ problem: null, warnings: [] });
    }
  });

  test('an odd structure of an employer only warns', () => {
    expect(checkEmployerNumber('120340004562')).toEqual({ problem: null, warnings: [] });
    const digits = '12994000456';
    const odd = checkEmployerNumber(`${digits}${checkDigit(digits)}`);
    expect(odd).toEqual({ problem: null, warnings: [expect.stringContaining('structure')] });
  });

  test('an IIN begins with a date that exists; an unknown century only warns', () => {
    const impossible = '06133260001';
    expect(checkIin(`${impossible}${checkDigit(impossible)}`).problem).toContain('date of birth');
    const foreign = '06121100001';
    expect(checkIin(`${foreign}${checkDigit(foreign)}`)).toEqual({ problem: null, warnings: [expect.any(String)] });
  });

  test('an IIN that does not begin with the birth date is recorded with a warning', async () => {
    const teller = await given().told();
    const { plan } = await teller.tell(record(s.WorkerRegistered('2026-01-01', { iin: '061211600012' })));
    expect(plan.warnings).toEqual([{ path: 'data.iin', message: expect.stringContaining('birthDate') }]);
  });
});

describe('the catalogue', () => {
  test('says of every type what it means and what is personal', () => {
    expect(eventTypes.size).toBeGreaterThanOrEqual(37);
    for (const [name, type] of eventTypes) {
      expect(type.type).toBe(name);
      expect(type.meaning).toMatch(/^[A-Z].*\.$/);
      for (const field of type.personal) expect(Object.keys(type.data.shape)).toContain(field);
      for (const derived of Object.keys(type.derived ?? {}))
        expect(Object.keys(type.data.shape)).not.toContain(derived);
    }
  });

  test('a field of a person is marked as personal in every type', () => {
    const always = [
      'familyName',
      'givenName',
      'patronymic',
      'birthDate',
      'passportNumber',
      'iin',
      'address',
      'traineeName',
    ];
    let marked = 0;
    for (const { data, personal } of eventTypes.values()) {
      for (const field of always.filter((name) => name in data.shape)) {
        expect(personal).toContain(field);
        marked += 1;
      }
    }
    expect(marked).toBeGreaterThanOrEqual(20);
  });

  test('old shapes are brought up step by step, newer ones are not guessed', () => {
    const steps = {
      Arrived: [
        (data: object) => ({ ...data, purpose: 'work' }),
        ({ region, ...rest }: { region?: unknown }) => ({ ...rest, regionCode: region }),
      ],
    };
    expect(upcast('Arrived', 1, 3, { region: 'KZ-75' }, steps)).toEqual({ purpose: 'work', regionCode: 'KZ-75' });
    expect(upcast('Arrived', 2, 3, { region: 'KZ-75' }, steps)).toEqual({ regionCode: 'KZ-75' });
    expect(upcast('Arrived', 3, 3, { regionCode: 'KZ-75' }, steps)).toEqual({ regionCode: 'KZ-75' });
    expect(() => upcast('Arrived', 4, 3, {}, steps)).toThrow(/update the ledger/);
    expect(() => upcast('Departed', 1, 2, {}, steps)).toThrow(/no upcaster/);
  });
});
