// Cyrillic names in Latin letters, as in passports (ICAO Doc 9303, part 3, section 6.B).
const LETTERS = {
  А: 'A', Ә: 'A', Б: 'B', В: 'V', Г: 'G', Ғ: 'G', Д: 'D', Е: 'E', Ё: 'E', Ж: 'ZH', З: 'Z',
  И: 'I', Й: 'I', К: 'K', Қ: 'K', Л: 'L', М: 'M', Н: 'N', Ң: 'N', О: 'O', Ө: 'O', П: 'P',
  Р: 'R', С: 'S', Т: 'T', У: 'U', Ұ: 'U', Ү: 'U', Ф: 'F', Х: 'KH', Һ: 'H', Ц: 'TS', Ч: 'CH',
  Ш: 'SH', Щ: 'SHCH', Ъ: 'IE', Ы: 'Y', І: 'I', Ь: '', Э: 'E', Ю: 'IU', Я: 'IA',
}

export function latin(name) {
  return [...name.toUpperCase()].map((letter) => LETTERS[letter] ?? letter).join('')
}
