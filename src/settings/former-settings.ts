/** Settings as earlier versions wrote them: what had another place is brought to its new one. */

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Once in `general`: what each has become in `logging`. */
const LOGGING: Readonly<Record<string, readonly string[]>> = {
  protocolLoggingLevel: ['protocolLoggingLevel'],
  logSubject: ['messageTrackingLogSubjectLoggingEnabled'],
  logMaxAge: ['protocolLogMaxAge', 'messageTrackingLogMaxAge', 'activityLogMaxAge'],
  logMaxSize: ['protocolLogMaxDirectorySize', 'messageTrackingLogMaxDirectorySize', 'activityLogMaxDirectorySize'],
};

/** Changes a copy that nobody else has. What stands at its new place already wins. */
export function withFormerSettings(settings: unknown): void {
  if (!isBag(settings) || !isBag(settings.general)) return;
  const { general } = settings;
  const moved: Bag = {};
  for (const [former, names] of Object.entries(LOGGING)) {
    if (!(former in general)) continue;
    for (const name of names) moved[name] = general[former];
    delete general[former];
  }
  if (Object.keys(moved).length === 0) return;
  if (settings.logging === undefined || isBag(settings.logging)) settings.logging = { ...moved, ...settings.logging };
}
