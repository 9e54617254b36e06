// What `prompt-check.ts` knows words by. English, and never complete: what is not here is simply not noticed. A space stands for one or more, a dash for one or a space.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))
const phrases = (text: string): readonly string[] =>
  text
    .split(',')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '')

/** The words that hold sentences together: by them a text is taken for English. */
export const ENGLISH = words(`
  a an the of in on at to from with and or but as by for is are was were be it its this that these those his her their my your our he she they we you i
  into onto over under through across while when then after before who which what one two three no not up down out off all some each`)

/** The same of others that are written in the same letters; none that is English too. */
export const FOREIGN = words(`
  der die das und ein eine einen einem einer ist im am mit auf dem den des zum zur nicht für von wird sich durch unter über einen
  le la les un une du et est dans sur avec pour qui que aux au par sous sa son ses
  el los las una unos y es con por para se su del al como muy sobre bajo
  il lo gli uno della nel nella sul sulla che di per tra
  o os um uma do da dos das em no na com para
  het een en van op met voor bij zijn door
  och det en ett på med som av i til er av ikke`)

export const DETERMINERS = words(
  `a an the one two three four five six several some many both this that these those my your his her its our their another each every`,
)

/** Who or what a clip may be about. */
export const SUBJECTS = words(`
  she he they we i someone somebody nobody everyone
  man woman boy girl child children kid kids baby person people couple family crowd friends dancer dancers runner athlete soldier knight king queen wizard witch astronaut
  robot robots android alien monster dragon ghost zombie chef cook doctor nurse teacher student scientist artist painter musician guitarist pianist singer driver pilot
  cyclist surfer skater skier climber hiker sailor fisherman farmer worker engineer barista waiter model actor actress bride groom grandmother grandfather mother father
  dog dogs puppy cat cats kitten horse horses bird birds eagle owl crow fox wolf bear deer rabbit lion tiger elephant whale dolphin shark fish octopus turtle frog snake
  butterfly bee spider cow sheep goat pig chicken duck penguin monkey
  car cars truck bus train tram bicycle bike motorcycle boat ship ships sailboat yacht canoe plane airplane helicopter rocket spaceship drone balloon
  flower flowers rose tree leaf leaves apple cake coffee cup mug glass bottle watch shoe shoes sneaker phone laptop book letter candle lamp door window clock
  product logo bag dress jacket perfume bread pizza burger ball umbrella statue mask waves wave waterfall cloud clouds`)

/** Verbs by which something happens; other forms of them are known too. */
export const ACTIONS = words(`
  walk run jump leap dance sing play laugh smile cry talk speak whisper shout look turn nod wave reach grab hold lift carry throw catch drop push pull open close
  sit stand lie sleep wake eat drink pour cook bake cut slice stir write read draw paint type work build fix clean wash climb crawl swim dive float sail row drive ride
  fly soar glide land rise fall roll spin rotate slide drift sway swing flow melt burn explode burst bloom grow unfold appear disappear emerge enter leave arrive cross pass
  chase hunt fight hug kiss shake stretch bounce race skate surf ski cycle fish gallop trot bark howl purr graze perch splash ripple crash flicker steam boil freeze
  move travel wander stroll hike march step stop start begin wait watch stare gaze blink breathe knit sew mend weave plant water dig raise lower point clap strum juggle
  transform morph dissolve assemble hover orbit launch take-off stand-up sit-down come go give show wear put pick set hit kick tie zip scroll tap click search`)

/** End in "ing", and nothing happens by them. */
export const NO_ACTIONS = words(`
  morning evening lighting building buildings ceiling spring king ring string thing things nothing something anything everything wing wings sling during clearing painting
  railing clothing wedding string viking sibling duckling darling living-room dining-room setting framing ending opening-shot string during being
  panning tilting tracking zooming dollying glowing shining gleaming shimmering pudding earring flooring awning outing`)

