"""Text made speakable: every stage by its table, in four languages, and what holds for any text at all."""

from __future__ import annotations

import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voiceguide.speech.text_normalization import count_words, has_speech, normalize_text, split_into_chunks
from voiceguide.speech.text_normalization.languages.tables import LANGUAGES_WITH_TABLES, find_language_tables
from voiceguide.speech.text_normalization.number_words import decimal_words, number_words, ordinal_words
from voiceguide.speech.text_normalization.pronunciation import mask_phonemes, unmask_phonemes
from voiceguide.speech.text_normalization.punctuation import normalize_punctuation
from voiceguide.speech.text_normalization.unicode_cleanup import clean_unicode

ENGLISH = [
    # durations and units
    ("30 s", "thirty seconds"),
    ("1 min", "one minute"),
    ("Hold 2-3 min. Then rest.", "Hold two to three minutes. Then rest."),
    ("Hold 2 min. or more", "Hold two minutes or more"),
    ("2.5 min", "two and a half minutes"),
    ("½ min", "half a minute"),
    ("0.5 h", "half an hour"),
    ("1 1/2 h", "one and a half hours"),
    ("3/4 cup of oil", "three quarters of a cup of oil"),
    ("5 cm, 10 ml & 2 kg", "five centimetres, ten millilitres and two kilograms"),
    (".5 cm", "zero point five centimetres"),
    ("37–40 °C", "thirty-seven to forty degrees Celsius"),
    ("37 °C – 40 °C", "thirty-seven degrees Celsius to forty degrees Celsius"),
    ("-5 °C", "minus five degrees Celsius"),
    ("50 %", "fifty percent"),
    ("a 10-minute rest", "a ten-minute rest"),
    ("a 5-10-minute rest", "a five to ten-minute rest"),
    ("a 30 second rest", "a thirty second rest"),
    ("wait 2m, stand 2 m away", "wait two minutes, stand two metres away"),
    ("10 min/day", "ten minutes per day"),
    ("$5 or €10", "five dollars or ten euros"),
    ("It costs $2.50.", "It costs two dollars fifty."),
    ("$0.50 or £1.05", "zero point five zero dollars or one point zero five pounds"),
    ("Known since 1990.", "Known since nineteen ninety."),
    ("In 1990 the book came out.", "In nineteen ninety the book came out."),
    ("in 1990 steps", "in one thousand nine hundred and ninety steps"),
    # clocks
    ("1:30", "one minute thirty"),
    ("0:45 or 2:05", "forty-five seconds or two minutes five seconds"),
    ("1:02:30", "one hour two minutes thirty"),
    ("0:00", "zero seconds"),
    ("1m30s", "one minute thirty seconds"),
    ("1 h 30 min", "one hour thirty minutes"),
    ("at 7:30 pm", "at seven thirty PM"),
    ("7 a.m. or 8:05 p.m.", "seven AM or eight oh five PM."),
    # counts, ranges, fractions
    ("2x", "twice"),
    ("Repeat 3x.", "Repeat three times."),
    ("2 x 30 s", "two times thirty seconds"),
    ("1/2", "one half"),
    ("Step 3/7", "Step three of seven"),
    ("4-7-8 breathing", "four, seven, eight breathing"),
    ("3:1", "three to one"),
    # numbers
    ("3", "three"),
    ("2.5 and 2.05", "two point five and two point zero five"),
    ("1,000 steps", "one thousand steps"),
    ("007", "zero zero seven"),
    ("1234567890123456", "one two three four five six seven eight nine zero one two three four five six"),
    ("1st, 2nd and 21st", "first, second and twenty-first"),
    ("B12 and L4-L5", "B twelve and L four-L five"),
    ("1.2.3", "one two three"),
    ("① and ３", "one and three"),
    # abbreviations and signs
    ("Oil, e.g. almond, approx. warm", "Oil, for example almond, approximately warm"),
    ("oil, towels, etc.", "oil, towels, and so on."),
    ("towels, etc. Then rest", "towels, and so on. Then rest"),
    ("towels etc. and oil", "towels and so on and oil"),
    ("left vs. right", "left versus right"),
    ("w/ oil, w/o water", "with oil, without water"),
    ("No. 5, #6, ~10, < 5", "number five, number six, about ten, less than five"),
    ("No. That is all.", "No. That is all."),
    ("left/right and/or both", "left or right and or both"),
    ("LIFT the T-shirt", "LIFT the T-shirt"),
    ("<b>bold</b> **strong** <break time='5s'/>", "bold strong"),
    # marks
    ("wait... then", "wait, then"),
    ("Breathe in… Hold…", "Breathe in. Hold."),
    ("Well — now", "Well, now"),
    ("toe–heel - rest", "toe-heel, rest"),
    ("the foot (both) rests", "the foot, both, rests"),
    ("(Optional) lift (a bit).", "Optional, lift, a bit."),
    ("towel(s)", "towels"),
    ("Now!!! What?!", "Now! What?"),
    ("You’re “fine” , really", 'You\'re "fine", really'),
    ("• oil\n• water", "oil, water"),
    ("Rest\n\nThen rise\nslowly", "Rest. Then rise slowly"),
    ("calm 🙂 now ❤️", "calm now"),
    ("cafe\u0301 so\u00adft\u200b x\x00y\x07", "café soft xy"),
]

