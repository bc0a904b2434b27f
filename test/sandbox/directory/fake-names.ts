import {
  Faker,
  ar,
  base,
  cs_CZ,
  da,
  de,
  el,
  en,
  en_GB,
  en_IN,
  es,
  fr,
  generateMersenne53Randomizer,
  he,
  ja,
  ko,
  nl,
  pl,
  pt_BR,
  ru,
  sv,
  tr,
  vi,
  zh_CN,
} from '@faker-js/faker';

/** Made-up facts about people and places, the same for the same seed. */
export interface FakeNames {
  person(): FakePerson;
  /** A GUID; in the order they are made, the first digits go round from 0 to f. */
  guid(): string;
  department(): string;
  jobTitle(): string;
  groupName(): string;
  /** A whole number from 0 up to and without `end`. */
  below(end: number): number;
  /** Letters and digits. */
  key(length: number): string;
  /** A name of letters only, of exactly so many characters. */
  longName(length: number): string;
}

export interface FakePerson {
  readonly givenName: string;
  readonly surname: string;
  /** Letters a-z, digits and dots, unique in this world: what stands before the @. */
  readonly localPart: string;
}

/** Mostly an English-speaking company with offices elsewhere. */
const offices = [
  [en, 8],
  [en_GB, 5],
  [de, 4],
  [fr, 3],
  [es, 3],
  [pl, 2],
  [nl, 2],
  [sv, 1],
  [da, 1],
  [cs_CZ, 1],
  [tr, 1],
  [pt_BR, 2],
  [en_IN, 2],
  [vi, 1],
  [ja, 1],
  [zh_CN, 1],
  [ko, 1],
  [ru, 1],
  [el, 1],
  [ar, 1],
  [he, 1],
] as const;

export function createFakeNames(seed: number): FakeNames {
  const randomizer = generateMersenne53Randomizer(seed);
  const english = new Faker({ locale: [en, base], randomizer });
  const fakers = offices.flatMap(([locale, weight]) => {
    const faker = new Faker({ locale: [locale, en, base], randomizer });
    return Array.from({ length: weight }, () => faker);
  });
  const localParts = new Set<string>();
  const groupNames = new Set<string>();
  let guids = 0;

  const person = (): FakePerson => {
    const faker = english.helpers.arrayElement(fakers);
    const givenName = faker.person.firstName();
    const surname = faker.person.lastName();
    return { givenName, surname, localPart: unique(localParts, toLocalPart(givenName, surname)) };
  };
  return {
    person,
    guid: () => (guids++ % 16).toString(16) + english.string.uuid().slice(1),
    department: () => english.person.jobArea(),
    jobTitle: () => english.person.jobTitle(),
    groupName: () => {
      const faker = english.helpers.arrayElement(fakers.slice(0, 32));
      const name = `${english.person.jobArea()} ${faker.location.city()}`;
      return unique(groupNames, name);
    },
    below: (end) => english.number.int({ min: 0, max: end - 1 }),
    key: (length) => english.string.alphanumeric(length),
    longName: (length) => {
      const letters = english.string.alpha({ length, casing: 'lower' });
      return letters.slice(0, 1).toUpperCase() + letters.slice(1);
    },
  };
}

function unique(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${wanted}${count}`;
  taken.add(name.toLowerCase());
  return name;
}

/** Accents fall off; names in other scripts become a staff number, as administrators do it. */
function toLocalPart(givenName: string, surname: string): string {
  const parts = [givenName, surname].map((name) =>
    name
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll('ß', 'ss')
      .replaceAll('ø', 'o')
      .replaceAll('ł', 'l')
      .replaceAll('đ', 'd')
      .replaceAll(/[^a-z0-9]/g, ''),
  );
  return parts.every((part) => part.length > 1) ? parts.join('.') : 'staff';
}
