/** Services that connectors are made for, with what is to be done on their side. */
import { RelayProblem } from '../../contract/problems.ts';
import { type Preset, presets, stepsFor } from '../../settings/presets.ts';
import type { Connector } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import type { PartOf, Result } from '../handlers.ts';
import { findNamed } from '../named-list.ts';

export function presetMethods({ store }: { readonly store: SettingsStore }): PartOf<'preset'> {
  return {
    'preset.list': ({ name, connector }) => {
      const of = connector === undefined ? null : findNamed(store.current.connectors, 'connector', connector);
      if (of && of.preset === null && name === undefined)
        throw new RelayProblem('NotFound', `Connector ${of.name} was made without a preset.`, [
          { path: 'connector', value: of.name, message: 'was made without a preset' },
        ]);
      const wanted = name ?? of?.preset ?? null;
      return presets()
        .filter(preset => wanted === null || preset.name === wanted)
        .map(preset => show(preset, of));
    },
  };
}

const show = (preset: Preset, connector: Connector | null): Result<'preset.list'>[number] => {
  const { type, smartHosts, tlsMode, authenticationMethod } = preset.settings;
  return {
    name: preset.name,
    description: preset.description,
    type: type!,
    smartHosts: (smartHosts ?? []).map(({ host, port = 25, weight = 1 }) => ({ host, port, weight })),
    tlsMode: tlsMode ?? 'Opportunistic',
    authenticationMethod: authenticationMethod ?? 'None',
    needs: preset.needs.map(need => need.slice(0, 1).toUpperCase() + need.slice(1)),
    limits: [...preset.limits],
    steps: stepsFor(preset, connector),
    link: preset.link,
  };
};
