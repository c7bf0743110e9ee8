"""French as it must be spoken."""

TEXTS = [
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
    ("2,05 et -3", "deux virgule zéro cinq et moins trois"),
]
DURATIONS = [
    (1, "une seconde"),
    (30, "trente secondes"),
    (60, "une minute"),
    (75, "une minute et quinze secondes"),
    (90, "une minute et demie"),
    (150, "deux minutes et demie"),
    (1260, "vingt et une minutes"),
    (3600, "une heure"),
    (5400, "une heure et demie"),
    (75600, "vingt et une heures"),
]
SILENCES = [
    (120, "Continuez, deux minutes de silence."),
    (1290, "Continuez, vingt et une minutes et demie de silence."),
]
LISTS = [
    (["huile", "eau"], "huile et eau"),
]
SENTENCES = [
    ("elapsed", {"time": "une minute"}, "Déjà une minute."),
]
NUMBERS = [
    (1, "", "un"),
    (21, "", "vingt et un"),
    (1, "f", "une"),
    (21, "f", "vingt et une"),
]
