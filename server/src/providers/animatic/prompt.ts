import { FPS } from './job.ts'

export type Place = 'mountain' | 'ocean' | 'city' | 'forest' | 'desert' | 'meadow' | 'space' | 'underwater' | 'interior' | 'abstract'
export type TimeOfDay = 'day' | 'sunrise' | 'sunset' | 'night' | 'overcast' | 'winter'
export type Weather = 'rain' | 'snow' | null
export type CameraMove =
  | 'push-in'
  | 'pull-out'
  | 'pan-left'
  | 'pan-right'
  | 'track-left'
  | 'track-right'
  | 'tilt-up'
  | 'tilt-down'
  | 'aerial'
  | 'orbit'
  | 'handheld'
  | 'static'
export type Subject =
  | 'sailboat'
  | 'ship'
  | 'lighthouse'
  | 'whale'
  | 'fish'
  | 'person'
  | 'couple'
  | 'car'
  | 'train'
  | 'dog'
  | 'cat'
  | 'horse'
  | 'deer'
  | 'bear'
  | 'camel'
  | 'elephant'
  | 'bird'
  | 'balloon'
  | 'rocket'
  | 'astronaut'
  | 'house'
  | 'castle'

/** A subject, and whether the prompt speaks of several. */
export interface Mention {
  readonly kind: Subject
  readonly many: boolean
}

/** What a prompt asks for, as far as we can draw it. */
export interface Story {
  readonly place: Place
  readonly time: TimeOfDay
  readonly weather: Weather
  readonly fog: boolean
  readonly aurora: boolean
  readonly camera: CameraMove
  /** In order of mention, at most three kinds. */
  readonly subjects: readonly Mention[]
  /** Mountains or a forest stand by a lake or a river. */
  readonly lake: boolean
  readonly autumn: boolean
  /** A city of coloured light. */
  readonly neon: boolean
  readonly shots: number
  /** Frames at which a new shot begins, ascending; without frame 0. */
  readonly cuts: readonly number[]
}

/** What a prompt names; null where it says nothing. */
export interface Mentions {
  readonly place: Place | null
  /** Where its first subject is at home. */
  readonly home: Place | null
  readonly time: TimeOfDay | null
  readonly weather: Weather
  /** It asks for a clear sky. */
  readonly clear: boolean
  readonly fog: boolean
  readonly aurora: boolean
  readonly camera: CameraMove | null
  readonly subjects: readonly Mention[]
  /** Its subjects stand in for those that were there. */
  readonly replaces: boolean
  readonly lake: boolean
  readonly autumn: boolean
  readonly neon: boolean
}

const words = (pattern: string): RegExp => new RegExp(`\\b(?:${pattern})`, 'i')

// Words that name a place outright. The earliest in the prompt wins.
const PLACES: readonly (readonly [Place, RegExp])[] = [
  ['underwater', words('underwater|undersea|coral|reef|seabed|deep sea|scuba|aquarium')],
  ['space', words('outer space|space\\b|galax|planet|orbit around|nebula|cosmos|asteroid|moon surface|lunar|starship|space ?station')],
  ['interior', words('room|kitchen|indoors?|interior|caf[eé]|office|library|bedroom|studio|desk|table|window|fireplace|restaurant|coffee')],
  ['ocean', words('ocean|sea\\b|seas\\b|beach|waves?\\b|coast|surf|island|harbou?r|shore|bay\\b|lagoon|fjord')],
  [
    'city',
    words(
      'city|cities|street|skyline|skyscraper|downtown|tokyo|new york|paris|london|neon|urban|traffic|rooftop|cyberpunk|building|alley|market',
    ),
  ],
  ['desert', words('desert|dunes?\\b|sahara|mars\\b|canyon|mesa|savann|pyramid|outback')],
  ['forest', words('forest|woods\\b|woodland|trees?\\b|jungle|pines?\\b|autumn|foliage|(?:fallen|red|golden) leaves|trail|redwood|bamboo')],
  ['meadow', words('meadow|field|grass|prairie|farm|garden|park\\b|countryside|hillside|hills?\\b|flowers?\\b|tuscany|vineyard')],
  ['mountain', words('mountains?|alps?\\b|alpine|peaks?\\b|summit|valley|cliff|glacier|himalaya|volcano|lake|fuji')],
  ['abstract', words('abstract|pattern|geometric|shapes|gradient|particles|kaleidoscope|logo|product')],
]

