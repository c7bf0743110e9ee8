"""Spanish as it must be spoken."""

TEXTS = [
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
    ("11.º paso", "undécimo paso"),
]
DURATIONS = [
    (1, "un segundo"),
    (30, "treinta segundos"),
    (60, "un minuto"),
    (75, "un minuto y quince segundos"),
    (90, "un minuto y medio"),
    (150, "dos minutos y medio"),
    (1260, "veintiún minutos"),
    (1860, "treinta y un minutos"),
    (3600, "una hora"),
    (5400, "una hora y media"),
    (75600, "veintiuna horas"),
]
SILENCES = [
    (90, "Seguimos así, un minuto y medio en silencio."),
    (1260, "Seguimos así, veintiún minutos en silencio."),
]
LISTS = [
    (["aceite", "agua"], "aceite y agua"),
    (["aceite", "incienso"], "aceite e incienso"),
    (["aceite", "higos"], "aceite e higos"),
    (["agua", "hielo"], "agua y hielo"),
    (["agua", "yogur"], "agua y yogur"),
]
SENTENCES = [
    ("remaining", {"time": "un minuto"}, "Un minuto más."),
]
NUMBERS = [
    (1, "", "uno"),
    (21, "", "veintiuno"),
    (1, "m", "un"),
    (21, "m", "veintiún"),
    (1, "f", "una"),
    (21, "f", "veintiuna"),
]