GERMAN = [
    ("30 s", "dreißig Sekunden"),
    ("1 Min.", "eine Minute."),
    ("2–3 Min. lang", "zwei bis drei Minuten lang"),
    ("1:30", "eine Minute dreißig"),
    ("1 Stunde, 21 Minuten", "eine Stunde, einundzwanzig Minuten"),
    ("1,5 Std. lang", "eineinhalb Stunden lang"),
    ("½ h", "eine halbe Stunde"),
    ("1/2 TL", "ein halber Teelöffel"),
    ("3/4 Liter", "drei Viertel Liter"),
    ("37,5 °C", "siebenunddreißig Komma fünf Grad Celsius"),
    ("50 %", "fünfzig Prozent"),
    ("2,5 und 1.000", "zwei Komma fünf und eintausend"),
    ("eine 5-Minuten-Pause", "eine fünf-Minuten-Pause"),
    ("3x, 12x", "dreimal, zwölf Mal"),
    ("2 x 30 s", "zwei mal dreißig Sekunden"),
    ("1 Handtuch, 1 Decke", "ein Handtuch, eine Decke"),
    ("Bis 1 zählen, Schritt 1", "Bis eins zählen, Schritt eins"),
    ("Die 1. Runde am 2. Tag", "Die erste Runde am zweiten Tag"),
    ("die 2. und 3. Zehe", "die zweite und dritte Zehe"),
    ("Zähle bis 5. Dann ruhen", "Zähle bis fünf. Dann ruhen"),
    ("um 7:30 Uhr", "um sieben Uhr dreißig"),
    ("z. B. Öl, d.h. ca. 3 Tücher usw.", "zum Beispiel Öl, das heißt zirka drei Tücher und so weiter."),
    ("links/rechts, und/oder", "links oder rechts, und oder"),
    ("Nr. 5 & Nr. 6", "Nummer fünf und Nummer sechs"),
    ("3x/Woche, 2 Min./Fuß", "dreimal pro Woche, zwei Minuten pro Fuß"),
]

SPANISH = [
    ("30 s", "treinta segundos"),
    ("1 min", "un minuto"),
    ("21 s", "veintiún segundos"),
    ("2-3 min", "dos a tres minutos"),
    ("1:30", "un minuto treinta"),
    ("1,5 h", "una hora y media"),
    ("2.5 min", "dos minutos y medio"),
    ("½ h", "media hora"),
    ("1/2 litro, 3/4 l", "medio litro, tres cuartos de litro"),
    ("37,5 °C o 40 ºC", "treinta y siete coma cinco grados Celsius o cuarenta grados Celsius"),
    ("50 %", "cincuenta por ciento"),
    ("1.000", "mil"),
    ("2,25", "dos coma veinticinco"),
    ("1 toalla, 1 paño y 1 mano", "una toalla, un paño y una mano"),
    ("cuenta 1 y 2", "cuenta uno y dos"),
    ("200 toallas", "doscientas toallas"),
    ("1x, 3x", "una vez, tres veces"),
    ("1.º y 2.ª", "primero y segunda"),
    ("1er paso, 3.º dedo", "primer paso, tercer dedo"),
    ("p. ej. aceite, etc.", "por ejemplo aceite, etcétera."),
    ("n.º 5, aprox. 6", "número cinco, aproximadamente seis"),
    ("a las 7:30", "a las siete treinta"),
    ("izquierda/derecha y/o", "izquierda o derecha y o"),
    ("calor & calma", "calor y calma"),
]

