/**
 * What becomes of mail when the next hop misbehaves: each fault switch of smtp-sink, a real server of
 * Postfix, with the commands it can be given; then the fault ends, and what waited arrives once.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { type Fate, type FaultyHop, FaultyHops } from '../support/faulty-hops.ts';
import { until } from '../support/relay-harness.ts';

const needed = existsSync('/usr/sbin/smtp-sink') ? false : 'smtp-sink (package postfix) is not installed';

const SOFT = /450 4\.3\.0 Error: command failed/;
const HARD = /500 5\.3\.0 Error: command failed/;
const CUT = /connection|lost|cut|closed/i;
const BYE = /421 4\.0\.0 Server closing connection|421/;

const delivered: Fate = { outcome: 'delivered' };
const hopRetries = (says: RegExp): Fate => ({ outcome: 'hopRetries', says });
const deferred = (says: RegExp): Fate => ({ outcome: 'deferred', says });
const returned = (says: RegExp): Fate => ({ outcome: 'returned', says });
const atTheEnd = (fate: Fate): Fate => ({ ...fate, atTheEnd: true });

/** [switches, what must become of the message, about the message] */
type Row = readonly [switches: string | null, fate: Fate, about?: Pick<FaultyHop, 'body' | 'size'>];

const ROWS: readonly Row[] = [
  // Nobody there, or no session comes about: the queue waits, whatever the code was.
  [null, hopRetries(/refused/)],
  ['-r CONNECT', hopRetries(SOFT)],
  ['-f CONNECT', hopRetries(HARD)],
  ['-q CONNECT', hopRetries(CUT)],
  ['-Q CONNECT', hopRetries(BYE)],
  ['-r EHLO,HELO', hopRetries(SOFT)],
  ['-f EHLO,HELO', hopRetries(HARD)],
  ['-q EHLO', hopRetries(CUT)],
  ['-Q EHLO', hopRetries(BYE)],
  ['-L', hopRetries(/./)],
  // EHLO is refused, HELO is not.
  ['-f EHLO', delivered],
  ['-e', delivered],
  // Soft refusals: each recipient waits with the server's words.
  ['-r MAIL', deferred(SOFT)],
  ['-r RCPT', deferred(SOFT)],
  ['-r DATA', deferred(SOFT)],
  ['-r .', atTheEnd(deferred(SOFT))],
  ['-r RCPT -b "452 4.2.2 Mailbox full"', deferred(/452 4\.2\.2 Mailbox full/)],
  ['-r . -b "451 4.7.1 Greylisted, come back"', atTheEnd(deferred(/451 4\.7\.1 Greylisted, come back/))],
  // Hard refusals: the sender gets the server's words.
  ['-f MAIL', returned(HARD)],
  ['-f RCPT', returned(HARD)],
  ['-f DATA', returned(HARD)],
  ['-f .', atTheEnd(returned(HARD))],
  ['-f RCPT -B "550 5.1.1 No such user here"', returned(/550 5\.1\.1 No such user here/)],
  ['-f MAIL -B "553 5.1.8 Sender not wanted"', returned(/553 5\.1\.8 Sender not wanted/)],
  ['-f . -B "554 5.7.1 Looks like spam"', atTheEnd(returned(/554 5\.7\.1 Looks like spam/))],
  ['-A 0', returned(/550/)],
  // Disconnects in the middle: in doubt it is tried again.
  ['-q MAIL', deferred(CUT)],
  ['-q RCPT', deferred(CUT)],
  ['-q DATA', deferred(CUT)],
  ['-q .', atTheEnd(deferred(CUT))],
  ['-Q MAIL', deferred(BYE)],
  ['-Q RCPT', deferred(BYE)],
  ['-Q DATA', deferred(BYE)],
  ['-Q .', atTheEnd(deferred(BYE))],
  // What comes after the message can't hurt it.
  ['-r RSET,NOOP,QUIT', delivered],
  ['-f RSET,NOOP,QUIT', delivered],
  ['-q QUIT', delivered],
  ['-Q RSET', delivered],
  // Slow, but within patience; and beyond it. Without -p smtp-sink forgets commands behind one that it delays.
  ['-w 1', delivered],
  ['-p -W RCPT:1', delivered],
  ['-W .:2', delivered],
  ['-H 1', delivered, { size: 1_000_000 }],
  ['-W CONNECT:8', hopRetries(/./)],
  ['-p -W MAIL:8', deferred(/./)],
  ['-p -W RCPT:8', deferred(/./)],
  ['-W .:14', atTheEnd(deferred(/./))],
  // Servers that offer less.
  ['-p', delivered],
  ['-a', delivered],
  ['-8', delivered],
  ['-8', delivered, { body: '8BITMIME' }],
  ['-N', delivered],
  ['-E', delivered],
  ['-C', delivered],
  ['-F', delivered],
  ['-P', delivered],
  ['-m 1', delivered],
  ['-T 1000', delivered, { size: 400_000 }],
];

const HOPS: readonly FaultyHop[] = ROWS.map(([switches, fate, about], at) => ({
  name: `f${at}`,
  switches: switches === null ? null : [...switches.matchAll(/"([^"]*)"|(\S+)/g)].map(match => match[1] ?? match[2]!),
  ...fate,
  ...about,
}));

test('whatever smtp-sink does to it, mail is where it belongs', { skip: needed, timeout: 120_000 }, async t => {
  const hops = await FaultyHops.start(t, HOPS);
  await Promise.all(HOPS.map(hop => hops.send(hop)));

  for (const [at, hop] of HOPS.entries()) {
    const [switches, , about] = ROWS[at]!;
    const title = `smtp-sink ${switches ?? '(not running)'}${about?.body ? ` with ${about.body}` : ''}: ${hop.outcome}`;
    await t.test(title, async () => {
      await hops.lands(hop);
      const taken = await hops.taken(hop);
      if (hop.outcome === 'delivered') assert.deepEqual(taken, hops.recipientsOf(hop));
      else assert.deepEqual(taken, hop.atTheEnd ? hops.recipientsOf(hop) : []);
    });
  }

  await t.test('when the faults end, what waited arrives once, and nothing else comes again', async () => {
    await Promise.all(HOPS.map(hop => hops.mend(hop)));
    const { control } = hops.relay;
    await until(
      'nothing waits',
      async () => {
        await control.call('queue.retry', { identity: '*' });
        return (await control.call('relay.get')).queued === 0;
      },
      20_000,
    );
    assert.deepEqual(await control.call('message.list'), []);
    for (const hop of HOPS) {
      const waited = hop.outcome === 'deferred' || hop.outcome === 'hopRetries';
      assert.deepEqual(await hops.taken(hop), waited ? hops.recipientsOf(hop) : [], hop.name);
    }
    // One report for each that was returned, and not one more.
    const returned = HOPS.filter(({ outcome }) => outcome === 'returned').map(({ name }) => `${name}@senders.test`);
    assert.deepEqual(hops.relay.sink.messages.flatMap(({ recipients }) => recipients).sort(), returned.sort());
  });
});
