/** Joins what happens with whom it is told to: alerts, webhooks, and mail through the spool. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Alerts } from '../alert/alerts.ts';
import { Digest, type Gathered } from '../alert/digest.ts';
import { digestText } from '../alert/digest-text.ts';
import { newSecret, type WebhookAnswer } from '../alert/webhook-request.ts';
import { type WebhookSettings, type WebhookState, Webhooks } from '../alert/webhooks.ts';
import type { NamedTrouble } from '../health/problems.ts';
import type { Emit, RelayEvent } from '../log/events.ts';
import type { Notice } from '../log/notices.ts';
import { isAscii } from '../message/address.ts';
import type { Envelope } from '../message/envelope.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyStore } from '../platform/key-store.ts';
import { fqdnOf, postmasterOf, type Settings } from '../settings/settings.ts';
import { WebhookSecrets } from '../settings/webhook-secrets.ts';
import { VERSION } from '../version.ts';

export interface AlertDoorDependencies {
  readonly dataFolder: string;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly emit: Emit;
  /** Puts a message into the queue. @param connector null for the usual way @returns its queue id */
  readonly submit: (
    envelope: Envelope,
    text: Buffer,
    onId: (id: string) => void,
    connector: string | null,
  ) => Promise<string>;
}

/** Of our own mails so many are known. */
const OURS = 1000;

export class AlertDoor {
  readonly secrets: WebhookSecrets;
  readonly #deps: AlertDoorDependencies;
  readonly #alerts: Alerts;
  readonly #webhooks: Webhooks;
  readonly #digest: Digest;
  readonly #ours = new Set<string>();

  constructor(deps: AlertDoorDependencies) {
    this.#deps = deps;
    const { dataFolder, clock, settings, emit } = deps;
    this.secrets = new WebhookSecrets(join(dataFolder, 'webhook-secrets'), deps.keys);
    this.#webhooks = new Webhooks({
      folder: join(dataFolder, 'webhooks'),
      clock,
      settings: () => settings().webhooks,
      relay: () => ({ name: fqdnOf(settings()), version: VERSION }),
      secretOf: name => this.secrets.of(name),
      tell: (level, what) => emit({ type: 'service', level, what }),
    });
    this.#digest = new Digest({
      clock,
      settings: () => settings().alertMail,
      send: async gathered => void (await this.#mail(gathered)),
      onFailure: why =>
        emit({ type: 'service', level: 'error', what: `Alert mail could not be put into the queue: ${why}` }),
    });
    this.#alerts = new Alerts({
      clock,
      delay: () => settings().general.alertDelay * 1000,
      isOurs: id => this.#ours.has(id),
      tell: alert => {
        this.#webhooks.add(alert);
        this.#digest.add(alert);
      },
    });
  }

  async open(): Promise<void> {
    await this.secrets.open();
    await this.#webhooks.open();
  }

  notice(notice: Notice): void {
    this.#alerts.notice(notice);
  }

  event(event: RelayEvent): void {
    this.#alerts.event(event);
  }

  settingsChanged(): void {
    this.#webhooks.settingsChanged();
  }

  /** While the spool still takes mail. */
  async close(): Promise<void> {
    this.#alerts.close();
    await Promise.all([this.#digest.close(), this.#webhooks.close()]);
  }

  fresh(): string {
    return newSecret();
  }

  stateOf(webhook: string): WebhookState {
    return this.#webhooks.stateOf(webhook);
  }

  again(webhook: string): void {
    this.#webhooks.again(webhook);
  }

  testWebhook(webhook: WebhookSettings): Promise<WebhookAnswer> {
    return this.#webhooks.test(webhook);
  }

  sendTest(): Promise<string> {
    return this.#mail({ alerts: [], omitted: 0, isLast: false });
  }

  /** Webhooks that do not take their calls. */
  get failing(): NamedTrouble[] {
    return this.#deps.settings().webhooks.flatMap(({ name, enabled }) => {
      const { lastError, waiting } = this.#webhooks.stateOf(name);
      return enabled && lastError !== null
        ? [{ name, text: `Webhook ${name} does not take alerts (${waiting} wait): ${lastError}` }]
        : [];
    });
  }

  async #mail(gathered: Gathered): Promise<string> {
    const { clock, settings, submit } = this.#deps;
    const { alertMail, connectors } = settings();
    const fqdn = fqdnOf(settings());
    const from = alertMail.sender ?? postmasterOf(settings());
    const to = alertMail.recipients;
    const text = digestText(gathered, { fqdn, from, to, messageId: `${randomUUID()}@${fqdn}`, now: clock.now() });
    const envelope: Envelope = {
      reversePath: from,
      recipients: to.map(address => ({ address, notify: [], orcpt: null })),
      ret: null,
      envid: null,
      eightBitMime: !isAscii(text),
      smtpUtf8: ![from, ...to].every(isAscii),
    };
    const connector = connectors.find(({ name }) => name.toLowerCase() === alertMail.connector?.toLowerCase())?.name;
    return submit(envelope, Buffer.from(text), id => this.#remember(id), connector ?? null);
  }

  #remember(id: string): void {
    this.#ours.add(id);
    if (this.#ours.size > OURS) for (const oldest of [...this.#ours].slice(0, OURS / 2)) this.#ours.delete(oldest);
  }
}