const SUBJECTS: readonly (readonly [Subject, RegExp, Place])[] = [
  ['sailboat', words('sail(?:ing|boat|s\\b)|yacht|boat|regatta'), 'ocean'],
  ['ship', words('ships?\\b|cruise|ferry|tanker|freighter|pirate'), 'ocean'],
  ['lighthouse', words('lighthouse'), 'ocean'],
  ['whale', words('whales?\\b|orca|humpback'), 'ocean'],
  ['fish', words('fish\\b|fishes|school of|shark|turtle|clownfish'), 'underwater'],
  ['astronaut', words('astronaut|cosmonaut|spaceman|spacewalk'), 'space'],
  ['rocket', words('rocket|spaceship|shuttle|launch'), 'space'],
  ['couple', words('couple|lovers|two (?:people|friends|women|men|children)|bride|family'), 'meadow'],
  [
    'person',
    words(
      'person|man\\b|woman|girl|boy\\b|hiker|traveler|traveller|child|people|runner|monk|samurai|knight|wizard|detective|dancer|cowboy|he\\b|she\\b|farmer|silhouette|chef|surfer|climber',
    ),
    'meadow',
  ],
  ['car', words('cars?\\b|taxi|truck|convertible|driving|race car|sports car|van\\b|jeep|bus\\b'), 'city'],
  ['train', words('trains?\\b|locomotive|railway|tram\\b'), 'meadow'],
  ['dog', words('dogs?\\b|pupp(?:y|ies)|corgi|retriever|husky|wolf|wolves|fox(?:es)?\\b|coyote'), 'meadow'],
  ['cat', words('cats?\\b|kitten|panther|tiger|lion\\b|leopard'), 'interior'],
  ['horse', words('horses?\\b|pony|stallion|mustang|unicorn|rider'), 'meadow'],
  ['deer', words('deer|stag\\b|elk|moose|antelope|gazelle'), 'forest'],
  ['bear', words('bears?\\b|grizzly|panda|bison|buffalo'), 'forest'],
  ['camel', words('camels?\\b|caravan'), 'desert'],
  ['elephant', words('elephants?\\b|mammoth'), 'desert'],
  [
    'bird',
    words('birds?\\b|eagles?|gulls?|seagulls?|geese|goose|crows?\\b|ravens?|hawk|falcon|swans?|flock|storks?|owl|cranes? fl'),
    'mountain',
  ],
  ['balloon', words('balloons?\\b|airship|zeppelin'), 'mountain'],
  ['castle', words('castle|fortress|palace|ruins|temple'), 'mountain'],
  ['house', words('house|cabin|cottage|hut\\b|barn|windmill|village|lodge'), 'meadow'],
]

const TIMES: readonly (readonly [TimeOfDay, RegExp])[] = [
  ['night', words('night|midnight|moon(?:lit|light|rise)?\\b|stars\\b|star(?:ry|light|lit)|milky|aurora|northern lights|neon|cyberpunk')],
  ['sunrise', words('sunrise|sun (?:rises|comes up|is rising)|dawn|morning|daybreak|first light')],
  ['sunset', words('sunset|sun (?:sets|goes down|is setting)|dusk|golden hour|golden light|twilight|evening|sundown')],
  ['overcast', words('storm|thunder|overcast|rain|gr[ae]y|cloudy|gloom|drizzle|moody|bleak')],
  ['winter', words('snow|winter|blizzard|frost|icy|frozen|glacier|arctic|antarctic')],
  ['day', words('day\\b|daylight|noon\\b|midday|sunny')],
]

const CAMERAS: readonly (readonly [CameraMove, RegExp])[] = [
  ['handheld', words('handheld|hand-held|shaky')],
  ['aerial', words("aerial|drone|fly(?:ing)? over|flyover|bird'?s.eye")],
  ['track-left', words('(?:track|truck)\\w* (?:to the )?left')],
  ['track-right', words('track(?:s|ing)?\\b|follow(?:s|ing)?|trucking|lateral|dolly (?:right|along)')],
  ['pan-left', words('pan\\w*(?: \\w+){0,3} left')],
  ['pan-right', words('pan(?:s|ning)?\\b')],
  ['tilt-down', words('tilt\\w*(?: \\w+)? down|crane down')],
  ['tilt-up', words('tilt|crane (?:shot|up)|rising shot')],
  ['pull-out', words('zoom(?:ing|s)? out|pull(?:s|ing)? (?:back|out)|dolly out|dolly back')],
  ['orbit', words('orbit(?:s|ing)?\\b|arc shot|circl(?:es|ing)')],
  ['static', words('static|locked|tripod|still (?:shot|camera)|timelapse|time-lapse')],
]

const SHOT_SECONDS = 4
const SUBJECTS_MAX = 3
const PLURAL = /(?:[^s]s|children|people|men|women|puppies|wolves|geese|bison|deer)$/i

