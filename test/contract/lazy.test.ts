/** In a process of its own, since what has been made ready once is ready. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlSchema, validatorFor } from '../../src/contract/schemas.ts';

// All of it at once takes more than a second, in which no mail would be heard.
test('a method is made ready without the others, and every one can be', () => {
  const costOf = (run: () => void) => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const places = Object.entries(controlSchema.properties as Record<string, { properties: object }>).flatMap(
    ([method, { properties }]) =>
      Object.keys(properties).map(part => `control.schema.json#/properties/${method}/properties/${part}`),
  );
  const first = costOf(() => validatorFor(places.find(place => place.includes('settings.set/properties/params'))!));
  const rest = costOf(() => {
    for (const place of places) validatorFor(place);
  });
  assert.ok(first < rest / 4, `${first} µs for one, ${rest} µs for all`);
});
