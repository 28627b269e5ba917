/** Tests a connector as it is in force: with its route, its secret and its tokens, and then its servers. */

import { explain } from '../contract/reply-catalogue.ts';
import { deliverByGraph } from '../deliver/graph.ts';
import type { HopManners } from '../deliver/manners.ts';
import { ConnectorTest, type Tell, type TestedConnector } from '../deliver/test/connector-test.ts';
import type { StepName, Verdict } from '../deliver/test/step.ts';
import { domainOf } from '../message/address.ts';
import { mailDate } from '../message/mail-date.ts';
import { formatReply, type Reply } from '../message/reply.ts';
import type { NextHop } from '../route/next-hop.ts';
import type { Certificates } from '../settings/certificates/certificates.ts';
import type { Credentials } from '../settings/credentials.ts';
import { type Connector, fqdnOf, postmasterOf } from '../settings/settings.ts';
import { hopOnArrival, type InForce } from './in-force.ts';
import type { LogOns } from './log-ons.ts';
import { mailServersOf, mannersOf, smartServersOf } from './manners.ts';
import type { Sts } from './sts.ts';

export interface ConnectorTestsDependencies {
  readonly inForce: InForce;
  readonly logOns: LogOns;
  readonly credentials: Credentials;
  readonly certificates: () => Pick<Certificates, 'materialOf'>;
  readonly sts: () => Sts;
  readonly now: () => number;
}

export interface TestWish {
  readonly sender: string | null;
  readonly recipient: string | null;
  /** A message goes out to the recipient. */
  readonly send: boolean;
}

/** No test waits as long for a server as a delivery may. */
const MOST_PATIENCE = 30_000;
/** Tokens of Microsoft say what they are good for. */
const ROLES = { SmartHost: 'SMTP.SendAsApp', Graph: 'Mail.Send' } as const;

export class ConnectorTests {
  readonly #deps: ConnectorTestsDependencies;

  constructor(deps: ConnectorTestsDependencies) {
    this.#deps = deps;
  }

  /** Name of the connector that takes mail for a recipient; null when none does. */
  connectorFor(recipient: string, sender: string | null): string | null {
    return this.#hopOf(recipient, sender).connector;
  }

