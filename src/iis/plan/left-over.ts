/** What has no counterpart here, each with a word why. */
import type { IisSource } from '../source.ts';
import { type Origin, type PlanEntry, shown, type Verdict } from './entry.ts';
import type { ServerView } from './server-view.ts';

const ignored = (reason: string): Verdict => ({ outcome: 'Ignored', reason });
const not = (reason: string, action?: string): Verdict => ({
  outcome: 'NotSupported',
  reason,
  ...(action ? { action } : {}),
});

const TUNING = ignored('Internal tuning of IIS.');
const EXCHANGE = ignored('Left over from Exchange or LDAP routing.');
const ETRN = not('ETRN and TURN are not done here.', 'Let the other side connect for its mail in another way.');
const LOG_ODBC = not('Logs go to files only.', 'Read the logs with Get-SmtpLog and Get-SmtpTrackingLog.');
const LOG_FILE = ignored('Logs are in the data folder, in the W3C format with the field names of IIS.');
const COMMAND_TIME = ignored('The one inactivity time of the listener holds for all commands.');
const LOGON_DOMAIN = not('Windows domains for log-ons are not set; users give DOMAIN\\user.');
const OPERATORS = not('Operators are not carried over: administrators and root run this relay.');
const STATE = ignored('State, no setting.');

const KNOWN: Readonly<Record<string, Verdict>> = {
  badmaildirectory: ignored('BadMail is in the data folder.'),
  queuedirectory: ignored('The queue is in the data folder. Drain the old one before you switch.'),
  sorttemp: TUNING,
  maxsessionsize: not('Bytes of a whole session are not limited; messages are.'),
  maxmailobjects: TUNING,
  masqueradedomain: not(
    'Sender domains are not replaced by this import.',
    'Ask whether any next hop needs it; arrange for it with the programs that send.',
  ),
  domasquerade: not('Recipient and header domains are not replaced by this import.'),
  sendbadto: ignored('What cannot be returned goes to BadMail.'),
  smtplocaldelayexpireminutes: ignored('One time holds for all mail: that of remote delivery.'),
  smtplocalndrexpireminutes: ignored('One time holds for all mail: that of remote delivery.'),
  smtpremoteretrythreshold: TUNING,
  localretryattempts: ignored('Of NT 4; replaced by the newer times.'),
  localretryinterval: ignored('Of NT 4; replaced by the newer times.'),
  remoteretryattempts: ignored('Of NT 4; replaced by the newer times.'),
  remotesmtpsecureport: ignored('Obsolete.'),
  nameresolutiontype: TUNING,
  smtpusetcpdns: ignored('DNS answers that are too long come by TCP anyway.'),
  shouldpipelinein: TUNING,
  shouldpipelineout: TUNING,
  addnoheaders: not('Trace headers are always added (RFC 5321 4.4).'),
  shoulddeliver: not(
    'A server that takes mail and does not deliver is not carried.',
    'Suspend-SmtpRelay -Outbound does it.',
  ),
  smtpoutboundcommandsupportoptions: ignored('The next hop says what it can.'),
  allowverify: ignored('VRFY tells nobody anything here.'),
  smtpdomainvalidationflags: ignored('Names in EHLO are not checked.'),
  smtphelonodomain: not(
    'HELO without a name is refused.',
    'Set-SmtpListener -LegacyClients $true -RemoteIPRange, for old devices.',
  ),
  smtpmailnohelo: not('MAIL without HELO is refused.'),
  sslstorename: ignored('Certificates are taken from the store My.'),
  smtpdsnoptions: ignored('Reports are in English.'),
  smtpdsnlanguageid: ignored('Reports are in English.'),
  logodbcdatasource: LOG_ODBC,
  logodbctablename: LOG_ODBC,
  logodbcusername: LOG_ODBC,
  logodbcpassword: LOG_ODBC,
  logplugingclsid: LOG_FILE,
  logpluginclsid: LOG_FILE,
  logextfileflags: LOG_FILE,
  logfiledirectory: LOG_FILE,
  logfileperiod: LOG_FILE,
  logfiletruncatesize: LOG_FILE,
  logfilelocaltimerollover: LOG_FILE,
  dontlog: ignored('LogType counts.'),
  etrndays: ETRN,
  etrnsubdomains: ETRN,
  csideetrndomains: ETRN,
  authturnlist: ETRN,
  defaultlogondomain: LOGON_DOMAIN,
  sasllogondomain: LOGON_DOMAIN,
  smtpcleartextprovider: LOGON_DOMAIN,
  ntauthenticationproviders: LOGON_DOMAIN,
  adminacl: OPERATORS,
  adminaclbin: OPERATORS,
  serverstate: STATE,
  win32error: STATE,
  keytype: STATE,
  domainrouting: EXCHANGE,
  localdomains: EXCHANGE,
  routingdll: EXCHANGE,
  routingsources: EXCHANGE,
  smtproutingtabletype: EXCHANGE,
  routepassword: ignored('No log-on is switched on for it.'),
  anonymoususerpass: ignored('Anonymous clients need no account here.'),
  anonymoususername: ignored('Anonymous clients need no account here.'),
};

