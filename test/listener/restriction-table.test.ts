/**
 * Who may relay, as one table: what an administrator is told by restriction.test and what a client
 * from that address hears must be the same, and must be what the table says.
 */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { freePort, TestRelay } from '../support/relay-harness.ts';
import { SmtpClient } from '../support/relay-smtp.ts';

const PASSWORD = 'table of cases';
const hasIpv6 = Object.values(networkInterfaces())
  .flatMap(list => list ?? [])
  .some(entry => entry.address === '::1');

interface Policy {
  readonly mode?: 'OnlyListed' | 'AllExceptListed';
  readonly entries: readonly (string | { entry: string; comment: string })[];
  readonly allowAuthenticated?: boolean;
  /** Domains; with a `-` in front they are not open to anybody. */
  readonly domains?: readonly string[];
}

interface Case {
  /** Where the client comes from; with `mapped`, to a socket that speaks both families. */
  readonly from: string;
  readonly mapped?: boolean;
  readonly account?: boolean;
  /** Default: someone@elsewhere.example. */
  readonly to?: string;
  /** The rule that lets it through, or `no ` and the rule that refuses. */
  readonly expected: string;
}

const LOCAL = ['127.0.0.0/8', '::1'];

const TABLE: readonly { readonly title: string; readonly policy: Policy; readonly cases: readonly Case[] }[] = [
  {
    title: 'the default list',
    policy: { entries: LOCAL },
    cases: [
      { from: '127.0.0.1', expected: 'OnlyListed:127.0.0.0/8' },
      { from: '127.255.255.254', expected: 'OnlyListed:127.0.0.0/8' },
      { from: '::1', expected: 'OnlyListed:::1' },
      { from: '127.0.0.1', mapped: true, expected: 'OnlyListed:127.0.0.0/8' },
    ],
  },
  {
    title: 'a single address',
    policy: { entries: ['127.0.0.2'] },
    cases: [
      { from: '127.0.0.2', expected: 'OnlyListed:127.0.0.2' },
      { from: '127.0.0.1', expected: 'no OnlyListed:none' },
      { from: '127.0.0.3', expected: 'no OnlyListed:none' },
      { from: '127.0.0.2', mapped: true, expected: 'OnlyListed:127.0.0.2' },
      { from: '127.0.0.1', mapped: true, expected: 'no OnlyListed:none' },
      { from: '::1', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', account: true, expected: 'Authenticated' },
      { from: '::1', account: true, expected: 'Authenticated' },
      { from: '127.0.0.2', account: true, expected: 'Authenticated' },
    ],
  },
  {
    title: 'an IPv4 address written as IPv6',
    policy: { entries: ['::ffff:127.0.0.2', '::ffff:127.1.0.0/112'] },
    cases: [
      { from: '127.0.0.2', expected: 'OnlyListed:127.0.0.2' },
      { from: '127.0.0.2', mapped: true, expected: 'OnlyListed:127.0.0.2' },
      { from: '127.1.2.3', expected: 'OnlyListed:127.1.0.0/16' },
      { from: '127.2.0.1', expected: 'no OnlyListed:none' },
    ],
  },
  {
    title: 'networks, ranges and comments',
    policy: {
      entries: [
        '127.1.0.0/16',
        '127.2.0.10-127.2.0.20',
        { entry: '127.3.3.3', comment: 'the old scanner' },
        '127.4.0.0/255.255.0.0',
      ],
    },
    cases: [
      { from: '127.1.0.0', expected: 'OnlyListed:127.1.0.0/16' },
      { from: '127.1.255.255', expected: 'OnlyListed:127.1.0.0/16' },
      { from: '127.0.255.255', expected: 'no OnlyListed:none' },
      { from: '127.2.0.9', expected: 'no OnlyListed:none' },
      { from: '127.2.0.10', expected: 'OnlyListed:127.2.0.10-127.2.0.20' },
      { from: '127.2.0.20', expected: 'OnlyListed:127.2.0.10-127.2.0.20' },
      { from: '127.2.0.21', expected: 'no OnlyListed:none' },
      { from: '127.3.3.3', expected: 'OnlyListed:127.3.3.3' },
      { from: '127.4.200.7', expected: 'OnlyListed:127.4.0.0/16' },
      { from: '127.5.0.1', expected: 'no OnlyListed:none' },
    ],
  },
  {
    title: 'entries that overlap: the narrowest is named',
    policy: { entries: ['127.0.0.0/8', '127.1.0.0/16', '127.1.2.0-127.1.2.9', '127.1.2.3'] },
    cases: [
      { from: '127.9.9.9', expected: 'OnlyListed:127.0.0.0/8' },
      { from: '127.1.9.9', expected: 'OnlyListed:127.1.0.0/16' },
      { from: '127.1.2.4', expected: 'OnlyListed:127.1.2.0-127.1.2.9' },
      { from: '127.1.2.3', expected: 'OnlyListed:127.1.2.3' },
      { from: '127.1.2.3', mapped: true, expected: 'OnlyListed:127.1.2.3' },
    ],
  },
  {
    title: 'an IPv6 network that could be taken for all of IPv4 by mistake',
    policy: { entries: ['::/96', '2001:db8::/32'] },
    cases: [
      { from: '::1', expected: 'OnlyListed:::/96' },
      { from: '127.0.0.1', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', mapped: true, expected: 'no OnlyListed:none' },
    ],
  },
  {
    title: 'nobody',
    policy: { entries: [] },
    cases: [
      { from: '127.0.0.1', expected: 'no OnlyListed:none' },
      { from: '::1', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', account: true, expected: 'Authenticated' },
    ],
  },
  {
    title: 'nobody, and logging on does not help',
    policy: { entries: ['127.0.0.2'], allowAuthenticated: false },
    cases: [
      { from: '127.0.0.1', account: true, expected: 'no OnlyListed:none' },
      { from: '127.0.0.2', account: true, expected: 'OnlyListed:127.0.0.2' },
    ],
  },
  {
    title: 'everybody but',
    policy: { mode: 'AllExceptListed', entries: ['127.6.0.0/16', '127.7.0.1-127.7.0.5'], domains: ['open.example'] },
    cases: [
      { from: '127.0.0.1', expected: 'AllExceptListed:none' },
      { from: '::1', expected: 'AllExceptListed:none' },
      { from: '127.6.1.1', expected: 'no AllExceptListed:127.6.0.0/16' },
      { from: '127.6.1.1', mapped: true, expected: 'no AllExceptListed:127.6.0.0/16' },
      { from: '127.7.0.5', expected: 'no AllExceptListed:127.7.0.1-127.7.0.5' },
      { from: '127.7.0.6', expected: 'AllExceptListed:none' },
      { from: '127.6.1.1', account: true, expected: 'Authenticated' },
      { from: '127.6.1.1', to: 'someone@open.example', expected: 'AcceptedDomain:open.example' },
    ],
  },
  {
    title: 'accepted domains',
    policy: {
      entries: ['127.0.0.2'],
      domains: ['open.example', '*.sub.example', '-closed.example', 'b\u00fccher.example', 'relay.test'],
    },
    cases: [
      { from: '127.0.0.1', to: 'someone@open.example', expected: 'AcceptedDomain:open.example' },
      { from: '127.0.0.1', to: 'someone@OPEN.Example', expected: 'AcceptedDomain:open.example' },
      { from: '::1', to: 'someone@open.example', expected: 'AcceptedDomain:open.example' },
      { from: '127.0.0.1', to: 'someone@a.open.example', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', to: 'someone@notopen.example', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', to: 'someone@open.example.evil.example', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', to: 'someone@a.sub.example', expected: 'AcceptedDomain:*.sub.example' },
      { from: '127.0.0.1', to: 'someone@b.a.sub.example', expected: 'AcceptedDomain:*.sub.example' },
      { from: '127.0.0.1', to: 'someone@sub.example', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', to: 'someone@closed.example', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', to: 'someone@b\u00fccher.example', expected: 'AcceptedDomain:b\u00fccher.example' },
      { from: '127.0.0.1', to: 'someone@xn--bcher-kva.example', expected: 'AcceptedDomain:b\u00fccher.example' },
      { from: '127.0.0.1', to: 'someone@elsewhere.example', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', to: 'third%evil.example@open.example', expected: 'no RoutedLocalPart' },
      { from: '127.0.0.1', to: 'evil.example!third@open.example', expected: 'no RoutedLocalPart' },
      { from: '127.0.0.1', to: 'third%evil.example@open.example', account: true, expected: 'Authenticated' },
      { from: '127.0.0.2', to: 'third%evil.example@open.example', expected: 'OnlyListed:127.0.0.2' },
      { from: '127.0.0.1', to: 'someone@[127.0.0.1]', expected: 'no OnlyListed:none' },
      { from: '127.0.0.1', to: 'postmaster', expected: 'AcceptedDomain:relay.test' },
      { from: '127.0.0.1', to: 'PostMaster', expected: 'AcceptedDomain:relay.test' },
      { from: '127.0.0.2', to: 'postmaster', expected: 'OnlyListed:127.0.0.2' },
      { from: '127.0.0.1', to: 'not an address', expected: 'no BadAddress' },
      { from: '127.0.0.2', to: 'someone@open..example', expected: 'no BadAddress' },
      { from: '127.0.0.1', to: 'someone@open.example', account: true, expected: 'Authenticated' },
    ],
  },
];

let relay: TestRelay;
let dualPort: number;

before(async () => {
  dualPort = await freePort();
  const bindings: object[] = [{ address: '0.0.0.0' }];
  if (hasIpv6) bindings.push({ address: '::', port: dualPort });
  relay = await TestRelay.start({ listener: { bindings } });
  await relay.control.call('account.create', { name: 'member', password: PASSWORD });
});
after(() => relay.stop());

async function enforce(policy: Policy): Promise<void> {
  for (const { name } of await relay.control.call('domain.list')) await relay.control.call('domain.remove', { name });
  for (const domain of policy.domains ?? [])
    await relay.control.call('domain.create', { name: domain.replace(/^-/, ''), allowRelay: !domain.startsWith('-') });
  await relay.control.call('restriction.set', {
    mode: policy.mode ?? 'OnlyListed',
    entries: policy.entries.map(entry => (typeof entry === 'string' ? { entry } : entry)),
    allowAuthenticated: policy.allowAuthenticated ?? true,
    acceptOpenRelay: true,
  });
}

async function asTold(row: Case): Promise<string> {
  const answer = await relay.control.call('restriction.test', {
    ipAddress: row.mapped ? `::ffff:${row.from}` : row.from,
    sender: 'a@b.example',
    recipient: row.to ?? 'someone@elsewhere.example',
    ...(row.account ? { account: 'member' } : {}),
  });
  assert.match(answer.reason, /^[A-Z].*\.$|^\S+.* is not a mail address\.$/);
  assert.equal(answer.nextHop === null, !answer.allowed);
  return `${answer.allowed ? '' : 'no '}${answer.rule}`;
}

/** The rule of a refusal as the protocol log has it; null when the recipient was taken. */
async function asHeard(row: Case): Promise<string | null> {
  const v6 = row.from.includes(':');
  const port = v6 || row.mapped ? dualPort : relay.port;
  const client = await SmtpClient.ready(port, v6 ? { host: '::1' } : { localAddress: row.from });
  try {
    if (row.account) await client.say(`AUTH PLAIN ${Buffer.from(`\0member\0${PASSWORD}`).toString('base64')}`, 235);
    await client.say('MAIL FROM:<a@b.example> SMTPUTF8', 250);
    const recipient = row.to ?? 'someone@elsewhere.example';
    const { code, text } = await client.say(`RCPT TO:<${recipient}>`);
    if (code === 250) return null;
    if (code === 501) return 'BadAddress';
    assert.equal(text, '550 5.7.1 Relaying denied');
    const [line] = (await relay.control.call('log.read', { clientIP: row.from, code: 550, tail: 1 })).slice(-1);
    assert.equal(line!.argument, `TO:<${recipient}>`);
    return line!.rule;
  } finally {
    await client.vanish();
  }
}

for (const { title, policy, cases } of TABLE)
  describe(`relaying with ${title}`, () => {
    before(() => enforce(policy));

    for (const row of cases) {
      const { from, mapped, account, to, expected } = row;
      const who = `${mapped ? '::ffff:' : ''}${from}${account ? ', logged on,' : ''}`;
      it(`${who} to ${to ?? 'anybody'}: ${expected}`, {
        skip: !hasIpv6 && (mapped || from.includes(':')),
      }, async () => {
        assert.equal(await asTold(row), expected);
        const heard = await asHeard(row);
        assert.equal(heard === null ? expected.replace(/^no .*/, 'was taken') : `no ${heard}`, expected);
      });
    }
  });

it('the table is large enough to mean something', () => {
  assert.ok(TABLE.reduce((sum, { cases }) => sum + cases.length, 0) >= 45);
});
