import { z } from 'zod';

import { refuseControl, type ControlAnswer, type ControlRequest } from '../wire/rules.ts';
import type { DirectoryControl } from './directory.ts';
import { DirectoryInputError } from './directory-input-error.ts';
import { changesSchema, directorySchema } from './directory-schema.ts';
import type { LinkTokens } from './link-tokens.ts';

const expireSchema = z.strictObject({ links: z.enum(['delta', 'page']) });

/**
 * `PUT` and `GET /_control/directory`, `POST /_control/changes` and `POST /_control/expire` (`{"links":"delta"}` or `"page"`: all links of
 * that kind handed out so far count as expired). A field that is wrong is named, and then nothing has changed.
 */
export function answerEntraControl(
  directory: DirectoryControl,
  tokens: LinkTokens,
  request: ControlRequest,
): ControlAnswer | undefined {
  try {
    switch (`${request.method} ${request.path}`) {
      case 'GET /directory':
        return { status: 200, body: directory.read() };
      case 'PUT /directory':
        directory.load(directorySchema.parse(request.body));
        return { status: 204, changed: true };
      case 'POST /changes': {
        const changes = changesSchema.parse(request.body);
        directory.apply(changes);
        return { status: 200, body: { applied: changes.length }, changed: true };
      }
      case 'POST /expire':
        tokens.expire(expireSchema.parse(request.body).links);
        return { status: 204, changed: true };
      default:
        return undefined;
    }
  } catch (error) {
    if (error instanceof DirectoryInputError) return refuseControl(error.message);
    throw error;
  }
}
