import type { GraphRoot } from './graph-link.ts';
import type { GraphSession } from './graph-session.ts';
import type { AnswerDeps } from './read-answer.ts';

/** What every read has in common. */
export interface ReaderContext extends AnswerDeps {
  readonly session: GraphSession;
  readonly root: GraphRoot;
  readonly appId: string;
  /** Properties of a user to select, each once. */
  readonly names: readonly string[];
}
