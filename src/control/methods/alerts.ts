/** Whom the relay tells when something is wrong: webhooks and mail. Secrets come in, and leave only when they are new. */
import { RelayProblem } from '../../contract/problems.ts';
import type { AlertMail, Webhook } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import { isoTime, type PartOf, type Result } from '../handlers.ts';
import { NamedSettings } from '../named-settings.ts';
import { inTermsOf, mutable } from '../settings-change.ts';

export interface AlertMethodsDependencies {
  readonly store: SettingsStore;
  readonly now: () => number;
  readonly webhookSecrets: { keep(name: string, secret: string): Promise<void> };
  readonly alerts: {
    /** A secret that nobody knows yet. */
    fresh(): string;
    stateOf(webhook: string): {
      readonly waiting: number;
      readonly lastSuccess: number | null;
      readonly lastError: string | null;
    };
    again(webhook: string): void;
    testWebhook(
      webhook: Webhook,
    ): Promise<{ readonly ok: boolean; readonly status: number | null; readonly why: string }>;
    /** @returns its queue id */
    sendTest(): Promise<string>;
  };
}

export function alertMethods({
  store,
  now,
  webhookSecrets,
  alerts,
}: AlertMethodsDependencies): PartOf<'webhook'> & PartOf<'alertmail'> {
  const hooks = new NamedSettings(store, now, 'webhooks', 'webhook');
  const show = (webhook: Webhook): Result<'webhook.set'> => {
    const { waiting, lastSuccess, lastError } = alerts.stateOf(webhook.name);
    return { ...mutable(webhook), waiting, lastSuccess: isoTime(lastSuccess), lastError };
  };

  return {
    'webhook.list': () => hooks.all.map(show),
    'webhook.create': async ({ secret = alerts.fresh(), ...params }) => {
      const webhook = await hooks.add(params);
      try {
        await webhookSecrets.keep(webhook.name, secret);
      } catch (error) {
        // It could not be called.
        await hooks.remove(webhook.name);
        throw error;
      }
      return { ...show(webhook), secret };
    },
    'webhook.set': async ({ name, secret, ...rest }) => {
      const webhook = await hooks.change(name, rest);
      if (secret !== undefined) await webhookSecrets.keep(webhook.name, secret);
      alerts.again(webhook.name);
      return show(webhook);
    },
    'webhook.remove': ({ name }) => hooks.remove(name),
    'webhook.test': async ({ name }) => {
      const webhook = hooks.find(name);
      const begin = performance.now();
      const { ok, status, why } = await alerts.testWebhook(webhook);
      const detail = ok ? 'It took the call.' : `The call was not taken: ${why}.`;
      return { name: webhook.name, ok, httpStatus: status, elapsed: Math.round(performance.now() - begin), detail };
    },
    'alertmail.get': () => mutable(store.current.alertMail),
    'alertmail.set': async params => {
      await inTermsOf('alertMail.', () =>
        store.change(current => ({ ...current, alertMail: { ...current.alertMail, ...params } as AlertMail }), now()),
      );
      return mutable(store.current.alertMail);
    },
    'alertmail.test': async () => {
      const { recipients } = store.current.alertMail;
      if (recipients.length === 0)
        throw new RelayProblem('InvalidParameter', 'Nobody gets alert mail; name recipients with Set-SmtpAlertMail.', [
          { path: 'recipients', message: 'is empty' },
        ]);
      return { messageId: await alerts.sendTest(), recipients: [...recipients] };
    },
  };
}
