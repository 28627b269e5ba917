/** Pickup and Drop folders. Old paths are kept only where they can be meant: on Windows. */
import { win32 } from 'node:path';
import type { PlanOptions } from './plan-options.ts';
import type { ServerView } from './server-view.ts';

/** A path of the old server that can be used here; null for our own folder. */
function pathOf(
  view: ServerView,
  property: string,
  mapsTo: string,
  own: string,
  { windows }: PlanOptions,
): string | null {
  const text = view.text(property);
  if (text === null) {
    view.tell(property, { outcome: 'Defaulted', origin: 'Relay', mapsTo, newValue: own });
    return null;
  }
  // Variables are those of the old computer.
  if (windows && win32.isAbsolute(text) && /^[A-Za-z]:\\/.test(text) && !text.includes('%') && text.length <= 1024) {
    view.tell(property, {
      outcome: 'Carried',
      mapsTo,
      newValue: text,
      action: `See that ${text} is here, with the rights of those who use it.`,
    });
    return text;
  }
  view.tell(property, {
    outcome: 'CarriedWithChange',
    mapsTo,
    newValue: own,
    reason: 'The path is none of this computer.',
    action: `Let programs that use ${text} use ${own}.`,
  });
  return null;
}

export function planPickup(view: ServerView, options: PlanOptions): Record<string, unknown> {
  const directory = pathOf(
    view,
    'PickupDirectory',
    'general.pickupDirectory',
    'the Pickup folder of this relay',
    options,
  );
  const stuffed = view.truthOf('SmtpDotStuffPickupDirFiles', true);
  view.tell('SmtpDotStuffPickupDirFiles', {
    outcome: stuffed.origin === 'SchemaDefault' ? 'Defaulted' : 'Carried',
    mapsTo: 'general.pickupDotHandling',
    newValue: stuffed.value ? 'Unstuff' : 'AsIs',
  });
  const pickup = view.truthOf('ShouldPickupMail', true);
  const enabled = pickup.value && (pickup.sure || !view.find('ShouldPickupMail'));
  if (view.find('ShouldPickupMail'))
    view.tell('ShouldPickupMail', { outcome: 'Carried', mapsTo: 'general.pickupEnabled', newValue: enabled });
  return {
    pickupDirectory: directory,
    pickupDotHandling: stuffed.value ? 'Unstuff' : 'AsIs',
    pickupEnabled: enabled,
  };
}

/** The folder for mail of local domains. */
export const planDrop = (view: ServerView, options: PlanOptions): string =>
  pathOf(view, 'DropDirectory', 'domains.dropDirectory', options.dropDirectory, options) ?? options.dropDirectory;
