"""German as it must be spoken."""

TEXTS = [
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
    ("2 x 30 s", "zweimal, jeweils dreißig Sekunden"),
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
DURATIONS = [
    (1, "eine Sekunde"),
    (30, "dreißig Sekunden"),
    (60, "eine Minute"),
    (75, "eine Minute, fünfzehn Sekunden"),
    (90, "eineinhalb Minuten"),
    (120, "zwei Minuten"),
    (150, "zweieinhalb Minuten"),
    (1260, "einundzwanzig Minuten"),
    (3600, "eine Stunde"),
    (5400, "eineinhalb Stunden"),
]
SILENCES = [
    (60, "Einfach weitermachen, eine stille Minute."),
    (150, "Einfach weitermachen, zweieinhalb stille Minuten."),
]
LISTS = [
    (["Öl", "Tuch", "Wasser"], "Öl, Tuch und Wasser"),
]
SENTENCES = [
    ("number_of", {"number": 1, "steps": 21}, "Schritt eins von einundzwanzig."),
    ("remaining", {"time": "eine Minute"}, "Noch eine Minute."),
]
NUMBERS = [
    (1, "", "eins"),
    (21, "", "einundzwanzig"),
    (1, "f", "eine"),
    (21, "f", "einundzwanzig"),
    (1, "n", "ein"),
    (21, "n", "einundzwanzig"),
]
