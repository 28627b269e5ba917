/** Services that connectors are made for (schemas/presets.json): what is filled in, and what is to be done there. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as File from '../contract/relay.generated.ts';
import type { Connector } from './settings.ts';

export type PresetName = NonNullable<Connector['preset']>;

export interface Preset {
  readonly name: PresetName;
  readonly description: string;
  readonly settings: Partial<File.Connector>;
  /** Settings that nobody but the administrator knows. */
  readonly needs: readonly (keyof Connector)[];
  readonly limits: readonly string[];
  /** What is to be done on the side of the service; with names in braces. */
  readonly steps: readonly string[];
  readonly link: string;
}

const file = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'schemas', 'presets.json');

let all: readonly Preset[] | null = null;

/** In the order of the file. */
export function presets(): readonly Preset[] {
  all ??= Object.entries(
    (JSON.parse(readFileSync(file, 'utf8')) as { presets: Record<PresetName, Omit<Preset, 'name'>> }).presets,
  ).map(([name, preset]) => ({ name: name as PresetName, ...preset }));
  return all;
}

/** What was asked for, with the settings of its preset where nothing else is said. */
export function withPreset<T extends { readonly preset?: PresetName | null }>(wanted: T): T {
  const preset = presets().find(({ name }) => name === wanted.preset);
  return preset ? { ...structuredClone(preset.settings), ...wanted } : wanted;
}

/** The steps for a connector, with its names in them. */
export function stepsFor({ steps }: Preset, connector: Connector | null): string[] {
  const [first] = connector?.smartHosts ?? [];
  const names: Record<string, string | null> = {
    connector: connector?.name ?? null,
    host: first ? `${first.host}:${first.port}` : null,
    mailbox: connector?.authenticationUserName ?? null,
    clientId: connector?.clientId ?? null,
    tenantId: connector?.tenantId ?? null,
  };
  const placeholders: Record<string, string> = {
    connector: 'NAME',
    host: 'none',
    mailbox: 'MAILBOX',
    clientId: 'CLIENTID',
    tenantId: 'TENANTID',
  };
  return steps.map(step => step.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? placeholders[name] ?? name));
}