/** Reads a prompt. Every text gives a story; words that we cannot draw change nothing. */
export function readPrompt(prompt: string, seconds: number): Story {
  return storyOf(mentionsOf(prompt), seconds)
}

/** What a prompt names, of the things that we can draw. */
export function mentionsOf(prompt: string): Mentions {
  const subjects = SUBJECTS.flatMap(([kind, pattern, home]) => {
    const found = pattern.exec(prompt)
    if (!found) return []
    const word = /^\w*/.exec(prompt.slice(found.index))?.[0] ?? ''
    return [{ kind, home, at: found.index, many: PLURAL.test(word) || words('herd|pack of|caravan|flock|group|several|many').test(prompt) }]
  })
    .sort((a, b) => a.at - b.at)
    // Two children are a couple, not a couple and a person.
    .filter(({ kind }, _, all) => kind !== 'person' || !all.some((other) => other.kind === 'couple'))
    .slice(0, SUBJECTS_MAX)
  const named = PLACES.map(([place, pattern]) => ({ place, at: prompt.search(pattern) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
  // Under water and in space a beach or a mountain is only scenery.
  const elsewhere = named.find(({ place }) => place === 'underwater' || place === 'space')
  return {
    place: elsewhere?.place ?? named[0]?.place ?? null,
    home: subjects[0]?.home ?? null,
    time: firstMatch(TIMES, prompt),
    weather: words('rain|storm|thunder|drizzle|downpour|monsoon').test(prompt)
      ? 'rain'
      : words('snow|blizzard|winter').test(prompt)
        ? 'snow'
        : null,
    clear: words('clear\\b|clears|sunny|dry\\b|(?:no|without) (?:rain|snow|fog|clouds)').test(prompt),
    fog: words('fog|mist|haz[ey]|smok|steam').test(prompt),
    aurora: words('aurora|northern light|polar light').test(prompt),
    camera: firstMatch(CAMERAS, prompt),
    subjects: subjects.map(({ kind, many }) => ({ kind, many })),
    replaces: words('instead|replac|swap|becomes?\\b|turns? into|into an?\\b').test(prompt),
    autumn: words('autumn|fall (?:colou?rs|foliage|leaves)|(?:fallen|red|golden) leaves|october|november').test(prompt),
    neon: words('neon|cyberpunk|blade ?runner|tokyo|shibuya|times square|las vegas|synthwave').test(prompt),
    lake: words('lakes?\\b|rivers?\\b|fjord|pond|reflection').test(prompt),
  }
}

/** What is named after a prompt that changes an earlier one: what it says nothing about stays as it was. */
export function changed(earlier: Mentions, later: Mentions): Mentions {
  const place = earlier.place ?? earlier.home
  const elsewhere = later.place !== null && later.place !== place
  const kept =
    elsewhere || later.replaces ? [] : earlier.subjects.filter(({ kind }) => !later.subjects.some((other) => other.kind === kind))
  return {
    place: later.place ?? place,
    home: later.home,
    time: later.time ?? earlier.time,
    weather: later.weather ?? (later.clear ? null : earlier.weather),
    clear: later.clear,
    fog: later.fog || (earlier.fog && !later.clear),
    aurora: later.aurora || (earlier.aurora && later.time === null),
    camera: later.camera ?? earlier.camera,
    subjects: [...kept.slice(0, SUBJECTS_MAX - later.subjects.length), ...later.subjects],
    replaces: later.replaces,
    autumn: later.autumn || (earlier.autumn && later.time !== 'winter'),
    neon: later.neon || earlier.neon,
    lake: later.lake || (earlier.lake && !elsewhere),
  }
}

export function storyOf(named: Mentions, seconds: number): Story {
  const { weather, fog, aurora, subjects, autumn, neon, lake } = named
  const shots = seconds < 7 ? 1 : Math.round(seconds / SHOT_SECONDS)
  return {
    place: named.place ?? named.home ?? 'abstract',
    time: named.time ?? 'day',
    weather,
    fog,
    aurora,
    camera: named.camera ?? 'push-in',
    subjects,
    autumn,
    neon,
    lake,
    shots,
    cuts: Array.from({ length: shots - 1 }, (_, i) => Math.round(((i + 1) * seconds * FPS) / shots)),
  }
}

/** The first row of a table that matches: rows stand in order of precedence. */
function firstMatch<T>(table: readonly (readonly [T, RegExp])[], prompt: string): T | null {
  return table.find(([, pattern]) => pattern.test(prompt))?.[0] ?? null
}