/** Where it may be. */
export const PLACES = words(`
  lake river sea ocean beach shore coast island harbour harbor pier bay waterfall pond puddle gutter pool swamp forest woods jungle meadow field fields valley canyon cliff hill hills
  mountain mountains desert dunes glacier cave volcano garden park orchard vineyard farm barn countryside village town city street streets alley avenue road highway bridge
  square market shop store mall cafe café restaurant bar kitchen bedroom bathroom living-room room hallway corridor attic basement office studio workshop factory warehouse
  laboratory lab hospital school classroom library museum gallery church cathedral temple castle palace tower rooftop roof balcony window-sill staircase house home cabin
  apartment hotel lobby station platform airport runway stadium gym court track stage theatre theater cinema club arena circus playground tunnel subway ship-deck space orbit
  planet moon mars sky underwater underground outdoors indoors background backdrop tabletop table desk counter campsite greenhouse skyline downtown suburb tokyo paris london york
  berlin venice rome iceland`)

/** A place may follow. */
export const PLACE_PREPOSITIONS = words(`
  in on at inside outside under above over across through along beside near behind against between around beneath below among amid amidst within atop into onto by past down up`)

/** What follows such a word, and is no place. */
export const NO_PLACES = words(`
  slow motion style black white colour color focus detail the-style time real reverse profile silhouette unison love circle circles shadow light sunlight moonlight rain snow
  fog mist wind winter summer autumn spring morning evening afternoon night dawn dusk noon sunset sunrise midnight frame camera lens shot close-up loop silence
  4k 8k hd 35mm 16mm 50mm first last one two three times seconds hand hands front end start it him her them this that distance speed lap face arms mouth head shoulder
  coat raincoat dress gown suit jacket hat shirt uniform boots shoes robe armour armor costume cape scarf glasses sunglasses`)

export const LIGHT: readonly string[] = phrases(`
  golden hour, blue hour, magic hour, natural light, soft light, hard light, rim light, side light, window light, lamp light, studio light, low key, high key, broad daylight,
  northern lights, light, lights, lighting, lit, backlit, backlight, sunlit, moonlit, candlelit, sunlight, sunshine, sunny, sun, sunset, sunrise, sunbeam, sunbeams, daylight, moonlight,
  candlelight, starlight, firelight, lamplight, torchlight, spotlight, moon, dawn, dusk, twilight, noon, midday, morning, afternoon, evening, night, nighttime, midnight, neon,
  glow, glows, glowing, shadow, shadows, shadowy, silhouette, silhouetted, overcast, cloudy, foggy, misty, hazy, haze, gloomy, dark, darkness, dim, bright, brightly,
  lantern, lanterns, streetlight, streetlights, fluorescent, chiaroscuro, contre-jour, shining, gleaming, shimmering, lightning`)

export const CAMERA: readonly string[] = phrases(`
  close up, extreme close up, medium shot, wide shot, long shot, full shot, establishing shot, wide angle, low angle, high angle, dutch angle, eye level, bird's eye, worm's eye,
  over the shoulder, point of view, first person, tracking shot, dolly, dollies, dollying, crane shot, push in, pull back, pulls back, pushes in, zoom, zooms, zooming, pan, pans, panning,
  tilts up, tilts down, tilting, orbits around, hand held, handheld, steadicam, gimbal, tripod, static shot, locked off, aerial, drone shot, drone footage, overhead, top down,
  depth of field, shallow focus, rack focus, bokeh, lens, camera, shot, shots, closeup, pov, macro, telephoto, anamorphic, fisheye, slow motion, time lapse, timelapse, hyperlapse,
  one take, single take, tracking, 16mm, 24mm, 35mm, 50mm, 85mm`)

/** Each of them begins something new. */
export const TURNS: readonly string[] = phrases(
  `then, after that, afterwards, next, suddenly, finally, and now, meanwhile, before long, eventually, cut to, cuts to`,
)
