import type { Settings } from '../../settings/settings.ts';

export interface PlanOptions {
  /** The settings in force, which the plan changes. */
  readonly current: Settings;
  /** The relay runs on Windows: its certificate store and accounts can be used, and old paths may be there. */
  readonly windows: boolean;
  /** Keep what is there, and never change who may relay. */
  readonly merge: boolean;
  /** Numbers of the virtual servers; null for all. */
  readonly virtualServers: readonly number[] | null;
  /** Networks that may relay where the old server let everybody. */
  readonly openTo: readonly string[];
  /** The Drop folder in the data folder. */
  readonly dropDirectory: string;
  /** Names of listeners that are taken, in lower case. */
  readonly takenNames?: ReadonlySet<string>;
}
