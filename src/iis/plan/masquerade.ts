/**
 * MasqueradeDomain takes the place of local domains in MAIL FROM. That is a rule for senders here: in the envelope
 * only, one for each local domain. IIS did so on the first hop only, which nobody can tell here.
 */
import { isHostName } from '../../message/host-name.ts';
import { tellEmpty } from './listener.ts';
import type { ServerView } from './server-view.ts';

/** @param local domains whose mail stays here */
export function planMasquerade(view: ServerView, local: readonly string[]): Record<string, unknown>[] {
  const domain = view.text('MasqueradeDomain');
  const isOn = view.truthOf('DoMasquerade', false);
  const senders = local.filter(name => isHostName(name) && name !== domain?.toLowerCase());
  const works = domain !== null && isHostName(domain) && isOn.value && senders.length > 0;
  if (view.find('DoMasquerade'))
    view.tell(
      'DoMasquerade',
      works
        ? { outcome: 'Carried', mapsTo: 'rewriteRules', newValue: true }
        : { outcome: 'Ignored', reason: isOn.value ? 'There is nothing to replace.' : 'It is switched off.' },
    );
  if (domain === null) {
    tellEmpty(view, 'MasqueradeDomain');
    return [];
  }
  const command = `New-SmtpRewriteRule -Name Masquerade -Type Sender -Address '*@${senders[0] ?? 'old.example.com'}' -NewAddress '*@${domain}' -RewriteIn Envelope -ReplyTo Never`;
  if (!works) {
    view.tell('MasqueradeDomain', {
      outcome: isHostName(domain) ? 'NotSupported' : 'Refused',
      reason: isHostName(domain)
        ? isOn.value
          ? 'There is no local domain that it could take the place of.'
          : 'DoMasquerade does not switch it on.'
        : 'It is no domain.',
      action: `${command}, if senders should be changed.`,
    });
    return [];
  }
  view.tell('MasqueradeDomain', {
    outcome: 'CarriedWithChange',
    mapsTo: 'rewriteRules',
    newValue: senders.map(name => `*@${name} to *@${domain}`).join(', '),
    reason: 'It changes the envelope sender of all mail, not only on its first hop. The header stays.',
    action: 'See with Get-SmtpRewriteRule that these senders should be changed.',
  });
  return senders.slice(0, 500).map(name => ({
    name: ruleName(name),
    type: 'Sender',
    address: `*@${name}`,
    newAddress: `*@${domain}`,
    rewriteIn: 'Envelope',
    replyTo: 'Never',
    comment: `From IIS virtual server ${view.number}`,
  }));
}

const ruleName = (domain: string): string => `Masquerade ${domain}`.slice(0, 64).trim();
