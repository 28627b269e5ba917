/** Rules between the settings of alerts and the rest. */
import type { ProblemDetail } from '../contract/problems.ts';
import type { Settings } from './settings.ts';

export const ALERT_RULES: readonly ((settings: Settings) => ProblemDetail[])[] = [
  ({ alertMail: { enabled, recipients } }) =>
    enabled && recipients.length === 0
      ? [{ path: 'alertMail.recipients', value: [], message: 'is empty; say who is to get the mail' }]
      : [],
  ({ alertMail: { connector }, connectors }) =>
    connector !== null && !connectors.some(({ name }) => name.toLowerCase() === connector.toLowerCase())
      ? [
          {
            path: 'alertMail.connector',
            value: connector,
            message: 'is no connector; name another one with Set-SmtpAlertMail, or none',
          },
        ]
      : [],
];
