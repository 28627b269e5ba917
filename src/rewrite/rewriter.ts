/**
 * The rewrite rules of one version of the settings. Recipients are changed once, as mail comes in and
 * before the spool, because the connector depends on them; senders and header fields on the way out, so
 * that the spool keeps who really sent it and reports of this relay find that person. What comes out
 * depends on the stored message, the connector and the rules alone: a second attempt gives the same.
 * The null sender stays the null sender, whatever the rules say. Pure.
 */
import type { EnvelopeRecipient, Origin } from '../message/envelope.ts';
import { wildcardMatcher } from '../message/wildcard.ts';
import { type Conditions, checkOf, type MailFacts } from '../route/conditions.ts';
import { type AddressChange, addressChange } from './address-pattern.ts';
import { fieldOf, fieldWithValue, HeaderEdit } from './header-edit.ts';
import { changeMailboxes, withDomain } from './mailboxes.ts';

export interface RewriteRuleSettings extends Omit<Conditions, 'senderDomains'> {
  readonly enabled: boolean;
  readonly type: 'Sender' | 'Recipient' | 'Header';
  readonly priority: number;
  readonly address: string;
  readonly exceptions: readonly string[];
  readonly newAddress: string | null;
  readonly rewriteIn: 'EnvelopeAndHeader' | 'Envelope' | 'Header';
  readonly replyTo: 'Automatic' | 'Always' | 'Never';
  readonly headerAction: 'Add' | 'Set' | 'Remove';
  readonly headerName: string | null;
  readonly headerValue: string | null;
  readonly headerMatch: string | null;
  readonly connectors: readonly string[];
}

/** What goes out other than it came. */
export interface OutgoingChange {
  readonly reversePath: string;
  /** Gets the beginning of the message; null when its header section stays as it is. */
  readonly header: ((head: Buffer, isCut: boolean) => Buffer) | null;
}

/** Recipients as they are from now on. */
export interface ChangedRecipients {
  readonly recipients: readonly EnvelopeRecipient[];
  /**
   * Whom the mail was for, where all of it goes to one mailbox now. Empty where anybody else gets it: to them it
   * would tell those whom nobody was to see (Bcc).
   */
  readonly redirected: readonly string[];
}

interface Rule {
  readonly settings: RewriteRuleSettings;
  readonly hold: (mail: MailFacts) => boolean;
  readonly takes: (connector: string) => boolean;
  readonly change: AddressChange;
}

/** Fields that name who sends (RFC 5322 3.6.2). */
const SENDER_FIELDS = ['from', 'sender'];
const FIELDS_WITH_DOMAIN = ['from', 'sender', 'reply-to'];
/** Not taken out by a wildcard: without them a message can't be read, or is none. */
const KEPT = /^(content-.*|mime-version|from|date|message-id)$/;

export class Rewriter {
  readonly #rules: Record<RewriteRuleSettings['type'], readonly Rule[]>;
  readonly #defaultDomain: string | null;

  constructor(rules: readonly RewriteRuleSettings[], defaultDomain: string | null) {
    const all = rules
      .filter(({ enabled }) => enabled)
      .toSorted((a, b) => a.priority - b.priority)
      .map(ruleOf);
    const of = (type: RewriteRuleSettings['type']) => all.filter(({ settings }) => settings.type === type);
    this.#rules = { Sender: of('Sender'), Recipient: of('Recipient'), Header: of('Header') };
    this.#defaultDomain = defaultDomain;
  }

  /** The domain of addresses without one; null refuses them. */
  get defaultDomain(): string | null {
    return this.#defaultDomain;
  }

  /** Recipients of mail that comes in; null when all stay as they are. */
  recipients(
    { recipients, reversePath }: { readonly recipients: readonly EnvelopeRecipient[]; readonly reversePath: string },
    origin: Pick<Origin, 'clientIp' | 'listener' | 'account'>,
  ): ChangedRecipients | null {
    const rules = this.#rules.Recipient.filter(({ hold }) => hold({ reversePath, origin }));
    if (rules.length === 0) return null;
    const before: string[] = [];
    const after = new Map<string, EnvelopeRecipient>();
    for (const recipient of recipients) {
      const address = firstChange(rules, recipient.address);
      if (address !== null) before.push(recipient.address);
      const one: EnvelopeRecipient =
        address === null
          ? recipient
          : { ...recipient, address, orcpt: recipient.orcpt ?? `rfc822;${recipient.address}` };
      // One mailbox gets one copy, however many recipients it stands for.
      const key = one.address.toLowerCase();
      if (!after.has(key)) after.set(key, one);
    }
    if (before.length === 0) return null;
    const isOneMailbox = after.size === 1 && before.length === recipients.length;
    return { recipients: [...after.values()], redirected: isOneMailbox ? before : [] };
  }

