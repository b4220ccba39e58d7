"""Tasks whose texts the project writes itself, so that each example's true difficulty is known.

`lexicon` reads the words, `sentences` holds the grammar of one statement and `steps` what follows
from changing it, `inference` and `sentiment` make labelled examples, `sampling` draws splits.
"""