FRENCH = [
    ("30 s", "trente secondes"),
    ("1 min", "une minute"),
    ("21 s", "vingt et une secondes"),
    ("71 min", "soixante et onze minutes"),
    ("2-3 min", "deux à trois minutes"),
    ("1:30", "une minute trente"),
    ("1h30", "une heure trente"),
    ("1,5 h", "une heure et demie"),
    ("2,5 min", "deux minutes et demie"),
    ("½ h", "une demi-heure"),
    ("1/2 litre, 3/4 h", "un demi-litre, trois quarts d'heure"),
    ("1,5 l", "un virgule cinq litre"),
    ("37,5 °C", "trente-sept virgule cinq degrés Celsius"),
    ("50 %", "cinquante pour cent"),
    ("1 000", "mille"),
    ("3x, 1 fois", "trois fois, une fois"),
    ("1 serviette, 1 geste", "une serviette, un geste"),
    ("1er, 1re et 2e", "premier, première et deuxième"),
    ("p. ex. de l’huile, etc.", "par exemple de l'huile, et cetera."),
    ("n° 5, env. 6", "numéro cinq, environ six"),
    ("gauche/droite et/ou", "gauche ou droite et ou"),
    ("« Bonjour » & calme", '"Bonjour" et calme'),
    ("Prêt ?", "Prêt?"),
]

TABLES = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH}


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [(language, text, said) for language, table in TABLES.items() for text, said in table],
)
def test_text_is_said_as_a_person_reads_it(language: str, text: str, said: str) -> None:
    assert normalize_text(text, language) == said


@pytest.mark.parametrize("text", ["", " ", "🙂", "...", "?!", "\u200b", "—", "()", "\ud800", "\x00"])
def test_nothing_to_say_is_the_empty_text(text: str) -> None:
    assert normalize_text(text, "en") == ""
    assert not has_speech(text)


def test_signs_with_a_name_are_something_to_say() -> None:
    assert normalize_text("&", "fr") == "et"


@pytest.mark.parametrize("text", ["你好", "Здравствуйте", "สวัสดี", "नमस्ते"])
def test_letters_of_every_script_are_left_to_the_engine(text: str) -> None:
    assert normalize_text(text, "en") == text
    assert has_speech(text)


def test_a_language_without_tables_gets_the_stages_that_need_none() -> None:
    assert normalize_text("Andiamo — ora (sì) 30 s…", "it-IT") == "Andiamo, ora, sì, 30 s."


@pytest.mark.parametrize("tag", ["de", "de-AT", "DE_at", "de-Latn-DE"])
def test_the_region_does_not_matter(tag: str) -> None:
    assert normalize_text("1 min", tag) == "eine Minute"


WORDS = {
    "effleurage": "eff-luh-rahj",
    "deep effleurage": "slow strokes",
    "qi": "/tʃˈiː/",
    "Tui": "tway",
    "Tui Na": "tway nah",
}


@pytest.mark.parametrize(
    ("text", "plain", "phonemes"),
    [
        ("Use Effleurage.", "Use eff-luh-rahj.", "Use eff-luh-rahj."),
        ("DEEP effleurage", "slow strokes", "slow strokes"),
        ("effleurages", "effleurages", "effleurages"),
        ("tui and tui  na", "tway and tway nah", "tway and tway nah"),
        ("Qi, then tui na", "Qi, then tway nah", "[Qi](/tʃˈiː/), then tway nah"),
        ("Qi's flow", "Qi's flow", "[Qi](/tʃˈiː/)'s flow"),
        ("(qi)", "qi", "[qi](/tʃˈiː/)"),
        ("[qi](/kiː/) and 2 qi", "qi and two qi", "[qi](/kiː/) and two [qi](/tʃˈiː/)"),
    ],
)
def test_words_are_said_as_the_author_wants(text: str, plain: str, phonemes: str) -> None:
    assert normalize_text(text, "en", WORDS) == plain
    assert normalize_text(text, "en", WORDS, takes_ipa=True) == phonemes


