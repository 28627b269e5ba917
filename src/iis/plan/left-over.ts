/** What has no counterpart here, each with a word why. A value that asks for nothing loses nothing. */
import type { IisKey, IisSource } from '../source.ts';
import { readBoolean, readNumber, UNLIMITED, ValueError } from '../values.ts';
import type { Entries, Verdict } from './entry.ts';
import type { ServerView } from './server-view.ts';

/** What becomes of a value, or how that follows from it. */
type Rule = Verdict | ((value: unknown) => Verdict);

const ignored = (reason: string): Verdict => ({ outcome: 'Ignored', reason });
const not = (reason: string, action?: string): Verdict => ({
  outcome: 'NotSupported',
  reason,
  ...(action ? { action } : {}),
});

/** `lost` only where the value is true, or false; else nothing is lost. A value that can't be read is lost. */
const where =
  (truth: boolean, lost: Verdict): Rule =>
  value => {
    const read = tried(() => readBoolean(value));
    return read === null || read === truth ? lost : ignored('It is as it is here.');
  };

/** `lost` only where a number says more than none or no limit. */
const unlessNone =
  (lost: Verdict): Rule =>
  value => {
    const read = tried(() => readNumber(value));
    return read === 0 || read === UNLIMITED ? ignored('It asks for nothing.') : lost;
  };

function tried<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return null;
  }
}

const isNothing = (value: unknown): boolean =>
  value === null || (Array.isArray(value) ? value.length === 0 : String(value).trim() === '');

const TUNING = ignored('Internal tuning of IIS.');
const EXCHANGE = ignored('Left over from Exchange or LDAP routing.');
const ETRN = not('ETRN and TURN are not done here.', 'Let the other side connect for its mail in another way.');
const LOG_ODBC = not('Logs go to files only.', 'Read the logs with Get-SmtpLog and Get-SmtpTrackingLog.');
const LOG_FILE = ignored(
  'The protocol log is W3C with all fields of IIS and some more, in the data folder; Set-SmtpLogging changes that.',
);
const LOGON_DOMAIN = not('Windows domains for log-ons are not set; users give DOMAIN\\user.');
const OPERATORS = not('Operators are not carried over: administrators and root run this relay.');
const STATE = ignored('State, no setting.');
const LOCAL_TIME = ignored('One time holds for all mail: that of remote delivery.');
const NT_4 = ignored('Of NT 4; replaced by the newer times.');
const LANGUAGE = unlessNone(not('Reports are in English, with the fields of RFC 3464.'));
const NO_ACCOUNT = ignored('Anonymous clients need no account here.');
const COMMAND_TIME = unlessNone(not('The one inactivity time of the listener holds for all commands.'));

const W3C = '{ff160663-de82-11cf-bc0a-00aa006111e0}';
const logFormat: Rule = value =>
  String(value).trim().toLowerCase() === W3C
    ? LOG_FILE
    : not(
        'Protocol logs are in the W3C format.',
        'Let programs that read the old logs read that: Set-SmtpLogging -ProtocolLogFormat Compatible.',
      );

const serverState: Rule = value =>
  tried(() => readNumber(value)) === 4
    ? { outcome: 'Ignored', reason: 'The virtual server was stopped; see whether it is still needed.' }
    : STATE;

const KNOWN: Readonly<Record<string, Rule>> = {
  badmaildirectory: ignored('BadMail is in the data folder.'),
  queuedirectory: ignored('The queue is in the data folder. Drain the old one before you switch.'),
  sorttemp: TUNING,
  maxsessionsize: unlessNone(not('Bytes of a whole session are not limited; messages are.')),
  maxmailobjects: TUNING,
  sendbadto: ignored('What cannot be returned goes to BadMail.'),
  smtplocaldelayexpireminutes: LOCAL_TIME,
  smtplocalndrexpireminutes: LOCAL_TIME,
  smtpremoteretrythreshold: TUNING,
  localretryattempts: NT_4,
  localretryinterval: NT_4,
  remoteretryattempts: NT_4,
  remotesmtpsecureport: ignored('Obsolete.'),
  nameresolutiontype: TUNING,
  smtpusetcpdns: ignored('DNS answers that are too long come by TCP anyway.'),
  shouldpipelinein: TUNING,
  shouldpipelineout: TUNING,
  addnoheaders: where(true, not('Trace headers are always added (RFC 5321 4.4).')),
  shoulddeliver: where(
    false,
    not('It took mail and did not deliver it; this relay delivers.', 'Suspend-SmtpRelay -Outbound holds all mail.'),
  ),
  smtpoutboundcommandsupportoptions: ignored('The next hop says what it can.'),
  allowverify: where(true, not('VRFY tells nobody anything here.')),
  smtpdomainvalidationflags: unlessNone(not('Names in EHLO are not checked.')),
  smtphelonodomain: where(
    true,
    not('HELO without a name is refused.', 'Set-SmtpListener -LegacyClients $true -RemoteIPRange, for old devices.'),
  ),
  smtpmailnohelo: where(true, not('MAIL without HELO is refused.')),
  sslstorename: value =>
    String(value).trim().toLowerCase() === 'my'
      ? ignored('Certificates are taken from the store My.')
      : not('Certificates are taken from the store My only.', 'Import-SmtpCertificate takes one from a file.'),
  smtpdsnoptions: LANGUAGE,
  smtpdsnlanguageid: LANGUAGE,
  logodbcdatasource: LOG_ODBC,
  logodbctablename: LOG_ODBC,
  logodbcusername: LOG_ODBC,
  logodbcpassword: LOG_ODBC,
  logpluginclsid: logFormat,
  logextfileflags: LOG_FILE,
  logfiledirectory: LOG_FILE,
  dontlog: where(true, not('LogType says whether there is a protocol log.')),
  etrndays: unlessNone(ETRN),
  etrnsubdomains: where(true, ETRN),
  csideetrndomains: ETRN,
  authturnlist: ETRN,
  defaultlogondomain: LOGON_DOMAIN,
  sasllogondomain: LOGON_DOMAIN,
  smtpcleartextprovider: LOGON_DOMAIN,
  ntauthenticationproviders: LOGON_DOMAIN,
  adminacl: OPERATORS,
  adminaclbin: OPERATORS,
  serverstate: serverState,
  win32error: STATE,
  keytype: STATE,
  domainrouting: EXCHANGE,
  localdomains: EXCHANGE,
  routingdll: EXCHANGE,
  routingsources: EXCHANGE,
  smtproutingtabletype: EXCHANGE,
  anonymoususerpass: NO_ACCOUNT,
  anonymoususername: NO_ACCOUNT,
};

