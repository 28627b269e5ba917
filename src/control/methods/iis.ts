/** An IIS SMTP configuration: looked at, and taken over as one change of the settings. */
import { join } from 'node:path';
import { RelayProblem } from '../../contract/problems.ts';
import { type Plan, type PlanEntry, planOf } from '../../iis/plan.ts';
import { readSource } from '../../iis/read-source.ts';
import { countsOf, htmlReport, textReport } from '../../iis/report.ts';
import { SourceError } from '../../iis/source.ts';
import { coversEveryone, parseNetwork } from '../../message/network.ts';
import type { Credentials } from '../../settings/credentials.ts';
import { DROP_FOLDER } from '../../settings/folder-rules.ts';
import type { Settings } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import type { Params, PartOf, Result } from '../handlers.ts';
import { bytesOf } from '../written.ts';

export interface IisMethodsDependencies {
  readonly store: SettingsStore;
  readonly credentials: Credentials;
  readonly dataFolder: string;
  readonly now: () => number;
}

type PlanParams = Params<'iis.plan'>;
type Given = NonNullable<Params<'iis.import'>['credentials']>;

export function iisMethods({ store, credentials, dataFolder, now }: IisMethodsDependencies): PartOf<'iis'> {
  const plan = (params: PlanParams, current: Settings): Plan =>
    reading(() =>
      planOf(readSource(bytesOf(params.content)), {
        current,
        windows: process.platform === 'win32',
        merge: params.merge ?? false,
        virtualServers: params.virtualServers ?? null,
        openTo: networksOf(params.openTo ?? []),
        dropDirectory: join(dataFolder, DROP_FOLDER),
      }),
    );

  return {
    'iis.plan': params => shown(plan(params, store.current), [], null, store.version),
    'iis.import': async ({ credentials: given = [], strict, ...params }) => {
      let planned: Plan | null = null;
      const previous = await store.checkpoint();
      await store.change(current => {
        planned = plan(params, current);
        if (strict) refuseWhatIsLeft(withSecrets(planned, given));
        return planned.settings;
      }, now());
      const done = planned as unknown as Plan;
      await keepSecrets(credentials, done, given, now());
      return shown(done, given, previous, store.version);
    },
  };
}

function reading<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new RelayProblem(
      'SourceUnreadable',
      `The file cannot be read as an IIS SMTP configuration. ${error.message}`,
      [],
      {
        cause: error,
      },
    );
  }
}

/** Networks that may relay in place of everybody: IPv4, which is all that IIS heard, and not the whole Internet. */
function networksOf(networks: readonly string[]): readonly string[] {
  const details = networks.flatMap((value, index) => {
    const network = parseNetwork(value);
    return 'error' in network || network.family !== 4
      ? [{ path: `openTo[${index}]`, value, message: 'must be an IPv4 address, network or range' }]
      : [];
  });
  if (details.length > 0) throw new RelayProblem('InvalidParameter', 'openTo: IPv4 networks are needed.', details);
  if (coversEveryone(networks))
    throw new RelayProblem(
      'OpenRelay',
      `With ${networks.join(', ')} everybody could relay: this would be an open relay.`,
    );
  return networks;
}

const sameUser = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** A password that is given is no longer missing. */
function withSecrets({ entries, secrets }: Plan, given: Given): readonly PlanEntry[] {
  const known = secrets.filter(({ userName }) => given.some(one => sameUser(one.userName, userName)));
  return entries.map(entry => {
    const satisfied =
      entry.setting === 'RoutePassword' &&
      known.some(({ connector }) => entry.mapsTo === `connectors[${connector}].authenticationMethod`);
    return satisfied && entry.outcome === 'NeedsSecret'
      ? { ...entry, outcome: 'Carried', reason: 'The password was given.', action: null }
      : entry;
  });
}

function refuseWhatIsLeft(entries: readonly PlanEntry[]): void {
  const left = entries.filter(({ outcome }) => outcome === 'Refused' || outcome === 'NeedsSecret');
  if (left.length === 0) return;
  const words = left.slice(0, 10).map(({ setting, location, reason }) => `${setting} of ${location}: ${reason ?? ''}`);
  throw new RelayProblem(
    'ImportRefused',
    `Nothing was changed, since ${left.length} values could not be carried over. ${words.join(' ')}`,
  );
}

/** What an earlier connector of the same name logged on with must not go to another server. */
async function keepSecrets(credentials: Credentials, plan: Plan, given: Given, now: number): Promise<void> {
  for (const { connector, userName } of plan.secrets) {
    const found = given.find(one => sameUser(one.userName, userName));
    if (found) await credentials.keep(connector, { kind: 'Password', password: found.password }, now);
    else await credentials.remove(connector);
  }
}

function shown(plan: Plan, given: Given, previousVersion: number | null, settingsVersion: number): Result<'iis.plan'> {
  const entries = withSecrets(plan, given);
  return {
    applied: previousVersion !== null,
    previousVersion,
    settingsVersion,
    virtualServers: plan.virtualServers.map(server => ({ ...server })),
    counts: countsOf(entries),
    needsPerson: entries.filter(({ action }) => action !== null).length,
    notes: [...plan.notes],
    settings: entries.map(entry => ({ ...entry })),
    text: textReport(plan, entries),
    html: htmlReport(plan, entries),
  };
}
