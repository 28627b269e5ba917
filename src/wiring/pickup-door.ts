/** The Pickup folder that the settings name, closed and opened elsewhere when they name another. */
import { join, resolve } from 'node:path';
import type { Emit } from '../log/events.ts';
import { PickupFolder } from '../pickup/pickup-folder.ts';
import type { Clock } from '../platform/clock.ts';
import { PICKUP_FOLDER } from '../settings/folder-rules.ts';
import { fqdnOf, type Settings } from '../settings/settings.ts';
import type { Spool } from '../spool/spool.ts';
import type { InForce } from './in-force.ts';

export interface PickupDoorDependencies {
  readonly dataFolder: string;
  readonly inForce: InForce;
  readonly spool: Spool;
  readonly emit: Emit;
  readonly clock: Clock;
}

export class PickupDoor {
  readonly #deps: PickupDoorDependencies;
  #folder: PickupFolder | null = null;
  #closed = false;
  #changing: Promise<void> = Promise.resolve();

  constructor(deps: PickupDoorDependencies) {
    this.#deps = deps;
  }

  async open(): Promise<void> {
    const { inForce, dataFolder, spool, emit, clock } = this.#deps;
    if (!inForce.settings.general.pickupEnabled) return;
    this.#folder = new PickupFolder({
      folder: pickupFolderOf(inForce.settings, dataFolder),
      dataFolder,
      spool,
      emit,
      clock,
      settings: () => ({ ...inForce.settings.general, fqdn: fqdnOf(inForce.settings) }),
    });
    await this.#folder.start();
  }

  /** One change after the other: two folders at work would both be ours. */
  settingsChanged(now: Settings, before: Settings): Promise<void> {
    if (placeOf(now) === placeOf(before)) return Promise.resolve();
    this.#changing = this.#changing.then(async () => {
      await this.#folder?.stop();
      this.#folder = null;
      if (!this.#closed) await this.open();
    });
    return this.#changing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#changing;
    await this.#folder?.stop();
  }
}

export const pickupFolderOf = (settings: Settings, dataFolder: string): string =>
  settings.general.pickupDirectory === null
    ? join(dataFolder, PICKUP_FOLDER)
    : resolve(settings.general.pickupDirectory);

/** What a change of makes it another Pickup folder. */
const placeOf = ({ general }: Settings) => `${general.pickupEnabled} ${general.pickupDirectory}`;
