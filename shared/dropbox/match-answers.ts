import { TransientError } from '../model/errors.ts';

/** One item of an answer about several selectors. */
export type InfoItem<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'notFound'; readonly asked: string }
  | { readonly kind: 'unknown' };

/** How to recognise the answer to one selector. */
export interface Question<T> {
  isAbout(value: T): boolean;
  /** Whether this is the value asked for, as `id_not_found` repeats it. */
  isMiss(asked: string): boolean;
  /** Whether Dropbox may answer with somebody whom `isAbout` does not recognise: an e-mail address may be somebody's second one. */
  readonly mayDiffer: boolean;
}

const retryAfterMs = 5_000;

/**
 * One answer per question, in the order of the questions: by what the items say about themselves, else by their place where there are as
 * many items as questions. Undefined only where Dropbox says that there is nothing: a missing or unknown item throws TransientError,
 * because an absence that nobody stated must not end a link.
 */
export function matchAnswers<T>(
  questions: readonly Question<T>[],
  items: readonly InfoItem<T>[],
): readonly (T | undefined)[] {
  return questions.map((question, index) => {
    const own = items.find((item) => isAnswer(question, item, 'found'));
    const miss = items.find((item) => isAnswer(question, item, 'notFound'));
    const match = own ?? miss ?? takeByPlace(questions, items, index);
    if (match === undefined) {
      const counts = `question ${index + 1} of ${questions.length} among ${items.length} items`;
      throw new TransientError(`cannot find Dropbox's answer to ${counts}`, retryAfterMs);
    }
    return match.kind === 'found' ? match.value : undefined;
  });
}

/** The item at the question's place, unless it is another question's answer or cannot be this one's. */
function takeByPlace<T>(
  questions: readonly Question<T>[],
  items: readonly InfoItem<T>[],
  index: number,
): InfoItem<T> | undefined {
  const item = items[index];
  if (items.length !== questions.length || item === undefined || item.kind === 'unknown') {
    return undefined;
  }
  if (questions.some((question) => isAnswer(question, item, item.kind))) return undefined;
  return item.kind === 'notFound' || questions[index]?.mayDiffer === true ? item : undefined;
}

function isAnswer<T>(
  question: Question<T>,
  item: InfoItem<T>,
  kind: 'found' | 'notFound',
): boolean {
  if (item.kind === 'found') return kind === 'found' && question.isAbout(item.value);
  return item.kind === 'notFound' && kind === 'notFound' && question.isMiss(item.asked);
}
