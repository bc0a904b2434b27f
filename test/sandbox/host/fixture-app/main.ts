// A small app for the tests of the local host: it tells what its functions were given, by GET /api/seen.
import { setTimeout as wait } from 'node:timers/promises';

import { app, output, trigger } from '@azure/functions';
import { z } from 'zod';

const seen: object[] = [];

app.hook.appStart(() => {
  seen.push({ event: 'appStart' });
});
app.hook.appTerminate(async () => {
  await wait(5);
  if (process.env['SAY_GOODBYE'] !== undefined) console.log('fixture: goodbye');
});
app.hook.preInvocation((context) => {
  context.hookData['began'] = true;
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName !== 'work') return;
  seen.push({ event: 'after', began: context.hookData['began'], failed: context.error !== null });
});
app.hook.log((context) => {
  context.message = context.message.replaceAll('swordfish', '***');
});

app.timer('tick', {
  schedule: '%TICK_SCHEDULE%',
  handler: (timer, context) => {
    context.log('the password is swordfish');
    seen.push({ event: 'tick', timer, schedule: process.env['TICK_SCHEDULE'] });
  },
});

const messageSchema = z.object({
  id: z.string(),
  failTimes: z.number().default(0),
  takesMs: z.number().default(0),
});
let running = 0;

app.storageQueue('work', {
  queueName: '%WORK_QUEUE%',
  connection: 'AzureWebJobsStorage',
  handler: async (raw, context) => {
    const metadata = context.triggerMetadata ?? {};
    running += 1;
    seen.push({ event: 'work', message: raw, metadata, running });
    try {
      const message = messageSchema.safeParse(raw).data;
      await wait(message?.takesMs ?? 0);
      const dequeueCount = Number(metadata['dequeueCount']);
      if (message !== undefined && message.failTimes > 0 && dequeueCount <= message.failTimes)
        throw new Error('not yet');
      seen.push({ event: 'done', id: message?.id });
    } finally {
      running -= 1;
    }
  },
});

app.http('seen', { methods: ['GET'], authLevel: 'anonymous', handler: () => ({ jsonBody: seen }) });

app.http('echo', {
  route: 'echo/{name}/{id:int?}',
  methods: ['POST', 'PUT'],
  authLevel: 'anonymous',
  handler: async (request) => ({
    status: 201,
    headers: { 'x-name': request.params['name'] ?? '' },
    cookies: [
      {
        name: 'state',
        value: 'a b',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
        path: '/api',
        maxAge: 60,
      },
    ],
    jsonBody: {
      params: request.params,
      query: Object.fromEntries(request.query),
      header: request.headers.get('x-given'),
      bytes: [...new Uint8Array(await request.arrayBuffer())],
      path: new URL(request.url).pathname,
    },
  }),
});

app.http('literal', {
  route: 'echo/fixed',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: () => ({ body: 'the literal one' }),
});
app.http('rest', {
  route: 'files/{*rest}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: (request) => ({ body: request.params['rest'] ?? 'none' }),
});
app.generic('nothing', {
  trigger: trigger.http({ methods: ['GET'], authLevel: 'anonymous' }),
  return: output.http({}),
  handler: () => undefined,
});
app.http('broken', {
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: () => {
    throw new Error('it broke inside');
  },
});
app.http('locked', {
  methods: ['GET'],
  authLevel: 'function',
  handler: () => ({ body: 'open' }),
});
app.http('slow', {
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async (request) => {
    await wait(Number(request.query.get('ms')));
    return { body: 'at last' };
  },
});
app.http('float', {
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: () => {
    void Promise.reject(new Error('nobody waits for this'));
    return { body: 'gone' };
  },
});
