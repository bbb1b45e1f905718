import { describe, expect, it } from '@jest/globals';
import { foldedForms, nameTags, wholeNameTags } from '../../src/domain/names.js';

const SAME: readonly (readonly [string, string])[] = [
  ['Iurii', 'Yuriy'],
  ['Юрий', 'Yury'],
  ['Jurij', 'Iurii'],
  ['Жанибек', 'Janibek'],
  ['Zhanibek', 'Janibek'],
  ['Сергей', 'Sergei'],
  ['Sergey', 'Sergej'],
  ["Tat'yana", 'Татьяна'],
  ['Tatiana', 'Tatjana'],
  ['Щукин', 'Shchukin'],
  ['Ščukin', 'Shchukin'],
  ['Фёдор', 'Fyodor'],
  ['Fedor', 'Fëdor'],
  ['Пётр', 'Petr'],
  ['Semion', 'Semyon'],
  ['Алексей', 'Alexey'],
  ['Aleksei', 'Alexey'],
  ['Xolmatov', 'Kholmatov'],
  ['Джамшид', 'Jamshid'],
  ['Әлия', 'Aliya'],
  ['Нұрсұлтан', 'Nursultan'],
  ['Қайрат', 'Qairat'],
  ['Kayrat', 'Qairat'],
  ['Ğalymjan', 'Ғалымжан'],
  ['Жүсіп', 'Zhusip'],
  ['Yelena Petrova', 'PETROVA  Elena'],
  ['Цой', 'Tsoy'],
  ['Coj', 'Tsoi'],
  ['Çelik', 'Celik'],
  ['Yıldız', 'Yildiz'],
  ['Mariia', 'Marija'],
  ['Юлия', 'Iuliia'],
  ['Dmitry', 'Dmitrij'],
  ['Иосиф', 'Iosif'],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ['Ivan', 'Yuriy'],
  ['Ivan', 'Ivanna'],
  ['Petrov Ivan', 'Petrova Ivan'],
  ['Celik', 'Demir'],
  ['Elena', 'Olena'],
  ['Li Wei', 'Li Mei'],
  ['Murat', 'Marat'],
  ['Singh', 'Sinha'],
];

const shares = (a: readonly string[], b: readonly string[]) => a.some((one) => b.includes(one));

describe('Spellings of a name', () => {
  it.each(SAME)('%s and %s are one name', (a, b) => {
    expect(shares(foldedForms(a), foldedForms(b))).toBe(true);
  });

  it.each(DIFFERENT)('%s and %s are two names', (a, b) => {
    expect(shares(foldedForms(a), foldedForms(b))).toBe(false);
  });

  it('agree with the patronymic and without, in any order', () => {
    const tag = (value: string) => `<${value}>`;
    const passport = nameTags({ familyName: 'Petrov', givenName: 'Iurii', patronymic: 'Sergeevich' }, tag);
    expect(shares(passport, wholeNameTags(['PETROV Yuriy'], tag))).toBe(true);
    expect(shares(passport, wholeNameTags(['Юрий Сергеевич Петров'], tag))).toBe(true);
    expect(shares(passport, wholeNameTags(['Ivan Petrov'], tag))).toBe(false);
  });

  it('show nothing of the name but through the key', () => {
    expect(nameTags({ familyName: 'Petrov', givenName: 'Iurii' }, () => 'sealed')).toEqual(['sealed']);
  });
});
