import { drawFault, type Weather } from './faults.ts';
import { createChooser, pickCall } from './pick-call.ts';
import type { Stage } from './stage.ts';

const processLimit = 6;

/** Steps in which anything may happen, until one of them breaks a promise. */
export async function runStorm(stage: Stage, weather: Weather, count: number): Promise<void> {
  const { scheduler, random, below, guard } = stage;
  const chooser = createChooser(stage);
  const rareEvents = listRareEvents(stage, weather);
  while (stage.steps() < count && guard.breach() === undefined) {
    stage.countStep();
    if (random() < 0.3) await stage.advance(below(700));
    await letThingsHappen(stage, weather, rareEvents);
    const call = chooser.next(({ stalledUntil }) => stalledUntil > stage.now());
    if (call !== undefined) {
      await pickCall(stage, call, drawFault(call, stage, weather));
    } else {
      if (random() < 0.1) await stage.advance(below(20_000));
      await scheduler.settle();
    }
  }
}

const nothing = (): void => undefined;

/** Something that happens with a draw below this number and not below the one before. */
type RareEvent = readonly [number, () => Promise<void> | void];

/** What happens outside of every process: people, other machines, the queue and the timer. */
async function letThingsHappen(
  stage: Stage,
  weather: Weather,
  rareEvents: readonly RareEvent[],
): Promise<void> {
  const { random, scheduler, orphans } = stage;
  await letPeopleAct(stage, weather);
  const draw = random();
  await rareEvents.find(([limit]) => draw < limit)?.[1]();
  const [orphan] = orphans;
  if (orphan !== undefined && random() < 0.05) await stage.takeOrphan(orphan);
  if (scheduler.alive.size >= processLimit) return;
  if (draw > 0.985) stage.startTick();
  else if (draw > 0.98) stage.startDispatch();
  else if (draw > 0.9) receive(stage, weather);
}

async function letPeopleAct(stage: Stage, weather: Weather): Promise<void> {
  const { random, character, world, say } = stage;
  if (random() < character.changes * weather.changes) changeEntra(stage);
  if (random() < character.meddling * weather.changes) await meddle(stage);
  for (const moved of world.finishMoves()) say(`in Entra: ${moved}`);
}

function changeEntra({ world, coverage, say }: Stage): void {
  const change = world.change();
  const [word = ''] = change.split(' ');
  coverage.note('entra changes', word);
  say(`in Entra: ${change}`);
}

async function meddle({ meddling, coverage, say }: Stage): Promise<void> {
  const done = await meddling.meddle();
  const [word = ''] = done.split(' ');
  coverage.note('by hand', word);
  say(`by hand: ${done}`);
}

async function decide({ operator, coverage, say }: Stage): Promise<void> {
  const done = await operator.decide();
  const [word = ''] = done.split(' ');
  coverage.note('operator', word);
  say(`the operator ${done}`);
}

function listRareEvents(stage: Stage, weather: Weather): readonly RareEvent[] {
  const { world, coverage, below, random } = stage;
  const forget = (word: string, happen: () => void) => (): void => {
    coverage.note('services forget', word);
    stage.say(`forgotten: ${word}`);
    happen();
  };
  const resetStream = (): void => {
    const stream = random() < 0.5 ? 'users' : 'groups';
    if (world.resetStream(stream)) forget('stream', () => undefined)();
  };
  const wait = (ms: number) => async (): Promise<void> => {
    coverage.note('time', ms > 600_000 ? 'hours pass' : 'minutes pass');
    await stage.advance(below(ms));
  };
  return [
    [0.008, async () => stage.say(await stage.meddling.accept())],
    [0.0082, () => (weather.crashes > 0 ? stage.crashInstance() : undefined)],
    [0.0086, () => stage.setPaused(weather.operator)],
    [0.011, () => stage.setPaused(false)],
    [0.0115, weather.errors ? forget('pages', () => world.entra.expirePages()) : nothing],
    [0.0117, resetStream],
    [0.012, weather.errors ? forget('cursors', () => world.team.forgetCursors()) : nothing],
    [0.0135, wait(120_000)],
    [0.014, wait(600_000)],
    [0.0142, wait(9_000_000)],
    [0.0182, () => (weather.operator ? decide(stage) : undefined)],
  ];
}

/** One message is delivered, unless it is lost; some come twice, some come late. */
function receive(stage: Stage, weather: Weather): void {
  const { doorbell, coverage, random, below } = stage;
  const message = doorbell.receive();
  if (message === undefined) return;
  const draw = weather.messages ? random() : 0.5;
  if (draw < 0.08 || message.dequeueCount > 5) {
    coverage.note('message', 'lost');
    stage.say(`a message for slot ${message.slot} is lost`);
    doorbell.remove(message.id);
    return;
  }
  if (draw < 0.2) {
    coverage.note('message', 'doubled');
    doorbell.double(message.id, random() < 0.5 ? 0 : below(400_000));
  }
  if (draw > 0.94) {
    coverage.note('message', 'late');
    doorbell.double(message.id, below(400_000));
    doorbell.remove(message.id);
    return;
  }
  if (message.dequeueCount > 1) coverage.note('message', 'redelivered');
  stage.startWorker(message);
}