def test_what_replaces_a_word_is_not_replaced_again() -> None:
    assert normalize_text("sun moon", "en", {"sun": "moon", "moon": "sun"}) == "moon sun"


@pytest.mark.parametrize(
    "words", [{"": "x"}, {"🙂": "smile"}, {"(": "bracket"}, {"qi": "/)(/"}, {"qi": "//"}, {"qi": ""}]
)
def test_odd_words_do_no_harm(words: dict[str, str]) -> None:
    assert normalize_text("the qi flows", "en", words, takes_ipa=True) in ("the qi flows", "the flows", "the // flows")


def test_nothing_inside_phonemes_is_touched() -> None:
    assert normalize_text("[lead](/lɛd 2-3 & - ː/) it", "en", takes_ipa=True) == "[lead](/lɛd 2-3 & - ː/) it"


SIGNS = "( ) [ ] { } < > <b> / & ~ # $ € ' \" “ ’ « » ! ? ; _ * • ² | ^ \\ @ + = - – — . ... … , : % ° ½ ①"
NUMERIC = "1 2 0 30 1.5 2,5 1/2 1:30 min min. s °C x × m h 1h30 Uhr a.m. pm st 1st 2e º ª er"
WORDY = "e.g. etc. usw. No. n° ca. w/ und to a A left der am y é \u0301 \u200d ß İ 你 [a](/b/) ]("
ODD = ["\ud800", "\ue000", "\U000f0000", "\x00", "🙂", "\ufe0f", " ", "  ", "\n", "\n\n", "\t"]
PIECES = st.sampled_from([*f"{SIGNS} {NUMERIC} {WORDY}".split(), *ODD])
ANY_TEXT = st.one_of(st.text(), st.lists(PIECES, max_size=9).map("".join))
LANGUAGES = st.sampled_from([*LANGUAGES_WITH_TABLES, "ja"])


@given(ANY_TEXT, LANGUAGES, st.booleans())
@example("0\u0300", "en", False)
@example("0/0", "en", False)
@example("MIN.²", "en", False)
@example("1" * 5000, "en", False)
def test_any_text_becomes_one_clean_line_that_stays_as_it_is(text: str, language: str, ipa: bool) -> None:
    said = normalize_text(text, language, None, ipa)
    assert not any(unicodedata.category(character).startswith("C") for character in said)
    assert said == unicodedata.normalize("NFC", said).strip()
    assert said == "" or has_speech(said)
    assert normalize_text(said, language, None, ipa) == said


@given(st.text(), st.sampled_from(LANGUAGES_WITH_TABLES))
def test_no_digit_reaches_an_engine_that_would_guess_its_language(text: str, language: str) -> None:
    assert not any(character in "0123456789" for character in normalize_text(text, language))


@given(st.text(), st.dictionaries(st.text(max_size=4), st.text(max_size=6), max_size=4), st.booleans())
def test_any_words_give_a_clean_line(text: str, words: dict[str, str], ipa: bool) -> None:
    said = normalize_text(f"{text} {' '.join(words)}", "en", words, ipa)
    assert not any(unicodedata.category(character).startswith("C") for character in said)


@given(st.text(alphabet="aZéßЖΩ你ก한 \t\u200b🙂"))
def test_cleaning_keeps_every_letter(text: str) -> None:
    words = text.replace("\u200b", "").replace("🙂", " ").split()
    assert clean_unicode(text) == unicodedata.normalize("NFC", " ".join(words))