  /** What a connector sends other than it came; null when nothing. */
  outgoing(mail: MailFacts, connector: string): OutgoingChange | null {
    const of = (rules: readonly Rule[]) => rules.filter(({ hold, takes }) => takes(connector) && hold(mail));
    const senders = of(this.#rules.Sender);
    const headers = of(this.#rules.Header);
    if (senders.length === 0 && headers.length === 0 && this.#defaultDomain === null) return null;
    const inEnvelope = senders.filter(({ settings }) => settings.rewriteIn !== 'Header');
    const inHeader = senders.filter(({ settings }) => settings.rewriteIn !== 'Envelope');
    const { reversePath } = mail;
    const touchesHeader = inHeader.length > 0 || headers.length > 0 || this.#defaultDomain !== null;
    return {
      reversePath: reversePath === '' ? '' : (firstChange(inEnvelope, reversePath) ?? reversePath),
      header: touchesHeader ? (head, isCut) => this.#edit(head, isCut, inHeader, headers) : null,
    };
  }

  #edit(head: Buffer, isCut: boolean, senders: readonly Rule[], headers: readonly Rule[]): Buffer {
    const edit = new HeaderEdit(head, isCut);
    const domain = this.#defaultDomain;
    if (domain !== null)
      for (const name of FIELDS_WITH_DOMAIN)
        edit.change(name, (value, column) => changeMailboxes(value, column, address => withDomain(address, domain)));
    if (senders.length > 0) changeSenders(edit, senders);
    for (const rule of headers) applyHeaderRule(edit, rule.settings);
    return edit.toBuffer();
  }
}

function ruleOf(settings: RewriteRuleSettings): Rule {
  const names = settings.connectors.map(name => name.toLowerCase());
  const change = addressChange(settings.address, settings.newAddress ?? '');
  const exceptions = settings.exceptions.map(wildcardMatcher);
  return {
    settings,
    hold: checkOf({ ...settings, senderDomains: [] }).hold,
    takes: connector => names.length === 0 || names.includes(connector.toLowerCase()),
    change: address => (exceptions.some(fits => fits(address)) ? null : change(address)),
  };
}

function firstChange(rules: readonly Rule[], address: string): string | null {
  for (const { change } of rules) {
    const changed = change(address);
    if (changed !== null) return changed;
  }
  return null;
}

function changeSenders(edit: HeaderEdit, rules: readonly Rule[]): void {
  let keepsOld = false;
  const old = edit.valuesOf('from')[0];
  for (const name of SENDER_FIELDS)
    edit.change(name, (value, column) =>
      changeMailboxes(value, column, address => {
        for (const { change, settings } of rules) {
          const changed = change(address);
          if (changed === null) continue;
          if (name === 'from' && changed.toLowerCase() !== address.toLowerCase()) keepsOld ||= repliesToOld(settings);
          return changed;
        }
        return null;
      }),
    );
  if (keepsOld && old !== undefined && !edit.has('reply-to')) edit.addBehind('from', fieldWithValue('Reply-To', old));
}

/** Where many senders become one, an answer would not find the one who wrote. */
const repliesToOld = ({ replyTo, newAddress }: RewriteRuleSettings) =>
  replyTo === 'Always' || (replyTo === 'Automatic' && !newAddress!.includes('*'));

function applyHeaderRule(edit: HeaderEdit, rule: RewriteRuleSettings): void {
  const { headerAction, headerName, headerValue, headerMatch } = rule;
  if (headerName === null) return;
  const named = wildcardMatcher(headerName);
  const matching = headerMatch === null ? () => true : wildcardMatcher(headerMatch);
  const isPattern = /[*?]/.test(headerName);
  const fits = (name: string, value: string) => named(name) && !(isPattern && KEPT.test(name)) && matching(value);
  if (headerAction === 'Remove') edit.remove(fits);
  else if (headerAction === 'Add') edit.add(fieldOf(headerName, headerValue ?? ''));
  else if (!edit.replace(fits, fieldOf(headerName, headerValue ?? '')) && headerMatch === null)
    edit.add(fieldOf(headerName, headerValue ?? ''));
}

/** Says to the one mailbox of redirected mail whom it was for; several lines where there are many, nothing for nobody. */
export function envelopeToField(addresses: readonly string[]): Buffer {
  return addresses.length === 0 ? Buffer.alloc(0) : fieldOf('X-Envelope-To', addresses.join(', '));
}
