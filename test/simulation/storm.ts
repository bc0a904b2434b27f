import { drawFault, type Weather } from './faults.ts';
import { createChooser, pickCall } from './pick-call.ts';
import type { Stage } from './stage.ts';

const processLimit = 6;

/** Steps in which anything may happen, until one of them breaks a promise. */
export async function runStorm(stage: Stage, weather: Weather, count: number): Promise<void> {
  const { scheduler, random, below, guard } = stage;
  const chooser = createChooser(stage);
  const rareEvents = listRareEvents(stage);
  while (stage.steps() < count && guard.breach() === undefined) {
    stage.countStep();
    if (random() < 0.3) await stage.advance(below(700));
    await letThingsHappen(stage, weather, rareEvents);
    const call = chooser.next(({ stalledUntil }) => stalledUntil > stage.now());
    if (call !== undefined) {
      await pickCall(stage, call, drawFault(call, random, weather));
    } else {
      if (random() < 0.1) await stage.advance(below(20_000));
      await scheduler.settle();
    }
  }
}

/** Something that happens with a draw below this number and not below the one before. */
type RareEvent = readonly [number, () => Promise<void> | void];

/** What happens outside of every process: people, other machines, the queue and the timer. */
async function letThingsHappen(
  stage: Stage,
  weather: Weather,
  rareEvents: readonly RareEvent[],
): Promise<void> {
  const { random, scheduler, orphans } = stage;
  if (random() < weather.changes) changeEntra(stage);
  const draw = random();
  await rareEvents.find(([limit]) => draw < limit)?.[1]();
  const [orphan] = orphans;
  if (orphan !== undefined && random() < 0.05) await stage.takeOrphan(orphan);
  if (scheduler.alive.size >= processLimit) return;
  if (draw > 0.985) stage.startTick();
  else if (draw > 0.98) stage.startDispatch();
  else if (draw > 0.9) receive(stage);
}

function changeEntra({ world, coverage, say }: Stage): void {
  const change = world.change();
  const [word = ''] = change.split(' ');
  coverage.note('entra changes', word);
  say(`in Entra: ${change}`);
}

function listRareEvents(stage: Stage): readonly RareEvent[] {
  const { world, guard, coverage, below, random } = stage;
  const forget = (word: string, happen: () => void) => (): void => {
    coverage.note('services forget', word);
    stage.say(`forgotten: ${word}`);
    happen();
  };
  return [
    [
      0.002,
      () => {
        const members = world.team.members();
        world.team.accept(members[below(members.length)]?.memberId ?? '');
        guard.onTeamEffect('accept');
      },
    ],
    [0.0022, () => stage.crashInstance()],
    [0.0026, () => stage.setPaused(true)],
    [0.005, () => stage.setPaused(false)],
    [0.0055, forget('pages', () => world.entra.expirePages())],
    [0.0057, forget('stream', () => world.resetStream(random() < 0.5 ? 'users' : 'groups'))],
    [0.006, forget('cursors', () => world.team.forgetCursors())],
    [0.0065, () => stage.advance(60_000)],
  ];
}

/** One message is delivered, unless it is lost; some come twice, some come late. */
function receive(stage: Stage): void {
  const { doorbell, coverage, random, below } = stage;
  const message = doorbell.receive();
  if (message === undefined) return;
  const draw = random();
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
