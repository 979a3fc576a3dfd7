"""What goes live without a press: dated entries of the CMS, times that people chose, edits that came to rest."""
