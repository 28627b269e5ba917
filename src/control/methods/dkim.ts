/** DKIM keys and their DNS records. Private keys come in and never leave. */
import { judgeRecords, recordStrings, recordValue } from '../../dkim/record.ts';
import type { Dns } from '../../platform/dns.ts';
import { type DkimKeys, sizeOfPublic } from '../../settings/dkim-keys.ts';
import { type DkimKey, dkimName } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import type { PartOf, Result } from '../handlers.ts';
import { findNamed } from '../named-list.ts';
import { inTermsOf } from '../settings-change.ts';

export interface DkimMethodsDependencies {
  readonly store: SettingsStore;
  readonly now: () => number;
  readonly dkim: DkimKeys;
  /** One that remembers nothing: a record may have been entered a moment ago. */
  readonly dns: () => Pick<Dns, 'texts'>;
}

export function dkimMethods({ store, now, dkim, dns }: DkimMethodsDependencies): PartOf<'dkim'> {
  const named = () => store.current.dkimKeys.map(key => ({ ...key, name: dkimName(key) }));
  const find = (name: string) => findNamed(named(), 'DKIM key', name.replace(/\.$/, ''));
  const show = (key: DkimKey): Result<'dkim.create'> => ({
    name: dkimName(key),
    domain: key.domain,
    selector: key.selector,
    algorithm: key.algorithm,
    keySize: sizeOfPublic(key),
    enabled: key.enabled,
    publicKey: key.publicKey,
    recordName: dkimName(key),
    recordValue: recordValue(key),
    recordStrings: recordStrings(key),
    error: dkim.errorOf(key),
    comment: key.comment,
  });
  const adding = async (wish: { domain: string; selector: string }, run: () => Promise<void>) => {
    await inTermsOf(`dkimKeys[${store.current.dkimKeys.length}].`, run);
    return show(find(dkimName(wish)));
  };

  return {
    'dkim.list': () => store.current.dkimKeys.map(show),
    'dkim.create': ({ algorithm, ...wish }) => adding(wish, () => dkim.create(wish, algorithm ?? 'RSA')),
    'dkim.import': ({ content, replace, ...wish }) => adding(wish, () => dkim.import(wish, content, replace ?? false)),
    'dkim.set': async ({ name, ...rest }) => {
      const found = find(name);
      await store.change(
        current => ({
          ...current,
          dkimKeys: current.dkimKeys.map(key => (dkimName(key) === found.name ? { ...key, ...rest } : key)),
        }),
        now(),
      );
      return show(find(name));
    },
    'dkim.remove': async ({ name }) => {
      await dkim.remove(find(name));
      return { removed: 1 };
    },
    'dkim.test': async ({ name }) => {
      const key = find(name);
      const answer = await dns().texts(key.name);
      if (answer.kind === 'temporary')
        return {
          name: key.name,
          status: 'Unknown',
          found: [],
          message: `${answer.reason}.`,
          hint: 'Try again later, or name other DNS servers with Set-SmtpRelayConfiguration -DnsServer.',
        };
      const found = answer.kind === 'found' ? [...answer.records] : [];
      const verdict = judgeRecords(found, key);
      const isValid = verdict.status === 'Valid';
      return {
        name: key.name,
        status: verdict.status,
        found,
        message: isValid ? 'The record is that of the key.' : verdict.message,
        hint: isValid ? (key.enabled ? null : 'Let it sign with Set-SmtpDkimKey -Enabled $true.') : verdict.hint,
      };
    },
  };
}
