"""Telling people what happened: who hears of it, in which words, by which way, and until it has arrived."""