  /** Of mail that an administrator sends from here: conditions on clients do not hold for it. */
  #hopOf(recipient: string, sender: string | null): NextHop {
    const { inForce } = this.#deps;
    const origin = { clientIp: null, listener: null, account: null };
    const reversePath = sender ?? postmasterOf(inForce.settings);
    return inForce.router.describe(hopOnArrival(inForce, { recipient, reversePath, origin }));
  }

  /** Never rejects; ends early when the signal says so. */
  async run(connector: Connector, wish: TestWish, tell: Tell, signal: AbortSignal): Promise<void> {
    const step = async (name: StepName, run: () => Promise<Verdict | null>): Promise<boolean> => {
      const begin = performance.now();
      const verdict = await run().catch(
        (error: Error): Verdict => ({
          status: 'Failed',
          detail: `${error.message}.`,
          action: explain(error.message)?.action ?? null,
        }),
      );
      if (!verdict) return true;
      const { reply = null, action = null, ...rest } = verdict;
      const elapsed = Math.round(performance.now() - begin);
      tell({ connector: connector.name, target: null, step: name, ...rest, reply, action, elapsed });
      return verdict.status !== 'Failed';
    };
    await step('Settings', async () => this.#settings(connector));
    if (wish.recipient !== null) await step('Route', async () => this.#route(connector, wish.recipient!, wish.sender));
    const logsOn = connector.type === 'Graph' || connector.authenticationMethod !== 'None';
    if (logsOn && !(await step('Credential', () => this.#credential(connector)))) return;
    const takesToken = connector.type === 'Graph' || connector.authenticationMethod === 'XOAUTH2';
    if (takesToken && !(await step('Token', () => this.#token(connector)))) return;
    if (signal.aborted) return;
    if (connector.type === 'Graph') await step('Send', () => this.#graph(connector, wish));
    else if (connector.type === 'Drop' || connector.type === 'Capture')
      await step('Connect', async () => ({
        status: 'Skipped',
        detail: `A ${connector.type} connector meets no server.`,
      }));
    else {
      const manners = mannersOf(this.#deps, connector);
      if ('missing' in manners) await step('Certificate', async () => unusable(manners.missing));
      else await new ConnectorTest(this.#tested(connector, manners, wish), tell, signal).run();
    }
  }

  #settings({ enabled, type, tlsMode, name }: Connector): Verdict | null {
    if (!enabled)
      return {
        status: 'Warning',
        detail: 'The connector is disabled: no mail goes through it.',
        action: `Set-SmtpConnector -Identity ${name} -Enabled $true`,
      };
    return { status: 'Passed', detail: `Type ${type}, TLS ${tlsMode}.` };
  }

  #route({ name }: Connector, recipient: string, sender: string | null): Verdict {
    const hop = this.#hopOf(recipient, sender);
    if (hop.connector === name)
      return { status: 'Passed', detail: `Mail for ${recipient} goes through this connector to ${hop.nextHopDomain}.` };
    const where = hop.connector === null ? 'through no connector' : `through connector ${hop.connector}`;
    return {
      status: 'Warning',
      detail: `Mail for ${recipient} goes ${where} (${hop.nextHopDomain}), not through this one.`,
      action: 'See AddressSpaces, Cost and the conditions of Get-SmtpConnector.',
    };
  }

  async #credential(connector: Connector): Promise<Verdict> {
    const { kind, error } = await this.#deps.credentials.factsOf(connector.name);
    if (error !== null) return { status: 'Failed', detail: `${error}.`, action: 'Set-SmtpConnectorCredential' };
    const { tokenCertificate } = connector;
    if (tokenCertificate !== null)
      return { status: 'Passed', detail: `The certificate ${tokenCertificate} signs requests for tokens.` };
    const needed = connector.type === 'Graph' || connector.authenticationMethod === 'XOAUTH2' ? 'token' : 'password';
    if (kind === 'None' || (kind === 'Password') !== (needed === 'password'))
      return {
        status: 'Failed',
        detail:
          kind === 'None'
            ? 'No secret is kept for this connector.'
            : `A ${kind} is kept, which is not what it logs on with.`,
        action: `Set-SmtpConnectorCredential -Identity ${connector.name} ${needed === 'password' ? '-Credential (Get-Credential)' : '-ClientSecret, -Certificate or -ServiceAccountPath'}`,
      };
    return { status: 'Passed', detail: `A ${kind} is kept for ${connector.authenticationUserName ?? 'each sender'}.` };
  }

  async #token(connector: Connector): Promise<Verdict> {
    const token = await this.#deps.logOns.token(connector, null);
    const claims = claimsOf(token);
    const wanted = connector.type === 'Graph' ? ROLES.Graph : ROLES.SmartHost;
    const roles = Array.isArray(claims?.roles) ? claims.roles.map(String) : [];
    const isMicrosoft =
      claims !== null && (claims.tid !== undefined || claims.roles !== undefined || claims.appid !== undefined);
    if (isMicrosoft && !roles.includes(wanted))
      return {
        status: 'Failed',
        detail: `A token was given, but it has not the application permission ${wanted} (it has ${roles.join(', ') || 'none'}).`,
        action: `Entra, App registrations, API permissions: add the application permission ${wanted}, and grant admin consent.`,
      };
    const minutes =
      typeof claims?.exp === 'number' ? Math.round((claims.exp * 1000 - this.#deps.now()) / 60_000) : null;
    return { status: 'Passed', detail: `A token was given${minutes === null ? '' : `, good for ${minutes} minutes`}.` };
  }

  async #graph(connector: Connector, wish: TestWish): Promise<Verdict> {
    if (!wish.send || wish.recipient === null)
      return {
        status: 'Skipped',
        detail: 'What Graph says to mail shows only when a message is sent.',
        action: `Test-SmtpConnector -Identity ${connector.name} -Recipient ADDRESS -Send`,
      };
    const message = Buffer.from(this.#message(connector, wish)!);
    const result = await deliverByGraph({
      endpoint: connector.graphEndpoint,
      mailbox: connector.authenticationUserName,
      token: refused => this.#deps.logOns.token(connector, refused),
      timeout: MOST_PATIENCE,
      message: { size: message.length, envelope: { reversePath: this.#sender(connector, wish) } },
      recipients: [{ address: wish.recipient, notify: [], orcpt: null }],
      body: async () => message,
    });
    const { reply } = result.kind === 'tried' ? result.outcomes[0]! : result;
    const words = formatReply(reply);
    if (result.kind === 'tried' && result.outcomes[0]!.kind === 'delivered')
      return { status: 'Passed', detail: 'Graph took the message.', reply: words };
    return {
      status: 'Failed',
      detail: 'Graph did not take the message.',
      reply: words,
      action: explain(words)?.action ?? null,
    };
  }

  #tested(connector: Connector, manners: HopManners, wish: TestWish): TestedConnector {
    const { smartHosts, type } = connector;
    const domain = wish.recipient === null || type === 'SmartHost' ? null : domainOf(wish.recipient);
    const direct =
      domain === null
        ? []
        : [{ name: `Mail hosts of ${domain}`, find: () => mailServersOf(this.#deps, connector, domain) }];
    return {
      manners,
      places: [
        ...direct,
        ...smartHosts.map(one => ({
          name: `${one.host}:${one.port}`,
          find: () => smartServersOf(this.#deps, connector, [one]),
        })),
      ],
      sender: this.#sender(connector, wish),
      recipient: wish.recipient,
      message: this.#message(connector, wish),
      patience: MOST_PATIENCE,
    };
  }

  #sender({ authenticationUserName }: Connector, { sender }: TestWish): string {
    if (sender !== null) return sender;
    return authenticationUserName?.includes('@') ? authenticationUserName : postmasterOf(this.#deps.inForce.settings);
  }

  #message(connector: Connector, wish: TestWish): string | null {
    if (!wish.send || wish.recipient === null) return null;
    const now = this.#deps.now();
    const name = fqdnOf(this.#deps.inForce.settings);
    return [
      `From: <${this.#sender(connector, wish)}>`,
      `To: <${wish.recipient}>`,
      `Subject: SmtpRelay test of connector ${connector.name.replace(/[^ -~]/g, '?')}`,
      `Date: ${mailDate(now)}`,
      `Message-ID: <${now.toString(36)}.test@${name}>`,
      '',
      `This message was sent by Test-SmtpConnector on ${name}.`,
      '',
    ].join('\r\n');
  }
}

const unusable = (reply: Reply): Verdict => ({
  status: 'Failed',
  detail: `${reply.text}.`,
  action: 'Get-SmtpCertificate; or set -TlsCertificate of the connector to another one.',
});

/** What a token says, unchecked: for people, never for a decision about mail. */
function claimsOf(token: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    return null;
  }
}