function verdictOf(name: string): Verdict {
  const key = name.toLowerCase();
  if (KNOWN[key]) return KNOWN[key];
  if (key.startsWith('smtpds')) return EXCHANGE;
  if (/^smtp\w*timeout$/.test(key) || /^(data|rset)timeout$/.test(key)) return COMMAND_TIME;
  if (
    /^(smtpaqueue|smtpmaxremoteq|smtpadvqueue|smtpflush|smtpcommandlog|smtpeventlog|maxbandwidth|fsproperty|smtpmail|smtpuse)/.test(
      key,
    )
  )
    return TUNING;
  return { outcome: 'UnknownProperty', reason: 'Nothing is known about it.' };
}

/** Entries for all that was not asked for. What the service says to several servers is told once. */
export function tellLeftOver(source: IisSource, views: readonly ServerView[], entries: PlanEntry[]): void {
  const told = new Set<string>();
  for (const view of views) {
    for (const { property, origin, location } of view.leftOver()) {
      const once = `${location}\n${property.name}`;
      if (told.has(once)) continue;
      told.add(once);
      push(
        entries,
        origin === 'Service' ? null : view.number,
        location,
        property.name,
        property.value,
        origin,
        verdictOf(property.name),
      );
    }
    for (const key of view.others())
      push(entries, view.number, key.location, key.className || '(key)', null, 'Server', keyVerdict(key.location));
  }
  for (const [place, key] of source.keys)
    if (place !== 'smtpsvc' && !/^smtpsvc\/\d+(\/|$)/.test(place))
      push(
        entries,
        null,
        key.location,
        key.className || '(key)',
        null,
        'Service',
        ignored('A key beside the virtual servers.'),
      );
}

const keyVerdict = (location: string): Verdict =>
  /\/root(\/|$)/i.test(location)
    ? not('Mailbox stores are not done here.')
    : /\/routingsources/i.test(location)
      ? EXCHANGE
      : /\/eventmanager/i.test(location)
        ? not(
            'Event sinks are programs in IIS; they are not carried over.',
            'See whether a sink (disclaimer, archive, filter) is still needed.',
          )
        : ignored('A key without settings for mail.');

function push(
  entries: PlanEntry[],
  virtualServer: number | null,
  location: string,
  setting: string,
  value: unknown,
  origin: Origin,
  verdict: Verdict,
): void {
  entries.push({
    virtualServer,
    location,
    setting,
    value: shown(setting, value),
    origin,
    mapsTo: null,
    newValue: null,
    outcome: verdict.outcome,
    reason: verdict.reason ?? null,
    action: verdict.action ?? null,
  });
}
