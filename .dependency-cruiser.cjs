// The walls between the rooms. A room is a folder under src/ (and projections/); the pure rooms know no framework,
// no network and no clock, so that the law can be replayed anywhere.
const PURE = '^(src/domain|src/law|projections)/';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'domain-is-leftmost',
      comment: 'The domain knows no other room.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^(src/(?!domain/)|projections/)' },
    },
    {
      name: 'law-knows-only-domain',
      severity: 'error',
      from: { path: '^src/law/' },
      to: { path: '^(src/(?!domain/|law/)|projections/)' },
    },
    {
      name: 'projections-know-only-domain-and-law',
      severity: 'error',
      from: { path: '^projections/' },
      to: { path: '^src/(?!domain/|law/)' },
    },
    {
      name: 'pure-rooms-use-few-packages',
      comment: 'Pure rooms may use zod, yaml, temporal and uuid, and node:fs/crypto/path only where the law is loaded.',
      severity: 'error',
      from: { path: PURE },
      to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/(zod|yaml|temporal-polyfill|uuid)/' },
    },
    {
      name: 'pure-rooms-do-no-io',
      severity: 'error',
      from: { path: PURE, pathNot: '^src/law/book\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-door-to-the-store',
      comment: 'Only these files import the client of EventStoreDB.',
      severity: 'error',
      from: {
        path: '^(src|projections)/',
        pathNot: '^src/(ledger/event-store\\.ts|reading/subscription\\.ts|embedded-store/)',
      },
      to: { path: 'node_modules/@eventstore/db-client/' },
    },
    {
      name: 'embedded-store-takes-only-the-messages',
      severity: 'error',
      from: { path: '^src/embedded-store/' },
      to: { path: 'node_modules/@eventstore/db-client/(?!generated/)' },
    },
    {
      name: 'embedded-store-knows-no-room',
      severity: 'error',
      from: { path: '^src/embedded-store/' },
      to: { path: '^(src/(?!embedded-store/)|projections/)' },
    },
    {
      name: 'only-the-bootstrap-starts-the-embedded-store',
      severity: 'error',
      from: { path: '^(src|projections)/', pathNot: '^src/(embedded-store/|main\\.ts|boot\\.ts|cli\\.ts|cli/)' },
      to: { path: '^src/embedded-store/' },
    },
    {
      name: 'class-validator-only-at-the-edge',
      severity: 'error',
      from: { path: '^(src|projections)/', pathNot: '^src/(api/|main\\.ts)' },
      to: { path: 'node_modules/class-(validator|transformer)/' },
    },
    {
      name: 'the-api-is-outermost',
      severity: 'error',
      from: { path: '^src/(ledger|reading|reactions)/' },
      to: { path: '^src/(api|cli)' },
    },
    {
      name: 'writing-knows-no-reading',
      severity: 'error',
      from: { path: '^src/ledger/' },
      to: { path: '^src/(reading|reactions)/' },
    },
    {
      name: 'nobody-behind-the-audit',
      comment: 'The auditor asks the other rooms; only the edge and the bootstrap ask the auditor.',
      severity: 'error',
      from: { path: '^(src|projections)/', pathNot: '^src/(audit/|api/|cli/|boot\\.ts|app\\.module\\.ts)' },
      to: { path: '^src/audit/' },
    },
    {
      name: 'audit-knows-no-edge',
      severity: 'error',
      from: { path: '^src/audit/' },
      to: { path: '^src/(api/|cli/|embedded-store/|boot\\.ts)' },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    parser: 'swc',
  },
};
