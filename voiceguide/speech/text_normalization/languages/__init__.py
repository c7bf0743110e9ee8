"""One file of tables a language; see `voiceguide.speech.text_normalization.languages.tables` for what each table is."""