@pytest.mark.parametrize("piece", ["1 ", "(", "[", "-", "…", "1:", "1/", ".", "<a ", "a(", "\n", "«", "der 1. "])
def test_a_long_row_of_anything_takes_time_in_proportion(piece: str) -> None:
    """A row of 20,000 dots or brackets took half a minute: each was tried as the start of all that followed."""
    start = time.process_time()
    normalize_text(piece * (20_000 // len(piece)), "de")
    assert time.process_time() - start < 5


def test_a_line_without_numbers_does_not_import_num2words() -> None:
    program = (
        "import sys; from voiceguide.speech.text_normalization import speakable;"
        "speakable('Rest & breathe, e.g. here.', 'en');"
        "print('num2words' in sys.modules, 'numpy' in sys.modules);"
        "speakable('2', 'en'); print('num2words' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False", "True"]


@pytest.mark.parametrize(
    ("code", "gender", "words"),
    [
        ("en", "", ["one", "twenty-one"]),
        ("de", "", ["eins", "einundzwanzig"]),
        ("de", "f", ["eine", "einundzwanzig"]),
        ("de", "n", ["ein", "einundzwanzig"]),
        ("es", "", ["uno", "veintiuno"]),
        ("es", "m", ["un", "veintiún"]),
        ("es", "f", ["una", "veintiuna"]),
        ("fr", "", ["un", "vingt et un"]),
        ("fr", "f", ["une", "vingt et une"]),
    ],
)
def test_numbers_agree_with_their_noun(code: str, gender: str, words: list[str]) -> None:
    language = find_language_tables(code)
    assert language is not None
    assert [number_words(number, language, gender) for number in (1, 21)] == words


def test_ordinals_and_decimals() -> None:
    spanish, french = find_language_tables("es"), find_language_tables("fr")
    assert spanish is not None
    assert french is not None
    assert ordinal_words(11, spanish) == "undécimo"
    assert decimal_words("2", "05", french) == "deux virgule zéro cinq"
    assert number_words(-3, french) == "moins trois"


def test_hidden_phonemes_come_back() -> None:
    text, hidden = mask_phonemes("a [b](/c/) d [e](/f/)")
    assert text == "a \U000f0000 d \U000f0001"
    assert unmask_phonemes(text, hidden) == "a [b](/c/) d [e](/f/)"


@pytest.mark.parametrize(
    ("text", "said"),
    [("a , b", "a, b"), (",. a", "a"), ("a,,. b", "a. b"), ("a -- b", "a, b"), ("a [b] c", "a, b, c"), ("()", "")],
)
def test_tidy(text: str, said: str) -> None:
    assert normalize_punctuation(text) == said


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("", 10, []),
        ("Rest.", 10, ["Rest."]),
        ("Rest. Rise. Go.", 12, ["Rest. Rise.", "Go."]),
        ("Lift both feet, then let them drop.", 20, ["Lift both feet,", "then let them drop."]),
        ("Lift both feet", 9, ["Lift both", "feet"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ('He said "Rest." Then rose', 16, ['He said "Rest."', "Then rose"]),
        ("休。起きる。", 3, ["休。", "起きる", "。"]),
        ("try [tui na](/tweɪ nɑː/) now", 23, ["try", "[tui na](/tweɪ nɑː/)", "now"]),
        ("now try it [tui na](/tweɪ nɑː/)", 28, ["now try it", "[tui na](/tweɪ nɑː/)"]),
    ],
)
def test_splitting(text: str, limit: int, pieces: list[str]) -> None:
    assert split_into_chunks(text, limit) == pieces


@given(ANY_TEXT, st.integers(1, 40))
def test_splitting_loses_nothing_but_spaces(text: str, limit: int) -> None:
    pieces = split_into_chunks(text, limit)
    assert all(0 < len(piece) <= limit and piece == piece.strip() for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^A limit of 0 characters leaves no room for text\.$"):
        split_into_chunks("a", 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("...", 0),
        ("Rest.", 1),
        ("Don't rush your well-being, 2.5 times", 6),
        ("[qi](/tʃiː/) flows", 2),
        ("你好", 2),
    ],
)
def test_counting_words(text: str, words: int) -> None:
    assert count_words(text) == words
