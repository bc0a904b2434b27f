import type { TeamReader, TeamWriter } from '../model/ports.ts';
import type { OutboxDeps } from '../outbox/deps.ts';

interface ApplySettings {
  /** A group of the same name in Dropbox that carries nobody's external id is taken over. */
  readonly adoptGroupsByName: boolean;
}

export interface ApplyDeps extends OutboxDeps {
  readonly team: TeamReader & TeamWriter;
  readonly apply: ApplySettings;
}
