import { expect, test } from 'vitest';

import { parseHttpRoute } from './http-route.ts';

test('a route gives its parameters, decoded, and leaves out an optional one that is absent', () => {
  const route = parseHttpRoute('api/people/{name}/{id:int?}');
  expect(route.match('api/People/ada%20l/7')).toEqual({ name: 'ada l', id: '7' });
  expect(route.match('api/people/ada')).toEqual({ name: 'ada' });
});

test('a path that is longer, shorter or of another kind does not fit', () => {
  const route = parseHttpRoute('api/people/{name}/{id:int?}');
  for (const path of [
    'api/people',
    'api/people/ada/x',
    'api/people/ada/7/more',
    'api/groups/ada',
  ]) {
    expect(route.match(path), path).toBeUndefined();
  }
});

test('a rest takes everything that follows, also nothing', () => {
  const route = parseHttpRoute('api/files/{*rest}');
  expect(route.match('api/files/a/b%2Fc')).toEqual({ rest: 'a/b/c' });
  expect(route.match('api/files')).toEqual({});
});

test('constraints hold a path to a number, a guid or letters', () => {
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
  expect(parseHttpRoute('{id:guid}').match(id)).toEqual({ id });
  expect(parseHttpRoute('{id:guid}').match('0f8fad5b')).toBeUndefined();
  expect(parseHttpRoute('{a:alpha}').match('a1')).toBeUndefined();
  expect(parseHttpRoute('{b:bool}').match('True')).toEqual({ b: 'True' });
});

test('literals are asked before constrained parameters, plain ones, and the rest', () => {
  const templates = ['{*rest}', 'a/{name}', 'a/{id:int}', 'a/b'];
  const sorted = templates.toSorted((left, right) =>
    parseHttpRoute(left).order < parseHttpRoute(right).order ? -1 : 1,
  );
  expect(sorted).toEqual(['a/b', 'a/{id:int}', 'a/{name}', '{*rest}']);
});

test.each(['a{b}c', '{*rest}/more', '{a?}/b', '{a:regex(x)}', '{a=1}', '{a:even}'])(
  'the route %s is refused',
  (template) => {
    expect(() => parseHttpRoute(template)).toThrow('cannot read route');
  },
);
