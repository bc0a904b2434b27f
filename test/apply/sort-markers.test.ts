import { expect, test } from 'vitest';
import { sortMarkers } from '../../shared/apply/sort-markers.ts';
import { loadMarkers } from '../../shared/rows/edges.ts';
import { groupRow } from '../world/look.ts';
import { leavers, names, setEdge } from './full-group.ts';

const [ann = ''] = names(1);

test('somebody who left, and whom a call without an answer has put into the group, is to be taken out', async () => {
  const here = await leavers(ann);
  await setEdge(here, ann, { applied: false, ours: false, intendedAt: 1 });
  const row = await groupRow(here, 'design');
  const markers = await loadMarkers(here.tables, 'design', { limit: 10 });
  const nobody = new Set<string>();
  const seen = { present: new Set([`dbmid:${ann}`]), isRead: true };
  const sorted = await sortMarkers(row, markers, seen, here);
  expect(sorted.leaving.map(({ memberId }) => memberId)).toEqual([`dbmid:${ann}`]);
  const unseen = await sortMarkers(row, markers, { present: nobody, isRead: true }, here);
  expect(unseen.settled).toMatchObject([{ now: { applied: false, ours: false, intendedAt: 0 } }]);
  const unasked = await sortMarkers(row, markers, { present: nobody, isRead: false }, here);
  expect(unasked.doubtful).toBe(1);
});