const FAMILIES: readonly (readonly [RegExp, Rule])[] = [
  [/^smtpds/, EXCHANGE],
  [/^(smtp\w*|data|rset)timeout$/, COMMAND_TIME],
  [/^(smtpaqueue|smtpmaxremoteq|smtpadvqueue|smtpflush|smtpcommandlog|smtpeventlog|maxbandwidth|fsproperty)/, TUNING],
];

/** What becomes of a value that nobody else speaks about. */
export function verdictOf(name: string, value: unknown): Verdict {
  const key = name.toLowerCase();
  const rule = KNOWN[key] ?? FAMILIES.find(([pattern]) => pattern.test(key))?.[1];
  if (rule === undefined) return { outcome: 'UnknownProperty', reason: 'Nothing is known about it.' };
  if (isNothing(value)) return ignored('It is empty.');
  return typeof rule === 'function' ? rule(value) : rule;
}

/** Entries for all that was not asked for. What the service says to several servers is told once. */
export function tellLeftOver(source: IisSource, views: readonly ServerView[], entries: Entries): void {
  for (const view of views) {
    for (const { name, value } of view.leftOver()) view.tell(name, verdictOf(name, value));
    for (const key of view.others()) tellKey(entries, view.number, key, keyVerdict(key.location));
  }
  tellService(source.keys.get('smtpsvc'), views, entries);
  const numbers = new Set(views.map(({ number }) => number));
  for (const [place, key] of source.keys) {
    const number = /^smtpsvc\/([1-9]\d{0,8})(?:\/|$)/.exec(place)?.[1];
    if (place === 'smtpsvc' || numbers.has(Number(number))) continue;
    const verdict =
      number === undefined ? 'A key beside the virtual servers.' : 'This virtual server was not asked for.';
    tellKey(entries, number === undefined ? null : Number(number), key, ignored(verdict));
  }
}

function tellService(service: IisKey | undefined, views: readonly ServerView[], entries: Entries): void {
  for (const { name, value } of service?.properties.values() ?? []) {
    if (entries.has(service!.location, name)) continue;
    const isHidden = views.every(view => view.find(name)?.location !== service!.location);
    entries.tell(
      { virtualServer: null, location: service!.location, setting: name, value, origin: 'Service' },
      isHidden ? ignored('The virtual servers have values of their own.') : verdictOf(name, value),
    );
  }
}

/** One entry for a key of which nothing is read, with the names of what stands in it. */
function tellKey(entries: Entries, virtualServer: number | null, key: IisKey, verdict: Verdict): void {
  const names = [...key.properties.values()].map(({ name }) => name);
  entries.tell(
    {
      virtualServer,
      location: key.location,
      setting: key.className || '(key)',
      value: names.length === 0 ? null : names,
      origin: virtualServer === null ? 'Service' : 'Server',
    },
    verdict,
  );
}

const keyVerdict = (location: string): Verdict =>
  /\/root(\/|$)/i.test(location)
    ? not('Mailbox stores are not done here.', 'Move mailboxes that are still used to a mail server.')
    : /\/routingsources/i.test(location)
      ? EXCHANGE
      : /\/eventmanager/i.test(location)
        ? not(
            'Event sinks are programs in IIS; they are not carried over.',
            'See whether a sink (disclaimer, archive, filter) is still needed.',
          )
        : ignored('A key without settings for mail.');
