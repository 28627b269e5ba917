/** One list of named things in the settings, such as connectors: what is added, changed or removed is in force when it resolves. */
import type { Settings } from '../settings/settings.ts';
import type { SettingsStore } from '../settings/store.ts';
import { addNamed, changeNamed, findNamed, removeNamed } from './named-list.ts';
import { inTermsOf } from './settings-change.ts';

type ListName = 'connectors' | 'domains' | 'accounts' | 'listeners' | 'rewriteRules' | 'webhooks';
type Item<List extends ListName> = Settings[List][number];

export class NamedSettings<List extends ListName> {
  readonly #store: SettingsStore;
  readonly #now: () => number;
  readonly #list: List;
  readonly #what: string;

  /** @param what such a thing is called in sentences */
  constructor(store: SettingsStore, now: () => number, list: List, what: string) {
    this.#store = store;
    this.#now = now;
    this.#list = list;
    this.#what = what;
  }

  get all(): readonly Item<List>[] {
    return this.#store.current[this.#list];
  }

  /** @throws RelayProblem NotFound, with a suggestion */
  find(name: string): Item<List> {
    return findNamed(this.all, this.#what, name);
  }

  /** @param item as it came, what is left out gets its default @throws RelayProblem AlreadyExists, InvalidParameter */
  async add(item: { readonly name: string }): Promise<Item<List>> {
    await this.#edit(this.all.length, list => addNamed(list, this.#what, item));
    return this.find(item.name);
  }

  /** @throws RelayProblem NotFound, InvalidParameter */
  async change(name: string, part: object): Promise<Item<List>> {
    await this.#edit(this.all.indexOf(this.find(name)), list => changeNamed(list, this.#what, name, part));
    return this.find(name);
  }

  /** @throws RelayProblem NotFound; InvalidSettings where it is needed elsewhere */
  async remove(name: string): Promise<{ removed: number }> {
    await this.#store.change(
      current => ({ ...current, [this.#list]: removeNamed<Item<List>>(current[this.#list], this.#what, name) }),
      this.#now(),
    );
    return { removed: 1 };
  }

  #edit(index: number, edit: (list: readonly { readonly name: string }[]) => unknown): Promise<unknown> {
    return inTermsOf(`${this.#list}[${index}].`, () =>
      this.#store.change(current => ({ ...current, [this.#list]: edit(current[this.#list]) }), this.#now()),
    );
  }
}
