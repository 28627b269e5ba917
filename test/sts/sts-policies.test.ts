import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DnsAnswer } from '../../src/platform/dns.ts';
import type { StsPolicy } from '../../src/sts/policy.ts';
import { type KeptPolicy, StsPolicies } from '../../src/sts/sts-policies.ts';

const DAY = 86_400_000;
const policy = (changes: Partial<StsPolicy> = {}): StsPolicy => ({
  mode: 'enforce',
  mx: ['mail.a.example'],
  maxAge: 604_800,
  ...changes,
});

function scene(kept: readonly KeptPolicy[] = []) {
  const scene = {
    now: 1_000_000_000,
    announced: { kind: 'found', records: ['v=STSv1; id=1;'] } as DnsAnswer<string>,
    policy: policy() as StsPolicy | Error,
    fetched: 0,
    saved: kept,
    troubles: [] as string[],
    /** Holds up the policy host. */
    gate: null as Promise<void> | null,
    of: (): Promise<StsPolicy | null> => policies.of('a.example'),
    renew: (): Promise<void> => policies.renew(),
  };
  const policies = new StsPolicies({
    dns: () => ({ texts: async () => scene.announced }),
    fetch: async () => {
      scene.fetched++;
      await scene.gate;
      if (scene.policy instanceof Error) throw scene.policy;
      return scene.policy;
    },
    now: () => scene.now,
    kept,
    save: all => {
      scene.saved = all;
    },
    onTrouble: (domain, why, isKept) => scene.troubles.push(`${domain} ${isKept} ${why}`),
  });
  return scene;
}

test('a policy is fetched once for an id, by all who ask at a time, and again for another id', async () => {
  const s = scene();
  const [one, other] = await Promise.all([s.of(), s.of()]);
  assert.deepEqual([one, other, s.fetched], [policy(), policy(), 1]);
  assert.deepEqual(await s.of(), policy());
  assert.equal(s.fetched, 1);
  s.announced = { kind: 'found', records: ['v=STSv1; id=2;'] };
  s.policy = policy({ mode: 'testing' });
  assert.equal((await s.of())?.mode, 'testing');
  assert.equal(s.fetched, 2);
});

for (const [what, announced] of [
  ['DNS says nothing', { kind: 'temporary', reason: 'SERVFAIL' }],
  ['the announcement is gone', { kind: 'none', reason: 'does not exist' }],
  ['the announcement makes no sense', { kind: 'found', records: ['v=STSv1; id=-'] }],
] as const)
  test(`what is kept holds while ${what}, until its age is over`, async () => {
    const s = scene();
    await s.of();
    s.announced = announced;
    s.now += 6 * DAY;
    assert.deepEqual(await s.of(), policy());
    s.now += DAY + 1;
    assert.equal(await s.of(), null);
    assert.equal(s.fetched, 1);
  });

test('what is kept holds while its host fails, which is left alone for five minutes', async () => {
  const s = scene();
  await s.of();
  s.announced = { kind: 'found', records: ['v=STSv1; id=2;'] };
  s.policy = new Error('404');
  assert.deepEqual(await s.of(), policy());
  assert.deepEqual(await s.of(), policy());
  assert.deepEqual([s.fetched, s.troubles], [2, ['a.example true 404']]);
  s.now += 300_001;
  s.policy = policy({ mx: ['new.a.example'] });
  assert.deepEqual((await s.of())?.mx, ['new.a.example']);
});

test('without one kept, a domain whose policy can not be had is one without a policy', async () => {
  const s = scene();
  s.policy = new Error('404');
  assert.equal(await s.of(), null);
  assert.deepEqual(s.troubles, ['a.example false 404']);
});

test('one in use is renewed each day, so that it never ends while its host works', async () => {
  const s = scene();
  for (let day = 0; day < 20; day++) {
    assert.deepEqual(await s.of(), policy());
    s.now += DAY + 1;
  }
  assert.equal(s.fetched, 20);
});

test('mail does not wait for a policy that is renewed', async () => {
  const s = scene();
  await s.of();
  s.now += DAY;
  let open!: () => void;
  s.gate = new Promise(resolve => {
    open = resolve;
  });
  s.policy = policy({ mx: ['new.a.example'] });
  assert.deepEqual(await s.of(), policy());
  assert.deepEqual(await s.of(), policy());
  assert.equal(s.fetched, 2);
  open();
  await s.renew();
  await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual(await s.of(), policy({ mx: ['new.a.example'] }));
  assert.equal(s.fetched, 2);
});

test('one in use is renewed without mail, and without DNS, before it ends; one that nobody uses is not', async () => {
  const s = scene();
  s.policy = policy({ maxAge: 3600 });
  await s.of();
  await s.renew();
  assert.equal(s.fetched, 1);
  s.now += 1_800_000;
  s.announced = { kind: 'temporary', reason: 'SERVFAIL' };
  await s.renew();
  assert.equal(s.fetched, 2);
  s.now += 3_500_000;
  assert.equal((await s.of())?.mode, 'enforce');
  s.announced = { kind: 'none', reason: 'does not exist' };
  await s.renew();
  assert.equal(s.fetched, 2, 'it is announced no more');
  s.announced = { kind: 'found', records: ['v=STSv1; id=1;'] };
  s.now += 31 * DAY;
  await s.renew();
  assert.equal(s.fetched, 2, 'nobody uses it');
});

test('mode none asks for nothing', async () => {
  const s = scene();
  s.policy = policy({ mode: 'none', mx: [] });
  assert.equal(await s.of(), null);
});

test('what is saved is enough to go on after a restart', async () => {
  const before = scene();
  await before.of();
  const after = scene(before.saved);
  after.announced = { kind: 'temporary', reason: 'time-out' };
  assert.deepEqual(await after.of(), policy());
  assert.equal(after.fetched, 0);
});
