/** Listeners as clients meet them, and connectors as their next hops do. */
import type { TestStep } from '../deliver/test/step.ts';
import { type Check, check, type Finding, passed, warning, worstOf } from '../health/check.ts';
import { checkOpenRelay } from '../health/open-relay-check.ts';
import { testBinding } from '../listener/listener-test.ts';
import type { Statistics } from '../log/statistics.ts';
import { type Certificates, daysLeft } from '../settings/certificates/certificates.ts';
import { type Connector, fqdnOf } from '../settings/settings.ts';
import type { ConnectorTests } from './connector-tests.ts';
import type { InForce } from './in-force.ts';

export interface MailChecksDependencies {
  readonly inForce: InForce;
  readonly now: () => number;
  readonly certificates: () => Certificates;
  readonly connectorTests: ConnectorTests;
  readonly statistics: Statistics;
}

/** Days before its end at which a certificate is spoken of. */
const SOON = 30;

export class MailChecks {
  readonly #deps: MailChecksDependencies;

  constructor(deps: MailChecksDependencies) {
    this.#deps = deps;
  }

  async listeners(): Promise<Check[]> {
    const { settings } = this.#deps.inForce;
    const authorities = this.#deps.certificates().authorities().map(String);
    const tests = settings.listeners
      .filter(({ enabled }) => enabled)
      .flatMap(listener =>
        listener.bindings.map(async binding => {
          const steps = await testBinding(
            { ...listener, fqdn: listener.fqdn ?? fqdnOf(settings) },
            binding,
            authorities,
          );
          const target = `${listener.name} ${binding.address}:${binding.port}`;
          // That nobody vouches for our own certificate is no trouble where clients don't ask; its end has a check.
          const bad = worstOf(steps.filter(({ step, status }) => step !== 'Certificate' || status === 'Failed'));
          if (!bad) return check('Listener', target, passed(`It answers: ${steps[1]?.detail ?? steps[0]!.detail}`));
          const action = bad.action ?? `Test-SmtpListener -Identity ${listener.name}`;
          return check('Listener', target, { status: bad.status, detail: `${bad.step}: ${bad.detail}`, action });
        }),
      );
    return Promise.all(tests);
  }

  async openRelay(): Promise<Check[]> {
    const { settings, policy } = this.#deps.inForce;
    const mayRelay = (ipAddress: string, recipient: string) =>
      policy.decide({ ipAddress, account: null, recipient, sender: null }).allowed;
    const plain = settings.listeners.filter(({ enabled, tlsMode }) => enabled && tlsMode !== 'Implicit');
    return Promise.all(
      plain.flatMap(({ name: listener, bindings }) =>
        bindings.map(async ({ address, port }) =>
          check(
            'OpenRelay',
            `${listener} ${address}:${port}`,
            await checkOpenRelay({ listener, address, port, mayRelay }),
          ),
        ),
      ),
    );
  }

  async connectors(): Promise<Check[]> {
    const enabled = this.#deps.inForce.settings.connectors.filter(connector => connector.enabled);
    return Promise.all(enabled.map(connector => this.#connector(connector)));
  }

  async #connector(connector: Connector): Promise<Check> {
    const { name } = connector;
    const steps: TestStep[] = [];
    const wish = { sender: null, recipient: null, send: false };
    // Mail hosts depend on the recipient: of a direct connector only its settings can be tested.
    await this.#deps.connectorTests.run(connector, wish, step => void steps.push(step), new AbortController().signal);
    const last = this.#lastOf(name);
    const bad = worstOf(steps);
    if (bad)
      return check('Connector', name, {
        status: bad.status,
        detail: `${bad.step}${bad.target ? ` ${bad.target}` : ''}: ${bad.detail}${last}`,
        action: bad.action ?? `Test-SmtpConnector -Identity ${name}`,
      });
    const ends = this.#certificateOf(connector);
    if (ends !== null) return check('Connector', name, ends);
    const seen = new Set(steps.filter(({ status }) => status === 'Passed').map(({ step }) => step));
    return check('Connector', name, passed(`${[...seen].join(', ')}: as they should be.${last}`));
  }

  #lastOf(connector: string): string {
    const success = this.#deps.statistics.connectors.get(connector)?.lastSuccess;
    return success
      ? ` It last delivered ${new Date(success).toISOString()}.`
      : ' It has delivered nothing since the start.';
  }

  #certificateOf({ tokenCertificate }: Connector): Finding | null {
    const bundle = tokenCertificate === null ? null : this.#deps.certificates().get(tokenCertificate)?.bundle;
    const days = bundle ? daysLeft(bundle.certificate, this.#deps.now()) : null;
    if (days === null || days > SOON) return null;
    return warning(
      `The certificate ${tokenCertificate}, which signs requests for tokens, ends in ${days} days.`,
      'Make a new one, enter it at the application in Entra, and give it with Set-SmtpConnectorCredential -Certificate.',
    );
  }
}
