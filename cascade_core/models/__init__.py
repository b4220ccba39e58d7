"""Encoders with exits: built, trained, run. torch lives in this package alone."""
