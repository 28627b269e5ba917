/** The health of a relay as it is in force: what it says about itself, and what shows only when it is tried. */
import type { RelayFacts } from '../control/methods/relay.ts';
import { type Check, check, failed } from '../health/check.ts';
import { checkClock } from '../health/clock-check.ts';
import type { ReverseDnsFinding } from '../health/reverse-dns-check.ts';
import { MailChecks, type MailChecksDependencies } from './health-mail.ts';
import { OutsideChecks, type OutsideChecksDependencies } from './health-outside.ts';
import { OwnChecks, type OwnChecksDependencies } from './health-own.ts';

export interface HealthChecksDependencies
  extends OwnChecksDependencies,
    MailChecksDependencies,
    OutsideChecksDependencies {
  readonly facts: () => Promise<RelayFacts>;
}

export interface HealthWish {
  /** Host and port of a time server. */
  readonly timeServer: string;
  /** A domain to whose mail hosts the port outward is tried. */
  readonly probeDomain: string;
  /** Null leaves deliverability out. */
  readonly sender: string | null;
}

export class HealthChecks {
  readonly #deps: HealthChecksDependencies;

  constructor(deps: HealthChecksDependencies) {
    this.#deps = deps;
  }

  /** All checks, each for itself: one that fails in itself says so and hinders no other. */
  async run({ timeServer, probeDomain, sender }: HealthWish): Promise<Check[]> {
    const { now } = this.#deps;
    const facts = await this.#deps.facts();
    const own = new OwnChecks(this.#deps);
    const mail = new MailChecks(this.#deps);
    const outside = new OutsideChecks(this.#deps);
    const checks: readonly (() => Promise<Check | Check[]>)[] = [
      async () => own.service(facts),
      () => mail.listeners(),
      () => mail.openRelay(),
      () => outside.dns(),
      () => outside.reverseDns(),
      () => outside.outboundPort(probeDomain),
      () => mail.connectors(),
      async () => own.certificates(facts),
      () => own.queue(facts),
      () => own.disk(facts),
      async () => check('Clock', null, await checkClock(timeServer, now)),
      () => own.logs(facts),
      () => own.controlToken(),
      async () => (sender === null ? [] : outside.deliverability(sender)),
    ];
    const broke = (error: Error) =>
      check('Service', null, failed(`A check broke: ${error.message}.`, 'Look into the activity log.'));
    return (await Promise.all(checks.map(run => run().catch(broke)))).flat();
  }

  /** The name of an address. @param ehloName what it should be; null for any */
  reverseDns(ipAddress: string, ehloName: string | null): Promise<ReverseDnsFinding> {
    return new OutsideChecks(this.#deps).nameOf(ipAddress, ehloName);
  }
}
