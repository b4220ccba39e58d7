"""Recipes: which models to train on which texts, and which systems to make of them."""
